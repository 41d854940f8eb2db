package message

import (
	"encoding/hex"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// CardNotPresent is what an order without the card says of who gives it. The
// zero value is absent.
//
// The form in DE 48 is our own: sub-elements of a tag of two digits, a length of
// two digits and a value, in rising order of tags.
type CardNotPresent struct {
	CID           secret.Value // card identification digits that are printed on the card, 3 to 5
	ECI           string       // electronic commerce indicator, 2 digits
	AEVV          []byte       // verification value of the cardholder's authentication, 20 bytes
	TransactionID []byte       // of the cardholder's authentication, 20 bytes
}

// IsZero reports whether nothing is said.
func (o CardNotPresent) IsZero() bool {
	return o.CID.IsZero() && o.ECI == "" && len(o.AEVV) == 0 && len(o.TransactionID) == 0
}

// Tags of the sub-elements.
const (
	tagCID           = "01"
	tagECI           = "02"
	tagAEVV          = "03"
	tagTransactionID = "04"
)

// subelementHead is the length of tag and length of a sub-element.
const subelementHead = 4

// Lengths of the values, in characters; those of bytes in hexadecimal digits.
const (
	cidDigitsMin         = 3
	cidDigitsMax         = 5
	eciDigits            = 2
	authenticationDigits = 40
)

func cardNotPresent(c *coder, n int, v *CardNotPresent) {
	transfer(c, n, v, codec[CardNotPresent]{
		isZero: CardNotPresent.IsZero,
		append: func(dst []byte, v CardNotPresent, _ *element) []byte { return v.append(dst) },
		parse:  func(value []byte, _ *element) (CardNotPresent, error) { return parseCardNotPresent(value) },
	})
}

func (o CardNotPresent) append(dst []byte) []byte {
	o.CID.Open(func(digits []byte) { dst = appendSubelement(dst, tagCID, digits) })
	dst = appendSubelement(dst, tagECI, []byte(o.ECI))
	dst = appendSubelement(dst, tagAEVV, upperHex(o.AEVV))
	return appendSubelement(dst, tagTransactionID, upperHex(o.TransactionID))
}

func appendSubelement(dst []byte, tag string, value []byte) []byte {
	if len(value) == 0 {
		return dst
	}
	dst = appendDigits(append(dst, tag...), uint64(len(value)), subelementHead-len(tag))
	return append(dst, value...)
}

// hexDigits are the hexadecimal digits in upper case.
const hexDigits = "0123456789ABCDEF"

func upperHex(b []byte) []byte {
	digits := make([]byte, 0, 2*len(b))
	for _, c := range b {
		digits = append(digits, hexDigits[c>>4], hexDigits[c&0x0F])
	}
	return digits
}

func parseCardNotPresent(value []byte) (o CardNotPresent, err error) {
	last := ""
	for len(value) > 0 {
		tag, content, rest, err := nextSubelement(value)
		if err != nil {
			return CardNotPresent{}, err
		}
		if tag <= last {
			return CardNotPresent{}, fault("sub-elements that do not rise")
		}
		if err := o.set(tag, content); err != nil {
			return CardNotPresent{}, err
		}
		last, value = tag, rest
	}
	return o, nil
}

func nextSubelement(b []byte) (tag string, value, rest []byte, err error) {
	if len(b) < subelementHead || !emv.Decimal(b[:subelementHead]) {
		return "", nil, nil, fault("tag or length of a sub-element")
	}
	end := subelementHead + int(parseDigits(b[2:subelementHead]))
	if end > len(b) {
		return "", nil, nil, fault("sub-element runs past the end")
	}
	return string(b[:2]), b[subelementHead:end], b[end:], nil
}

func (o *CardNotPresent) set(tag string, value []byte) (err error) {
	switch tag {
	case tagCID:
		if len(value) < cidDigitsMin || len(value) > cidDigitsMax || !emv.Decimal(value) {
			return fault(fmt.Sprintf("card identification digits, want %d to %d", cidDigitsMin, cidDigitsMax))
		}
		o.CID = secret.New(value)
	case tagECI:
		if len(value) != eciDigits || !emv.Decimal(value) {
			return fault("electronic commerce indicator, want 2 digits")
		}
		o.ECI = string(value)
	case tagAEVV:
		o.AEVV, err = parseAuthentication(value)
	case tagTransactionID:
		o.TransactionID, err = parseAuthentication(value)
	default:
		return fault("unknown sub-element")
	}
	return err
}

func parseAuthentication(value []byte) ([]byte, error) {
	b := make([]byte, hex.DecodedLen(len(value)))
	if _, err := hex.Decode(b, value); err != nil || len(value) != authenticationDigits || string(upperHex(b)) != string(value) {
		return nil, fault(fmt.Sprintf("authentication of the cardholder, want %d hexadecimal digits in upper case", authenticationDigits))
	}
	return b, nil
}
