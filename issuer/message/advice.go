package message

// Advice tells the issuer what became of a transaction: that it was decided
// offline, or what the chip made of a script (1120, 1121). Track data and PIN are
// no part of it.
type Advice struct {
	Header
	Transaction
	ApprovalCode string       // DE 38, up to 6 letters and digits
	ActionCode   ActionCode   // DE 39
	Original     OriginalData // DE 56
}

// Kind returns KindAdvice.
func (*Advice) Kind() Kind { return KindAdvice }

func (m *Advice) code(c *coder) {
	m.Header.code(c)
	m.Transaction.code(c)
	text(c, 38, &m.ApprovalCode)
	c.edition().actionCode(c, &m.ActionCode)
	c.edition().originalData(c, &m.Header, &m.Original)
}

// AdviceResponse answers an advice (1130).
type AdviceResponse struct{ Acknowledgement }

// Kind returns KindAdviceResponse.
func (*AdviceResponse) Kind() Kind { return KindAdviceResponse }

// Acknowledgement is what responses have that say little more than that a
// message was received.
type Acknowledgement struct {
	Header
	ActionCode ActionCode // DE 39
}

func (m *Acknowledgement) code(c *coder) {
	m.Header.code(c)
	c.edition().actionCode(c, &m.ActionCode)
}
