package message_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
)

var digestKey = secret.New([]byte("0123456789ABCDEF"))

func digest(t *testing.T, m message.Message) [32]byte {
	t.Helper()
	sum, err := message.ISO93().Digest(m, digestKey)
	require.NoError(t, err)
	return sum
}

// TestRepeats changes a request in each way in which a repeat may differ, and in
// some in which it may not.
func TestRepeats(t *testing.T) {
	original, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
	for name, c := range map[string]struct {
		change          func(m *message.AuthorizationRequest)
		sameKey, digest bool
	}{
		"repeat":            {func(m *message.AuthorizationRequest) { m.Repeat = true }, true, true},
		"transmission time": {func(m *message.AuthorizationRequest) { m.Transmission.Day-- }, true, true},
		"MAC":               {func(m *message.AuthorizationRequest) { m.MAC = []byte("another!") }, true, true},
		"no MAC":            {func(m *message.AuthorizationRequest) { m.MAC = nil }, true, true},
		"amount":            {func(m *message.AuthorizationRequest) { m.Amount++ }, true, false},
		"PAN":               {func(m *message.AuthorizationRequest) { m.PAN = panOf(t, "374245001751006") }, true, false},
		"chip data":         {func(m *message.AuthorizationRequest) { m.ICCData = secret.Value{} }, true, false},
		"PIN block":         {func(m *message.AuthorizationRequest) { m.PINBlock = secret.Value{} }, true, false},
		"STAN":              {func(m *message.AuthorizationRequest) { m.STAN++ }, false, false},
		"local time":        {func(m *message.AuthorizationRequest) { m.Local.Second++ }, false, false},
		"acquirer":          {func(m *message.AuthorizationRequest) { m.AcquiringInstitution = "1" }, false, false},
		"terminal":          {func(m *message.AuthorizationRequest) { m.Terminal = "1" }, false, false},
		"card acceptor":     {func(m *message.AuthorizationRequest) { m.CardAcceptor = "1" }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
			c.change(m)
			assert.Equal(t, c.sameKey, message.DuplicateKeyOf(original) == message.DuplicateKeyOf(m))
			assert.Equal(t, c.digest, digest(t, original) == digest(t, m))
		})
	}
	assert.NotEqual(t, message.DuplicateKeyOf(original), message.DuplicateKeyOf(full(t, message.KindAdvice)))
}

func TestDigestKey(t *testing.T) {
	m := full(t, message.KindReversal)
	other, err := message.ISO93().Digest(m, secret.New([]byte("another key of 16")))
	require.NoError(t, err)
	assert.NotEqual(t, digest(t, m), other)
	assert.Panics(t, func() { _, _ = message.ISO93().Digest(m, secret.New([]byte("short"))) })
	_, err = message.ISO93().Digest(&message.Reversal{Header: header(t, false, false)}, digestKey)
	requireElement(t, err, 2, "missing")
}

func TestMatchKey(t *testing.T) {
	request, response := full(t, message.KindAuthorizationRequest).Head(), full(t, message.KindAuthorizationResponse).Head()
	assert.Equal(t, request.MatchKey(), response.MatchKey())
	for _, change := range []func(h *message.Header){
		func(h *message.Header) { h.STAN++ }, func(h *message.Header) { h.Terminal = "" },
		func(h *message.Header) { h.AcquiringInstitution = "" }, func(h *message.Header) { h.Transmission.Second-- },
	} {
		other := *response
		change(&other)
		assert.NotEqual(t, request.MatchKey(), other.MatchKey())
	}
	request.Repeat = true
	reply := request.Reply()
	assert.Equal(t, request.MatchKey(), reply.MatchKey())
	assert.False(t, reply.Repeat)
	assert.Nil(t, reply.MAC)
	assert.True(t, reply.SecurityControl.IsZero())
}
