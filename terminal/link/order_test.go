package link_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// order is one of a webshop.
func order(t testing.TB) link.Order {
	t.Helper()
	return link.Order{
		PAN: purchase(t).PAN, Expiry: account.Expiry{Year: 2027, Month: time.December}, Amount: 4999,
		CardNotPresent: message.CardNotPresent{CID: secret.New([]byte("4321")), ECI: "07"},
	}
}

// answerCode answers requests with a code, all else well.
func answerCode(code message.ActionCode) func(message.Message) message.Message {
	return func(m message.Message) message.Message {
		answer := approve(m)
		if r, ok := answer.(*message.AuthorizationResponse); ok {
			r.ActionCode = code
		}
		return answer
	}
}

func TestOrder(t *testing.T) {
	h := newHost(t, nil)
	l, j, _ := newLink(t, h, func(c *link.Config) { c.Dial, c.Address = nil, h.listen() })
	answer, err := l.Order(t.Context(), order(t))
	require.NoError(t, err)
	assert.Equal(t, &link.OrderAnswer{ApprovalCode: "123456", Reference: "632712000001"}, answer)
	assert.True(t, answer.Approved())
	assert.Zero(t, owed(t, j))

	r, want, p := next[*message.AuthorizationRequest](h), order(t), demo(t)
	assert.True(t, r.PAN.Equal(want.PAN))
	assert.True(t, r.CardNotPresent.CID.Equal(want.CardNotPresent.CID))
	assert.Equal(t, []any{uint64(4999), p.CurrencyCode, "2712", "000000", "100050100140", "07", false, "632712000001"},
		[]any{r.Amount, r.Currency, r.Expiry.String(), r.ProcessingCode.String(), r.POSDataCode.String(), r.CardNotPresent.ECI, r.HasSequenceNumber, r.RetrievalReferenceNumber})
	assert.True(t, r.PINBlock.IsZero() && r.SecurityControl.IsZero() && r.ICCData.IsZero() && r.Track2.IsZero(), "no PIN, chip data and track data")
	require.NoError(t, l.Completed(t.Context(), reversed()), "there is nothing to tell")
	require.NoError(t, l.Close())
	h.nothing()
}

func TestOrderDeclined(t *testing.T) {
	h := newHost(t, answerCode(message.ActionInsufficientFunds))
	l, j, _ := newLink(t, h, nil)
	o := order(t)
	o.SequenceNumber, o.HasSequenceNumber = 1, true
	answer, err := l.Order(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, message.ActionInsufficientFunds, answer.ActionCode)
	assert.False(t, answer.Approved() || answer.ReversalDue())
	r := next[*message.AuthorizationRequest](h)
	assert.True(t, r.HasSequenceNumber && r.SequenceNumber == 1)
	assert.Zero(t, owed(t, j), "nothing was booked")
	require.NoError(t, l.Close())
	h.nothing()
}

// TestOrderApprovedPartially: it does not stand, and is reversed as what it was.
func TestOrderApprovedPartially(t *testing.T) {
	h := newHost(t, answerCode(message.ActionApprovedPartially))
	l, j, _ := newLink(t, h, nil)
	answer, err := l.Order(t.Context(), order(t))
	require.NoError(t, err)
	assert.False(t, answer.Approved())
	request, reversal := next[*message.AuthorizationRequest](h), next[*message.Reversal](h)
	assert.Equal(t, originalOf(request), reversal.Original)
	assert.Equal(t, message.TerminalCannotComplete, reversal.ReasonCode)
	assert.Equal(t, []any{"123456", message.ActionApprovedPartially}, []any{reversal.ApprovalCode, reversal.ActionCode})
	settled(t, j)
}

// TestPurchaseApprovedPartially: nor does a purchase with the card stand. The card is
// told so, and the amount that the host has booked is to be reversed.
func TestPurchaseApprovedPartially(t *testing.T) {
	h := newHost(t, func(m message.Message) message.Message {
		answer := answerCode(message.ActionApprovedPartially)(m)
		if r, ok := answer.(*message.AuthorizationResponse); ok {
			r.ICCData = secret.New([]byte{0x8A, 2, '1', '0'})
		}
		return answer
	})
	l, _, _ := newLink(t, h, nil)
	response, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Equal(t, "05", response.ARC.String())
	assert.True(t, response.Booked)
}

// TestBooked: what the host has booked follows DE 39, whatever the card is told.
func TestBooked(t *testing.T) {
	for code, booked := range map[message.ActionCode]bool{message.ActionApproved: true, message.ActionHonourWithID: true, message.ActionInsufficientFunds: false} {
		l, _, _ := newLink(t, newHost(t, answerCode(code)), nil)
		response, err := l.Authorize(t.Context(), purchase(t))
		require.NoError(t, err)
		assert.Equal(t, booked, response.Booked, code)
	}
}

// TestOrderWithPIN sends what an issuer has to refuse.
func TestOrderWithPIN(t *testing.T) {
	h, j := newHost(t, answerCode(message.ActionFormatError)), openJournal(t)
	bdk, err := secret.NewTDES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	keys, err := dukpt.NewTDESHost(bdk)
	require.NoError(t, err)
	require.NoError(t, link.LoadTDES(j, keys.InitialKey(initialKSN), initialKSN))
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
	o := order(t)
	o.PIN, err = pin.Parse([]byte("4711"))
	require.NoError(t, err)
	answer, err := l.Order(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, message.ActionFormatError, answer.ActionCode)
	r := next[*message.AuthorizationRequest](h)
	assert.Equal(t, "110050113144", r.POSDataCode.String())
	r.SecurityControl.Open(func(b []byte) {
		ksn, err := dukpt.ParseTDESKSN(b)
		require.NoError(t, err)
		key, err := keys.TransactionKey(ksn)
		require.NoError(t, err)
		r.PINBlock.Open(func(block []byte) {
			decoded, err := pin.Decode(pin.Format0, pin.DecipherBlock(key.PIN(), [8]byte(block)), o.PAN)
			require.NoError(t, err)
			assert.True(t, decoded.Equal(o.PIN))
		})
	})
}

// TestOrderTimesOut: no answer has the reversal go out, before the next order.
func TestOrderTimesOut(t *testing.T) {
	h := newHost(t, silentTo(message.KindAuthorizationRequest))
	l, j, v := newLink(t, h, nil)
	done := make(chan error, 1)
	go func() {
		_, err := l.Order(t.Context(), order(t))
		done <- err
	}()
	request := next[*message.AuthorizationRequest](h)
	assert.Equal(t, 1, owed(t, j), "the reversal is durable when the host sees the request")
	v.Advance(20 * time.Second)
	unable(t, wait(t, done), true)
	require.NoError(t, l.Completed(t.Context(), approved()), "an order's end is not told")
	reversal := next[*message.Reversal](h)
	assert.Equal(t, message.TimeoutWaitingForResponse, reversal.ReasonCode)
	assert.Equal(t, originalOf(request), reversal.Original)
	assert.Equal(t, request.Amount, reversal.Amount)
	assert.Equal(t, request.POSDataCode, reversal.POSDataCode)
	settled(t, j)

	h.follow(approve)
	_, err := l.Order(t.Context(), order(t))
	require.NoError(t, err)
	next[*message.AuthorizationRequest](h)
	require.NoError(t, l.Close())
	h.nothing()
}

// TestOrderWithoutPINKey: nothing is sent, nothing is left.
func TestOrderWithoutPINKey(t *testing.T) {
	h := newHost(t, nil)
	l, j, _ := newLink(t, h, nil)
	o := order(t)
	var err error
	o.PIN, err = pin.Parse([]byte("4711"))
	require.NoError(t, err)
	_, err = l.Order(t.Context(), o)
	unable(t, err, false)
	require.ErrorIs(t, err, link.ErrNoPINKey)
	assert.Zero(t, owed(t, j))
	h.nothing()
}

// TestOrderThatCanNotBeRecorded: where the journal fails behind the answer the
// order does not stand, and the terminal reverses it when it starts again.
func TestOrderThatCanNotBeRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := journal.Open(journal.Config{Path: path, Key: storageKey(t)})
	require.NoError(t, err)
	closing := func(m message.Message) message.Message {
		if m.Kind() == message.KindAuthorizationRequest {
			assert.NoError(t, j.Close())
		}
		return approve(m)
	}
	h := newHost(t, closing)
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
	answer, err := l.Order(t.Context(), order(t))
	require.ErrorContains(t, err, "record end of order")
	require.Nil(t, answer)
	request := next[*message.AuthorizationRequest](h)
	require.NoError(t, l.Close())
	h.nothing()

	j, err = journal.Open(journal.Config{Path: path, Key: storageKey(t)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	newLink(t, h, func(c *link.Config) { c.Journal = j })
	assert.Equal(t, originalOf(request), next[*message.Reversal](h).Original)
	settled(t, j)
}
