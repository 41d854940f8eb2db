package authorization_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// host is an issuer with the authorizer under test.
type host struct {
	*issuertest.Issuer
	authorizer *authorization.Authorizer
	dialect    *message.Dialect
}

func newHost(t testing.TB, changes ...func(*authorization.Config)) host {
	t.Helper()
	i := issuertest.NewIssuer(t, mem.New())
	h := host{Issuer: i, dialect: message.ISO93()}
	h.authorizer = newAuthorizer(t, h, append(changes, func(c *authorization.Config) { h.dialect = c.Dialect })...)
	return h
}

// newAuthorizer returns another authorizer of a host's issuer.
func newAuthorizer(t testing.TB, h host, changes ...func(*authorization.Config)) *authorization.Authorizer {
	t.Helper()
	c := authorization.Config{Store: h.Store, Module: h.Module, Dialect: h.dialect, Clock: h.Clock}
	for _, change := range changes {
		change(&c)
	}
	a, err := authorization.New(c)
	require.NoError(t, err)
	return a
}

// send has a message answered as it comes over the line, and returns the bytes.
func (h host) send(t testing.TB, m message.Message) []byte {
	t.Helper()
	b, err := h.dialect.Pack(m)
	require.NoError(t, err)
	received, err := h.dialect.Unpack(b)
	require.NoError(t, err)
	answer, err := h.authorizer.Answer(context.Background(), received)
	require.NoError(t, err)
	return answer
}

// ask sends a request and returns its answer.
func (h host) ask(t testing.TB, m *message.AuthorizationRequest) *message.AuthorizationResponse {
	t.Helper()
	answer, err := h.dialect.Unpack(h.send(t, m))
	require.NoError(t, err)
	require.IsType(t, (*message.AuthorizationResponse)(nil), answer)
	assert.Equal(t, m.MatchKey(), answer.Head().MatchKey())
	return answer.(*message.AuthorizationResponse)
}

// tell sends an advice or a reversal, which must be accepted.
func (h host) tell(t testing.TB, m message.Message) {
	t.Helper()
	answer, err := h.dialect.Unpack(h.send(t, m))
	require.NoError(t, err)
	switch a := answer.(type) {
	case *message.AdviceResponse:
		assert.Equal(t, message.ActionAdviceAccepted, a.ActionCode)
	case *message.ReversalResponse:
		assert.Equal(t, message.ActionReversalAccepted, a.ActionCode)
	default:
		assert.Fail(t, "no acknowledgement")
	}
}

// phase returns where the PIN of a card stands.
func (h host) phase(t testing.TB, c *issuertest.Card) pinlife.Phase {
	t.Helper()
	return h.Record(t, c.Ref).PIN.Phase()
}

// last returns the last decision of the journal.
func (h host) last(t testing.TB, c *issuertest.Card) string {
	t.Helper()
	lines := h.Journal(t, c.Ref)
	for n := len(lines) - 1; n >= 0; n-- {
		if strings.HasPrefix(lines[n], "approved") || strings.HasPrefix(lines[n], "declined") {
			return lines[n]
		}
	}
	return ""
}

// insert carries a whole transaction out.
func (h host) insert(t testing.TB, c *issuertest.Card, in issuertest.Insertion) (*issuertest.Attempt, *message.AuthorizationResponse, *message.Advice) {
	t.Helper()
	a := c.Begin(t, in)
	answer := h.ask(t, a.Request)
	return a, answer, a.Complete(t, answer)
}

// carries reports whether an answer has a script.
func carries(t testing.TB, m *message.AuthorizationResponse) bool {
	t.Helper()
	return len(issuertest.Templates(t, m)) > 0
}

// change returns chip data with one data object replaced, or left out where there
// is no value.
func change(t testing.TB, icc secret.Value, tag emv.Tag, edit func(value []byte) []byte) secret.Value {
	t.Helper()
	var changed []byte
	icc.Open(func(b []byte) {
		for e, err := range tlv.Elements(b) {
			require.NoError(t, err)
			if e.Tag != tag {
				changed = append(changed, e.Raw...)
			} else if value := edit(append([]byte(nil), e.Value...)); value != nil {
				changed = tlv.Append(changed, tag, value)
			}
		}
	})
	return secret.New(changed)
}

func tagOf(tag uint32) emv.Tag { return emv.Tag(tag) }

type ref = account.Ref

// objectOf returns the value of a data object.
func objectOf(t testing.TB, icc secret.Value, tag emv.Tag) (value []byte) {
	t.Helper()
	change(t, icc, tag, func(v []byte) []byte { value = v; return v })
	return value
}
