package oda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// DiagnoseStaticData tries the known mistakes in building static data on data
// whose hash differs, and says which one was made: record templates left in, the
// AIP left out, or the AIP added where the card has no tag list. matches is a
// HashMatches method. A missing AIP is found by trying all of them.
func DiagnoseStaticData(staticData []byte, matches func(staticData []byte) bool) (remedy string, found bool) {
	if remedy, found = diagnoseAIP(staticData, matches); found {
		return remedy, true
	}
	stripped := withoutTemplates(staticData)
	if matches(stripped) {
		return "without tag 70 and its length", true
	}
	if remedy, found = diagnoseAIP(stripped, matches); found {
		return "without tag 70 and its length, " + remedy, true
	}
	return "", false
}

// diagnoseAIP tries the data without its last two bytes and with each AIP behind
// it.
func diagnoseAIP(staticData []byte, matches func([]byte) bool) (remedy string, found bool) {
	if end := len(staticData) - 2; end >= 0 && matches(staticData[:end]) {
		return "without the AIP at the end", true
	}
	longer := append(slices.Clip(staticData), 0, 0)
	aip := longer[len(staticData):]
	for n := range 1 << 16 {
		aip[0], aip[1] = byte(n>>8), byte(n)
		if matches(longer) {
			return fmt.Sprintf("with AIP %X at the end", aip), true
		}
	}
	return "", false
}

// withoutTemplates takes tag 70 and its length from the records in b. What can
// not be parsed stays as it is: the AIP at the end is no data object.
func withoutTemplates(b []byte) []byte {
	var stripped []byte
	for {
		e, rest, err := tlv.Next(b)
		switch {
		case err != nil || e.Raw == nil:
			return append(stripped, b...)
		case e.Tag == tagRecordTemplate:
			stripped = append(stripped, e.Value...)
		default:
			stripped = append(stripped, e.Raw...)
		}
		b = rest
	}
}

// pdolGuessBytesMax is the longest PDOL data, in bytes, that Diagnose guesses.
const pdolGuessBytesMax = 2

// Diagnose tries the known mistakes in building transaction data on data whose
// hash is not the signed one, and says which one was made: a part left out or
// added. PDOL data that was left out is guessed up to two bytes, which finds a
// PDOL of the terminal type alone.
func (d TransactionData) Diagnose(signed Hash) (remedy string, found bool) {
	if remedy, found = d.diagnoseExcess(signed); found {
		return remedy, true
	}
	if len(d.PDOL) > 0 {
		return "", false
	}
	for length := 1; length <= pdolGuessBytesMax; length++ {
		for n := range 1 << (8 * length) {
			d.PDOL = []byte{byte(n >> 8), byte(n)}[pdolGuessBytesMax-length:]
			if d.matches(signed) {
				return fmt.Sprintf("with PDOL data %X before it", d.PDOL), true
			}
		}
	}
	return "", false
}

// diagnoseExcess leaves out the filled lists, one and more at a time.
func (d TransactionData) diagnoseExcess(signed Hash) (remedy string, found bool) {
	for left := 1; left < 1<<3; left++ {
		fewer, names := d, []string{}
		for i, list := range []struct {
			name string
			data *[]byte
		}{{"PDOL", &fewer.PDOL}, {"CDOL1", &fewer.CDOL1}, {"CDOL2", &fewer.CDOL2}} {
			if left>>i&1 == 1 && len(*list.data) > 0 {
				*list.data, names = nil, append(names, list.name)
			}
		}
		if len(names) > 0 && fewer.matches(signed) {
			return "without the data of " + strings.Join(names, " and "), true
		}
	}
	return "", false
}

func (d TransactionData) matches(signed Hash) bool {
	hash, err := d.Hash()
	return err == nil && hash == signed
}

// FindUnpredictableNumber looks in what was sent to the card, such as CDOL1
// data, for the unpredictable number that the signature covers.
func (s SignedDynamicData) FindUnpredictableNumber(sent ...[]byte) (un emv.UnpredictableNumber, found bool) {
	for _, data := range sent {
		for i := 0; i+len(un) <= len(data); i++ {
			un = emv.UnpredictableNumber(data[i:])
			if s.HashMatches(un[:]) {
				return un, true
			}
		}
	}
	return emv.UnpredictableNumber{}, false
}
