package link_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// TestReversalGoesBeforeTheNextPurchase holds over a restart, whatever the terminal
// knew of the transaction when it lost its power.
func TestReversalGoesBeforeTheNextPurchase(t *testing.T) {
	for name, c := range map[string]struct {
		first  func(*link.Link, *host) // what happens before the restart
		reason message.ReasonCode
		action bool
	}{
		"killed after the answer": {func(l *link.Link, _ *host) {
			_, err := l.Authorize(context.Background(), purchase(t))
			require.NoError(t, err)
		}, message.TerminalCannotComplete, false},
		"completed with a reversal, host silent": {func(l *link.Link, h *host) {
			_, err := l.Authorize(context.Background(), purchase(t))
			require.NoError(t, err)
			h.follow(silentTo(message.KindReversal))
			require.NoError(t, l.Completed(context.Background(), reversed()))
			assert.False(t, nextAfterRequest(h).Repeat)
		}, message.TerminalCannotComplete, true},
	} {
		t.Run(name, func(t *testing.T) {
			h, j := newHost(t, nil), openJournal(t)
			l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
			c.first(l, h)
			require.NoError(t, l.Close())
			for len(h.got) > 0 {
				<-h.got
			}
			require.Equal(t, 1, owed(t, j))

			h.follow(approve)
			l, _, _ = newLink(t, h, func(c *link.Config) { c.Journal = j })
			_, err := l.Authorize(t.Context(), purchase(t))
			require.NoError(t, err)
			reversal := next[*message.Reversal](h)
			assert.Equal(t, c.reason, reversal.ReasonCode)
			assert.Equal(t, c.action, reversal.HasActionCode, "the answer is known")
			assert.Equal(t, c.action, reversal.Repeat, "it was sent before")
			assert.Equal(t, uint32(1), reversal.Original.STAN)
			assert.NotEqual(t, uint32(1), next[*message.AuthorizationRequest](h).STAN)
			require.NoError(t, l.Completed(t.Context(), approved()))
			assert.Zero(t, owed(t, j))
		})
	}
}

// nextAfterRequest skips the request.
func nextAfterRequest(h *host) *message.Reversal {
	next[*message.AuthorizationRequest](h)
	return next[*message.Reversal](h)
}

// TestForgottenEndIsReversed has a caller that does not tell the end.
func TestForgottenEndIsReversed(t *testing.T) {
	h := newHost(t, nil)
	l, j, _ := newLink(t, h, nil)
	for range 2 {
		_, err := l.Authorize(t.Context(), purchase(t))
		require.NoError(t, err)
	}
	require.NoError(t, l.Completed(t.Context(), approved()))
	require.NoError(t, l.Completed(t.Context(), reversed()), "there is none to complete")
	assert.Zero(t, owed(t, j))
	first := next[*message.AuthorizationRequest](h)
	assert.Equal(t, originalOf(first), next[*message.Reversal](h).Original)
	next[*message.AuthorizationRequest](h)
	require.NoError(t, l.Close())
	h.nothing()
}

// TestSilenceToAReversalHoldsOnePurchaseOnce: the purchase waits for the first try,
// and goes when that timed out; the reversal goes on in growing intervals.
func TestSilenceToAReversal(t *testing.T) {
	h := newHost(t, silentTo(message.KindReversal))
	l, j, v := newLink(t, h, nil)
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	require.NoError(t, l.Completed(t.Context(), reversed()))
	first := nextAfterRequest(h)
	done := authorize(t, l)
	select {
	case <-done:
		require.Fail(t, "the purchase does not wait")
	case <-time.After(20 * time.Millisecond):
	}
	v.Advance(20 * time.Second)
	require.NoError(t, wait(t, done))
	next[*message.AuthorizationRequest](h)
	require.NoError(t, l.Completed(t.Context(), approved()))
	for range 4 {
		again := nextAdvancing[*message.Reversal](h, v.Advance)
		assert.True(t, again.Repeat)
		assert.Equal(t, first.MatchKey(), again.MatchKey(), "the same message")
	}
	h.follow(approve)
	assert.True(t, nextAdvancing[*message.Reversal](h, v.Advance).Repeat)
	settled(t, j)
}

// nextAdvancing lets time pass until the next message comes.
func nextAdvancing[M message.Message](h *host, advance func(time.Duration)) M {
	h.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if len(h.got) > 0 {
			return next[M](h)
		}
		advance(time.Second)
		time.Sleep(time.Millisecond / 4)
	}
	require.Fail(h.t, "host got nothing")
	panic("unreachable")
}

// TestRefusedReversalIsOwed: only a host that accepts a reversal settles it.
func TestRefusedReversalIsOwed(t *testing.T) {
	for _, code := range []message.ActionCode{message.ActionDuplicate, message.ActionFormatError, message.ActionNoCardRecord} {
		h := newHost(t, func(m message.Message) message.Message {
			answer := approve(m)
			if a, ok := answer.(*message.ReversalResponse); ok {
				a.ActionCode = code
			}
			return answer
		})
		l, j, v := newLink(t, h, nil)
		_, err := l.Authorize(t.Context(), purchase(t))
		require.NoError(t, err)
		require.NoError(t, l.Completed(t.Context(), reversed()))
		nextAfterRequest(h)
		assert.True(t, nextAdvancing[*message.Reversal](h, v.Advance).Repeat)
		assert.Equal(t, 1, owed(t, j))
	}
}

var scriptResult = emv.ScriptResult{Outcome: emv.ScriptSuccessful, Identifier: [4]byte{0, 0, 0, 7}}

// TestAdviceUntilItIsAcknowledged repeats an advice over silence, a host that is out
// of order, a lost connection and a restart.
func TestAdviceUntilItIsAcknowledged(t *testing.T) {
	h, j := newHost(t, silentTo(message.KindAdvice)), openJournal(t)
	l, _, v := newLink(t, h, func(c *link.Config) { c.Journal = j })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	result := approved(scriptResult)
	result.TVR.Set(emv.TVRScriptFailedAfterFinalGenerateAC)
	require.NoError(t, l.Completed(t.Context(), result))
	request, first := next[*message.AuthorizationRequest](h), next[*message.Advice](h)
	assert.False(t, first.Repeat)
	assert.Equal(t, originalOf(request), first.Original)
	assert.Equal(t, []any{message.ActionApproved, "123456", request.Amount}, []any{first.ActionCode, first.ApprovalCode, first.Amount})
	first.ICCData.Open(func(data []byte) {
		results, ok, err := tlv.Find(data, 0x9F5B)
		require.True(t, ok && err == nil)
		assert.Equal(t, emv.EncodeScriptResults(scriptResult), results)
		tvr, ok, err := tlv.Find(data, 0x95)
		require.True(t, ok && err == nil)
		assert.Equal(t, make([]byte, 5), tvr, "as given to the second GENERATE AC")
	})
	repeat := func() {
		t.Helper()
		again := nextAdvancing[*message.Advice](h, v.Advance)
		assert.True(t, again.Repeat)
		assert.Equal(t, message.DuplicateKeyOf(first), message.DuplicateKeyOf(again))
		assert.True(t, first.ICCData.Equal(again.ICCData))
	}
	repeat()
	h.follow(func(m message.Message) message.Message {
		answer := approve(m)
		if a, ok := answer.(*message.AdviceResponse); ok {
			a.ActionCode = message.ActionIssuerUnavailable
		}
		return answer
	})
	repeat()
	repeat()
	_ = h.last().Close()
	repeat()
	require.NoError(t, l.Close())
	for len(h.got) > 0 {
		<-h.got
	}
	h.follow(approve)
	require.Equal(t, 1, owed(t, j))
	_, _, v = newLink(t, h, func(c *link.Config) { c.Journal = j })
	repeat()
	settled(t, j)
}

// TestAdviceFits cuts the data objects of an advice with many script results.
func TestAdviceFits(t *testing.T) {
	h := newHost(t, nil)
	l, j, _ := newLink(t, h, nil)
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	results := make([]emv.ScriptResult, 50)
	require.NoError(t, l.Completed(t.Context(), approved(results...)))
	settled(t, j)
	next[*message.AuthorizationRequest](h)
	assert.LessOrEqual(t, next[*message.Advice](h).ICCData.Len(), 255)
}

func TestReversalAndAdvice(t *testing.T) {
	h := newHost(t, nil)
	l, j, _ := newLink(t, h, nil)
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	result := reversed()
	result.ScriptResults = []emv.ScriptResult{scriptResult}
	require.NoError(t, l.Completed(t.Context(), result))
	settled(t, j)
	reversal := nextAfterRequest(h)
	assert.Equal(t, "123456", reversal.ApprovalCode)
	next[*message.Advice](h)
}

// TestCompletionThatCanNotBeWritten says so, and the transaction is reversed.
func TestCompletionThatCanNotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	open := func() *journal.Journal {
		j, err := journal.Open(journal.Config{Path: path, Key: storageKey(t)})
		require.NoError(t, err)
		return j
	}
	h, j := newHost(t, nil), open()
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	require.NoError(t, j.Close())
	require.ErrorContains(t, l.Completed(t.Context(), approved(scriptResult)), "record end of transaction")
	require.NoError(t, l.Close())
	j = open()
	defer j.Close()
	newLink(t, h, func(c *link.Config) { c.Journal = j })
	nextAfterRequest(h)
	settled(t, j)
}

// TestHostComesBack dials in growing intervals until the host is there.
func TestHostComesBack(t *testing.T) {
	h, j := newHost(t, nil), openJournal(t)
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	next[*message.AuthorizationRequest](h)

	var mu sync.Mutex
	var dials []time.Duration
	var now func() time.Time
	_, _, v := newLink(t, h, func(c *link.Config) {
		c.Journal, now = j, c.Clock.Now
		c.Dial = func(ctx context.Context) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			dials = append(dials, now().Sub(noon))
			if len(dials) < 6 {
				return nil, errors.New("no host")
			}
			return h.pipe(ctx)
		}
	})
	nextAdvancing[*message.Reversal](h, v.Advance)
	settled(t, j)
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, dials, 6)
	for i := range 4 {
		assert.GreaterOrEqual(t, dials[i+2]-dials[i+1], dials[i+1]-dials[i], "%v", dials)
	}
	assert.GreaterOrEqual(t, dials[5]-dials[4], 16*time.Second)
}

func TestEchoWhenIdle(t *testing.T) {
	h := newHost(t, nil)
	l, _, v := newLink(t, h, func(c *link.Config) { c.EchoInterval = time.Minute })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	require.NoError(t, l.Completed(t.Context(), approved()))
	next[*message.AuthorizationRequest](h)
	v.Advance(time.Minute - 1)
	time.Sleep(5 * time.Millisecond)
	h.nothing()
	v.Advance(1)
	assert.Equal(t, message.EchoTest, next[*message.NetworkManagement](h).FunctionCode)

	h.follow(silentTo(message.KindNetworkManagement))
	nextAdvancing[*message.NetworkManagement](h, v.Advance)
	conn := h.last()
	require.Eventually(t, func() bool {
		v.Advance(time.Second)
		_, err := conn.Write([]byte{0})
		return err != nil
	}, patience, time.Millisecond, "a host that is silent to an echo test is gone")
	h.follow(approve)
	_, err = l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err, "on a new connection")
}

func TestSignOn(t *testing.T) {
	h := newHost(t, nil)
	l, _, _ := newLink(t, h, func(c *link.Config) { c.SignOn = true })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Equal(t, message.SignOn, next[*message.NetworkManagement](h).FunctionCode)
	next[*message.AuthorizationRequest](h)

	h.follow(func(m message.Message) message.Message {
		answer := approve(m)
		if a, ok := answer.(*message.NetworkManagementResponse); ok {
			a.ActionCode = message.ActionInvalidTransaction
		}
		return answer
	})
	l, j, _ := newLink(t, h, func(c *link.Config) { c.SignOn = true })
	_, err = l.Authorize(t.Context(), purchase(t))
	unable(t, err, false)
	require.ErrorContains(t, err, "sign on: action code 902")
	assert.Zero(t, owed(t, j))
}

// TestCloseWaits drains: the request under way is answered first.
func TestCloseWaits(t *testing.T) {
	release := make(chan struct{})
	h := newHost(t, func(m message.Message) message.Message {
		<-release
		return approve(m)
	})
	l, _, _ := newLink(t, h, nil)
	done := authorize(t, l)
	next[*message.AuthorizationRequest](h)
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	select {
	case <-closed:
		require.Fail(t, "closed with a request under way")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	require.NoError(t, wait(t, done))
	require.NoError(t, wait(t, closed))
}

// TestCancelledRequestIsReversed counts as sent.
func TestCancelledRequestIsReversed(t *testing.T) {
	h := newHost(t, silentTo(message.KindAuthorizationRequest))
	l, j, _ := newLink(t, h, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		next[*message.AuthorizationRequest](h)
		cancel()
	}()
	_, err := l.Authorize(ctx, purchase(t))
	unable(t, err, true)
	require.ErrorIs(t, err, context.Canceled)
	settled(t, j)
	next[*message.Reversal](h)
}
