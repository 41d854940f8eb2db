package message

import (
	"fmt"
)

// edition1993 is ISO 8583:1993.
type edition1993 struct{}

func (edition1993) year() int { return 1993 }

func (edition1993) elements() []element { return elements1993 }

func (edition1993) refusal(a ActionCode) string { return a.String() }

func (edition1993) header(c *coder, h *Header) {
	localDateTime(c, 12, &h.Local)
	secretBytes(c, 53, &h.SecurityControl)
}

func (edition1993) transaction(c *coder, t *Transaction) {
	numericCode(c, 18, &t.MerchantType)
	posDataCode(c, 22, &t.POSDataCode)
	numericCode(c, 24, &t.FunctionCode)
	numericCode(c, 25, &t.ReasonCode)
	numericCode(c, 26, &t.BusinessCode)
	text(c, 43, &t.NameAndLocation)
}

func (e edition1993) reversal(c *coder, m *Reversal) {
	m.Transaction.code(c)
	originalAmounts(c, 30, &m.OriginalAmounts)
	flaggedNumber(c, 39, &m.ActionCode, &m.HasActionCode)
	e.originalData(c, &m.Header, &m.Original)
}

func (edition1993) originalData(c *coder, _ *Header, v *OriginalData) { originalData(c, 56, v) }

func (edition1993) actionCode(c *coder, v *ActionCode) { number(c, 39, v) }

func (edition1993) functionCode(c *coder, v *FunctionCode) { numericCode(c, 24, v) }

func (edition1993) meaning(d *Dialect, _ Kind, n int, value []byte) (text string, notes []string) {
	switch n {
	case 22:
		if p, err := ParsePOSDataCode(string(value)); err == nil {
			return "", p.Texts()
		}
	case 24:
		return FunctionCode(smallNumber(value)).Text(), nil
	case 25:
		return ReasonCode(smallNumber(value)).Text(), nil
	case 39:
		return ActionCode(smallNumber(value)).Text(), nil
	case 56:
		if o, err := d.parseOriginalData(value); err == nil {
			return fmt.Sprintf("%s, STAN %06d, %s", o.Kind, o.STAN, o.Local), nil
		}
	}
	return "", nil
}

// smallNumber returns a number of up to four digits, 0 for anything else.
func smallNumber(value []byte) uint16 {
	if len(value) > 4 {
		return 0
	}
	v, _ := parseNumber[uint16](value, nil)
	return v
}
