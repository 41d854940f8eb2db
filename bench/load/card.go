package load

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
)

// card is a virtual card.
type card struct {
	secret.Opaque
	pan    account.PAN
	key    secret.Key // for application cryptograms
	atc    uint16
	unpaid *message.AuthorizationRequest // a payment that can be reversed
}

// The data objects of a request beside those that its cryptogram covers.
const (
	tagCryptogram emv.Tag = 0x9F26
	tagIAD        emv.Tag = 0x9F10
	tagCVMResults emv.Tag = 0x9F34
	tagARPC       emv.Tag = 0x91
)

// chip is what the chip made of a transaction: the objects that go online, and what
// its issuer has to answer.
type chip struct {
	secret.Opaque
	session cryptogram.Session
	arqc    emv.AC
	objects []byte
}

// generateAC makes the first cryptogram of a transaction, after a right PIN where
// one was asked for. EMV Book 3, 10.8.
func (c *card) generateAC(p cryptogram.Profile, amount uint64, day emv.Date, withPIN bool) (chip, error) {
	c.atc++
	date := day.Bytes()
	in := cryptogram.Input{
		TerminalCountryCode: [2]byte{0x02, 0x80}, TransactionCurrencyCode: [2]byte{0x09, 0x78}, TransactionDate: date,
		AIP: [2]byte{0x1C, 0x00}, ATC: emv.ATC(c.atc),
	}
	binary.BigEndian.PutUint32(in.UnpredictableNumber[:], uint32(c.atc))
	authorised, err := emv.EncodeN(amount, len(in.AmountAuthorised))
	if err != nil {
		return chip{}, err
	}
	copy(in.AmountAuthorised[:], authorised)
	cvr := emv.CVR{FirstAC: emv.ACTypeARQC, SecondAC: emv.ACTypeNotRequested}
	results := emv.NewCVMResults(emv.CVMRule{Code: emv.CVMCode(emv.CVMNone)}, emv.CVMSuccessful)
	if withPIN {
		cvr.Flags = emv.CVROfflinePINPerformed
		results = emv.NewCVMResults(emv.CVMRule{Code: emv.CVMCode(emv.CVMPlaintextPIN)}, emv.CVMSuccessful)
	}
	raw, err := cvr.VisaCVR()
	if err != nil {
		return chip{}, err
	}
	if in.IAD, err = emv.AppendVisaIAD(nil, 1, p.Version, raw, nil); err != nil {
		return chip{}, err
	}
	made := chip{session: p.Session(c.key, in.ATC, in.UnpredictableNumber)}
	if made.arqc, err = made.session.Compute(&in); err != nil {
		return chip{}, err
	}
	b := tlv.Append(nil, tagCryptogram, made.arqc[:])
	b = tlv.Append(b, tagIAD, in.IAD)
	for tag, value := range in.Elements() {
		b = tlv.Append(b, tag, value)
	}
	made.objects = tlv.Append(b, tagCVMResults, results[:])
	return made, nil
}

// check reports an answer that does not authenticate the issuer, or that declines.
func (c chip) check(a *message.AuthorizationResponse) (err error) {
	a.ICCData.Open(func(objects []byte) {
		value, _, found := tlv.Find(objects, tagARPC)
		if err = found; err == nil {
			_, err = c.session.VerifyIssuerAuthenticationData(c.arqc, value)
		}
	})
	if err != nil {
		return fmt.Errorf("answer to a cryptogram: %w", err)
	}
	return nil
}
