package message

import "fmt"

// edition1987 is ISO 8583:1987. What the structs have and it has no element for
// is not carried: the year of DE 12, the reason of an authorization request, the
// merchant type beside the business code, and of a reversal the answer of the
// original.
type edition1987 struct{}

func (edition1987) year() int { return 1987 }

func (edition1987) elements() []element { return elements1987 }

func (edition1987) refusal(a ActionCode) string { return a.ResponseCode().String() }

func (edition1987) header(c *coder, h *Header) {
	localTime1987(c, &h.Local)
	keySerialNumber1987(c, &h.SecurityControl)
}

func (edition1987) transaction(c *coder, t *Transaction) {
	numericCode(c, 18, &t.BusinessCode)
	entryMode1987(c, &t.POSDataCode)
	text(c, 43, &t.NameAndLocation)
	if c.unpacking {
		t.FunctionCode = OriginalAuthorization
	}
}

// reversal has the amount of the original in DE 4 and what is left of it in DE
// 95, and says in DE 39 why it is sent.
func (e edition1987) reversal(c *coder, m *Reversal) {
	t := m.Transaction
	partial, left := m.FunctionCode == PartialReversal, m.Amount
	if partial && !c.unpacking {
		t.Amount = m.OriginalAmounts.Transaction
	}
	t.code(c)
	replacementAmount1987(c, &left, &partial)
	reason := m.ReasonCode
	reversalReason1987(c, &reason)
	e.originalData(c, &m.Header, &m.Original)
	if !c.unpacking {
		return
	}
	m.Transaction, m.ReasonCode, m.FunctionCode = t, reason, FullReversal
	if partial {
		m.FunctionCode, m.Amount = PartialReversal, left
		m.OriginalAmounts = OriginalAmounts{Transaction: t.Amount}
	}
}

func (edition1987) originalData(c *coder, h *Header, v *OriginalData) { originalData1987(c, h, v) }

func (edition1987) actionCode(c *coder, v *ActionCode) { responseCode1987(c, v) }

func (edition1987) functionCode(c *coder, v *FunctionCode) { networkCode1987(c, v) }

func (edition1987) meaning(d *Dialect, k Kind, n int, value []byte) (text string, notes []string) {
	switch n {
	case 22:
		return entryModeText1987(value), nil
	case 25:
		return conditionText1987(value), nil
	case 39:
		if k == KindReversal {
			return reversalReasonOf1987(string(value)).Text(), nil
		}
		return actionOf1987(string(value), k).Text(), nil
	case 70:
		if f, err := functionOf1987(value); err == nil {
			return f.Text(), nil
		}
	case 90:
		if o, _, err := parseOriginalData1987(d, value); err == nil {
			return fmt.Sprintf("%s, STAN %06d, sent %s", o.Kind, o.STAN, o.Transmission), nil
		}
	}
	return "", nil
}
