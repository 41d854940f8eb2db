package kernel

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/profile"
)

// objects collects data objects and keeps the first error.
type objects struct {
	list []profile.Object
	err  error
}

func (o *objects) add(tag emv.Tag, value ...byte) {
	o.list = append(o.list, profile.Object{Tag: tag, Value: value})
}

// number adds a number in format n, as long as the dictionary has it.
func (o *objects) number(tag emv.Tag, value uint64) {
	encoded, err := emv.EncodeN(value, lengthOf(tag))
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("make %s: %w", tag, err)
	}
	o.add(tag, encoded...)
}

// binary adds an amount of four bytes, and nothing where it does not fit.
func (o *objects) binary(tag emv.Tag, value uint64) {
	if value <= math.MaxUint32 {
		o.add(tag, binary.BigEndian.AppendUint32(nil, uint32(value))...)
	}
}

// lengthOf returns the longest length in bytes of a data element, 0 where the
// Books set none.
func lengthOf(tag emv.Tag) int {
	entry, _ := emv.Describe(tag)
	return entry.Max
}

// text adds characters, as many as the dictionary has, or none at all.
func (o *objects) text(tag emv.Tag, value string) {
	if value == "" {
		return
	}
	if length := lengthOf(tag); length != 0 && len(value) != length && o.err == nil {
		o.err = fmt.Errorf("make %s: %d characters, want %d", tag, len(value), length)
	}
	o.add(tag, []byte(value)...)
}

// terminalData returns the data objects that are the same in every transaction.
func terminalData(p profile.Profile) ([]profile.Object, error) {
	var o objects
	o.add(tagTerminalType, byte(p.Type))
	o.add(tagTerminalCapabilities, p.Capabilities[:]...)
	o.add(tagAdditionalCapabilities, p.AdditionalCapabilities[:]...)
	o.number(tagCountryCode, uint64(p.CountryCode))
	o.number(tagCurrencyCode, uint64(p.CurrencyCode))
	o.number(tagCurrencyExponent, uint64(p.CurrencyExponent))
	o.number(tagMerchantCategoryCode, uint64(p.MerchantCategoryCode))
	o.text(tagIFDSerialNumber, p.IFDSerialNumber)
	o.text(tagTerminalIdentification, p.TerminalIdentification)
	o.text(tagMerchantIdentifier, p.MerchantIdentifier)
	o.text(tagMerchantName, p.MerchantNameAndLocation)
	if p.AcquirerIdentifier != 0 {
		o.number(tagAcquirerIdentifier, p.AcquirerIdentifier)
	}
	if p.TransactionCategoryCode != 0 {
		o.add(tagTransactionCategoryCode, p.TransactionCategoryCode)
	}
	return o.list, o.err
}

// The POS entry modes of tag 9F39: the first two digits of the field of ISO
// 8583:1987 (from memory).
const (
	posEntryContact     = 0x05
	posEntryContactless = 0x07
)

// transactionCounterModulus keeps tag 9F41 within its eight digits.
const transactionCounterModulus = 1e8

// transactionData returns the data objects that the transaction brings.
func transactionData(tx Transaction) ([]profile.Object, error) {
	var o objects
	o.number(tagAmount, tx.Amount)
	o.number(tagOtherAmount, tx.OtherAmount)
	o.binary(tagAmountBinary, tx.Amount)
	o.binary(tagOtherAmountBinary, tx.OtherAmount)
	o.add(tagTransactionType, tx.Type)
	o.number(tagTransactionCounter, uint64(tx.Counter%transactionCounterModulus))
	date := emv.DateOf(tx.Time).Bytes()
	o.add(tagDate, date[:]...)
	hour, minute, second := tx.Time.Clock()
	o.number(tagTime, uint64(hour*10000+minute*100+second))
	mode := byte(posEntryContact)
	if tx.Contactless {
		mode = posEntryContactless
	}
	o.add(tagPOSEntryMode, mode)
	return o.list, o.err
}

// begin starts over with the data objects of the terminal, the transaction and
// the application that is about to be used. The AID of the terminal takes the
// value of the name that is selected: EMV Book 1, 12.4.
func (t *transaction) begin(c candidate) {
	app := c.app
	t.app = app
	t.data.clear()
	t.given, t.recorded = map[emv.Tag]bool{}, map[emv.Tag]bool{}
	for _, list := range [][]profile.Object{t.kernel.terminalData, t.transactionData} {
		for _, o := range list {
			t.data.set(o.Tag, o.Value)
		}
	}
	t.data.set(tagUnpredictableNumber, t.unpredictableNumber[:])
	t.data.set(tagAID, c.Name)
	if len(app.Versions) > 0 {
		t.data.set(tagTerminalVersion, binary.BigEndian.AppendUint16(nil, app.Versions[0]))
	}
	t.data.set(tagFloorLimit, binary.BigEndian.AppendUint32(nil, uint32(min(app.FloorLimit, math.MaxUint32))))
	for _, o := range app.Data {
		t.data.set(o.Tag, o.Value)
	}
}

// refresh writes what changes during the transaction into its data objects.
func (t *transaction) refresh() {
	t.data.set(tagTVR, t.tvr[:])
	t.data.set(tagTSI, t.tsi[:])
	t.data.set(tagCVMResults, t.cvmResults[:])
}
