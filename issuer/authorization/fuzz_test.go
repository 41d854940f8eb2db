package authorization_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
)

// FuzzChipData decides requests and advices with any chip data: no panic, an
// approval and a script only together with an ARPC, and a record that the store
// takes.
func FuzzChipData(f *testing.F) {
	h, card := changed(f)
	a := card.Begin(f, buy(pin0))
	a.Request.ICCData.Open(func(b []byte) { f.Add(append([]byte(nil), b...)) })
	f.Add([]byte{0x9F, 0x10, 0x07, 0x06, 0x01, 0x01, 0x03, 0xA0, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, icc []byte) {
		if len(icc) == 0 || len(icc) > 255 || !isTLV(icc) {
			t.Skip()
		}
		request := *a.Request
		request.Header, request.ICCData = h.Header(), secret.New(icc)
		answer := h.ask(t, &request)
		if answer.ActionCode.Approves() || carries(t, answer) {
			require.NotNil(t, issuertest.Object(t, answer, 0x91))
		}
		h.tell(t, &message.Advice{Header: h.Header(), Transaction: request.Transaction, Original: message.Original(&request)})
		record := h.Record(t, card.Ref)
		require.NoError(t, record.Validate())
	})
}

// isTLV reports whether the dialect passes the data on.
func isTLV(b []byte) bool {
	for _, err := range tlv.Elements(b) {
		if err != nil {
			return false
		}
	}
	return true
}
