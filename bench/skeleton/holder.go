package skeleton

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
)

// pan returns the account number of an application, zero where it gave none.
func (a *application) pan() account.PAN {
	if pan, err := account.DecodePAN(a.data.value(tagPAN)); err == nil {
		return pan
	}
	track2, _ := account.DecodeTrack2(a.data.value(tagTrack2))
	return track2.PAN()
}

// numberDigits returns how many digits the account number has, 0 where the card gave
// none. In a masked recording some of them are covered, and pan knows none.
func (a *application) numberDigits() int {
	if number := account.Unpack(a.data.value(tagPAN)); len(number) > 0 {
		return len(number)
	}
	number, _, found := bytes.Cut(account.Unpack(a.data.value(tagTrack2)), []byte("D"))
	if !found {
		return 0
	}
	return len(number)
}

// live returns the account numbers of the card that are to be replaced.
func (c recorded) live() (pans []account.PAN) {
	for _, a := range c.applications {
		if pan := a.pan(); !pan.IsZero() && !pan.IsTestNumber() {
			pans = append(pans, pan)
		}
	}
	return pans
}

// The beginnings of test numbers for the schemes, by RID, and for all others.
var (
	schemePrefixes = map[oda.RID]string{ridAmex: "374245", ridMastercard: "541333", ridVisa: "476134"}
	otherPrefix    = "123456"
)

func (a *application) rid() oda.RID { return oda.RID(a.aid[:len(oda.RID{})]) }

// accountLines are the account of an application with test values in place of its
// holder's.
func (a *application) accountLines() (lines []string) {
	pan := a.pan()
	if pan.IsTestNumber() {
		pan.Open(func(digits []byte) { lines = append(lines, fmt.Sprintf("pan: %q", digits)) })
	} else {
		prefix, ok := schemePrefixes[a.rid()]
		if !ok {
			prefix = otherPrefix
		}
		lines = append(lines, fmt.Sprintf("pan_prefix: %q # the rest is drawn", prefix))
		lines = append(lines, fmt.Sprintf("pan_length: %d", min(max(a.numberDigits(), len(prefix)+2), numberDigitsMax)))
	}
	if n := a.data.value(tagSequenceNumber); len(n) == 1 && n[0] <= 0x99 && n[0]&0x0F <= 9 {
		lines = append(lines, fmt.Sprintf("sequence_number: \"%02X\"", n[0]))
	}
	lines = append(lines, a.dateLines()...)
	for _, code := range []struct {
		name string
		tag  emv.Tag
	}{{"service_code", tagServiceCode}, {"country", tagCountry}, {"currency", tagCurrency}} {
		if digits := hex.EncodeToString(a.data.value(code.tag)); len(digits) == 4 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "" {
			lines = append(lines, fmt.Sprintf("%s: %q", code.name, digits[1:]))
		}
	}
	return lines
}

// validYears is how long before its expiry a card began that does not say when.
const validYears = 5

// dateLines are the first day and the last month of the card.
func (a *application) dateLines() []string {
	expiry, err := emv.ParseDate(a.data.value(tagExpirationDate))
	if err != nil {
		return nil
	}
	first, err := emv.ParseDate(a.data.value(tagEffectiveDate))
	if err != nil || first.Compare(expiry) > 0 {
		first = emv.Date{Year: expiry.Year - validYears, Month: time.January, Day: 1}
	}
	return []string{
		fmt.Sprintf("effective: %04d-%02d-%02d", first.Year, first.Month, first.Day),
		fmt.Sprintf("expiry: %04d-%02d", expiry.Year, expiry.Month),
	}
}

// tracedDigits is how many digits of an account number in a row are taken for a
// piece of it.
const tracedDigits = 8

// holdsPiece reports whether bytes hold that many digits of the number, as digits
// two to a byte wherever they begin, or as characters.
func holdsPiece(b []byte, pan account.PAN, digits int) (holds bool) {
	text := []byte(hex.EncodeToString(b))
	pan.Open(func(number []byte) {
		for i := 0; i+digits <= len(number); i++ {
			piece := number[i : i+digits]
			holds = holds || bytes.Contains(text, piece) || bytes.Contains(b, piece)
		}
	})
	return holds
}

// The lengths of account numbers that are looked for where none should be, and the
// digits that those of payment cards begin with.
const (
	numberDigitsMin = 13
	numberDigitsMax = 19
	firstDigitsUsed = "23456"
)

// looksLikeAccount reports whether bytes hold a number that is none of test cards and
// could be that of a payment card: as characters, or where they are no text as digits
// two to a byte.
func looksLikeAccount(b []byte) bool {
	forms := [][]byte{b}
	if !printable(b) {
		forms = append(forms, []byte(hex.EncodeToString(b)))
	}
	for _, form := range forms {
		for i := range form {
			for n := numberDigitsMin; n <= numberDigitsMax && i+n <= len(form); n++ {
				number, err := account.ParsePAN(form[i : i+n])
				if err == nil && strings.IndexByte(firstDigitsUsed, form[i]) >= 0 && number.LuhnValid() && !number.IsTestNumber() {
					return true
				}
			}
		}
	}
	return false
}

// parAccountReference identifies an account as a number does.
const parAccountReference emv.Tag = 0x9F24

// covered are digits that a masked recording has in the place of hidden ones.
const covered = "eeeeeeee"

// personal reports whether a data object says whose a card is.
func (a *application) personal(o object) bool {
	entry, known := emv.Describe(o.tag)
	pan := a.pan()
	switch {
	case entry.Sensitive, o.tag == parAccountReference, looksLikeAccount(o.value):
		return true
	case pan.IsTestNumber():
		return holdsPiece(o.value, pan, pan.Len())
	case pan.IsZero():
		return !known || strings.Contains(hex.EncodeToString(o.value), covered)
	}
	return !known || holdsPiece(o.value, pan, min(tracedDigits, pan.Len()))
}

// extras returns the data objects of records that a profile lists by themselves, and
// the tags of those that are left out since they may say whose the card is.
func (a *application) extras(from objects) (kept objects, dropped []emv.Tag) {
	for _, o := range from {
		switch {
		case slices.Contains(fromFields, o.tag), slices.Contains(certified, o.tag), slices.Contains(unkept, o.tag), slices.Contains(moving, o.tag):
		case a.personal(o):
			dropped = append(dropped, o.tag)
		default:
			if _, there := kept.find(o.tag); !there {
				kept = append(kept, o)
			}
		}
	}
	return kept, dropped
}
