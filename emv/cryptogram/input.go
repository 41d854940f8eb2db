package cryptogram

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data elements that a cryptogram covers.
const (
	tagAmountAuthorised        emv.Tag = 0x9F02
	tagAmountOther             emv.Tag = 0x9F03
	tagTerminalCountryCode     emv.Tag = 0x9F1A
	tagTVR                     emv.Tag = 0x95
	tagTransactionCurrencyCode emv.Tag = 0x5F2A
	tagTransactionDate         emv.Tag = 0x9A
	tagTransactionType         emv.Tag = 0x9C
	tagUnpredictableNumber     emv.Tag = 0x9F37
	tagAIP                     emv.Tag = 0x82
	tagATC                     emv.Tag = 0x9F36
	tagIAD                     emv.Tag = 0x9F10
)

// macOrder is the order in which the common data elements are covered. EMV Book
// 2, 8.1.1.
var macOrder = [...]emv.Tag{
	tagAmountAuthorised, tagAmountOther, tagTerminalCountryCode, tagTVR, tagTransactionCurrencyCode,
	tagTransactionDate, tagTransactionType, tagUnpredictableNumber, tagAIP, tagATC,
}

// macInputBytesMax is the longest MAC input, in bytes, before padding: the
// common data elements and the whole issuer application data.
const macInputBytesMax = 33 + emv.IADBytesMax

// Input holds the data elements that an application cryptogram covers, as the
// card saw them.
type Input struct {
	AmountAuthorised        [6]byte // 9F02
	AmountOther             [6]byte // 9F03
	TerminalCountryCode     [2]byte // 9F1A
	TVR                     [5]byte // 95
	TransactionCurrencyCode [2]byte // 5F2A
	TransactionDate         [3]byte // 9A
	TransactionType         [1]byte // 9C
	UnpredictableNumber     emv.UnpredictableNumber
	AIP                     [2]byte // 82
	ATC                     emv.ATC
	IAD                     []byte // 9F10, up to 32 bytes; the tail is taken from it
}

// ParseInput reads the data elements from BER-TLV data objects, such as DE55 of
// an authorisation request; others are skipped. Amount, other (9F03) counts as
// zero where it is absent, as a terminal fills a data object list with zeros
// for it; the issuer application data may be absent where no tail is needed.
// IAD shares the memory of b. Errors wrap emv.ErrMalformed: the objects can not
// be parsed, one is missing, there twice, or of a wrong length.
func ParseInput(b []byte) (in Input, err error) {
	var seen presence
	for {
		e, rest, err := tlv.Next(b)
		if err != nil {
			return Input{}, fmt.Errorf("read cryptogram input: %w", err)
		}
		if e.Raw == nil {
			break
		}
		if seen.has(e.Tag) {
			return Input{}, fmt.Errorf("read cryptogram input: %s is there twice: %w", e.Tag, emv.ErrMalformed)
		}
		if err := in.Set(e.Tag, e.Value); err != nil {
			return Input{}, err
		}
		seen.add(e.Tag)
		b = rest
	}
	seen.add(tagAmountOther)
	for _, tag := range macOrder {
		if !seen.has(tag) {
			return Input{}, fmt.Errorf("read cryptogram input: %s is missing: %w", tag, emv.ErrMalformed)
		}
	}
	return in, nil
}

// presence tells which of the data elements have been seen: bit i is that of
// macOrder[i], the next one that of the issuer application data.
type presence uint16

func (p presence) has(tag emv.Tag) bool { return p&presenceBit(tag) != 0 }

func (p *presence) add(tag emv.Tag) { *p |= presenceBit(tag) }

// presenceBit returns 0 for a data element that no cryptogram covers.
func presenceBit(tag emv.Tag) presence {
	if tag == tagIAD {
		return 1 << len(macOrder)
	}
	if i := slices.Index(macOrder[:], tag); i >= 0 {
		return 1 << i
	}
	return 0
}

// Set takes the value of a data element; one that cryptograms do not cover is
// ignored. A wrong length is emv.ErrMalformed. The issuer application data
// shares the memory of value.
func (in *Input) Set(tag emv.Tag, value []byte) error {
	switch tag {
	case tagATC:
		if len(value) != 2 {
			return lengthError(tag, len(value), 2)
		}
		in.ATC = emv.ATC(binary.BigEndian.Uint16(value))
		return nil
	case tagIAD:
		if len(value) > emv.IADBytesMax {
			return lengthError(tag, len(value), emv.IADBytesMax)
		}
		in.IAD = value
		return nil
	}
	if field := in.field(tag); field != nil {
		if len(value) != len(field) {
			return lengthError(tag, len(value), len(field))
		}
		copy(field, value)
	}
	return nil
}

func lengthError(tag emv.Tag, got, want int) error {
	return fmt.Errorf("read cryptogram input: %s has %d bytes, want %d: %w", tag, got, want, emv.ErrMalformed)
}

// field returns the array that holds the value of a data element, nil where
// there is none: the ATC is a number and the IAD has no fixed length.
func (in *Input) field(tag emv.Tag) []byte {
	switch tag {
	case tagAmountAuthorised:
		return in.AmountAuthorised[:]
	case tagAmountOther:
		return in.AmountOther[:]
	case tagTerminalCountryCode:
		return in.TerminalCountryCode[:]
	case tagTVR:
		return in.TVR[:]
	case tagTransactionCurrencyCode:
		return in.TransactionCurrencyCode[:]
	case tagTransactionDate:
		return in.TransactionDate[:]
	case tagTransactionType:
		return in.TransactionType[:]
	case tagUnpredictableNumber:
		return in.UnpredictableNumber[:]
	case tagAIP:
		return in.AIP[:]
	}
	return nil
}

// Elements iterates over the common data elements in the order in which they
// are covered. Values share the memory of in.
func (in *Input) Elements() iter.Seq2[emv.Tag, []byte] {
	return func(yield func(emv.Tag, []byte) bool) {
		for _, tag := range macOrder {
			value := in.field(tag)
			if tag == tagATC {
				atc := in.ATC.Bytes()
				value = atc[:]
			}
			if !yield(tag, value) {
				return
			}
		}
	}
}

// appendCommon appends the common data elements in order. The ATC, the last of
// them, has no field.
func (in *Input) appendCommon(dst []byte) []byte {
	for _, tag := range macOrder {
		dst = append(dst, in.field(tag)...)
	}
	return binary.BigEndian.AppendUint16(dst, uint16(in.ATC))
}

// AppendMACInput appends what a cryptogram of the profile covers, before
// padding, to dst: the common data elements and the profile's tail. EMV Book 2,
// 8.1.1.
func (p Profile) AppendMACInput(dst []byte, in *Input) ([]byte, error) {
	return p.Layout.appendTail(in.appendCommon(dst), p.Tail, in.IAD)
}
