package message

// Reversal takes back a transaction, or part of it (1420, 1421). What only the
// response could have told is absent where none came.
type Reversal struct {
	Header
	Transaction
	OriginalAmounts OriginalAmounts // DE 30, where Amount is another: of a partial reversal
	ApprovalCode    string          // DE 38, up to 6 letters and digits
	ActionCode      ActionCode      // DE 39, of the response
	HasActionCode   bool            // DE 39 is there
	Original        OriginalData    // DE 56
}

// Kind returns KindReversal.
func (*Reversal) Kind() Kind { return KindReversal }

func (m *Reversal) code(c *coder) {
	m.Header.code(c)
	text(c, 38, &m.ApprovalCode)
	c.edition().reversal(c, m)
}

// ReversalResponse answers a reversal advice (1430).
type ReversalResponse struct{ Acknowledgement }

// Kind returns KindReversalResponse.
func (*ReversalResponse) Kind() Kind { return KindReversalResponse }
