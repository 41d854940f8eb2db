package ivr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
)

const (
	annaPAN = ivrtest.AnnaPAN
	benPAN  = ivrtest.BenPAN
)

// bank is an issuer that can be rung up.
type bank struct {
	*ivrtest.Bank
	t *testing.T
}

func newBank(t *testing.T) *bank { return &bank{ivrtest.NewBank(t), t} }

// caller is somebody on the phone.
type caller struct {
	bank *bank
	call *ivr.Call
	hung bool
}

// ring rings up and returns the caller with what he hears.
func (b *bank) ring() (*caller, string) {
	b.t.Helper()
	call, turn, err := b.Begin(b.t.Context(), "test")
	require.NoError(b.t, err)
	c := &caller{bank: b, call: call}
	return c, c.hears(turn)
}

func (c *caller) hears(t ivr.Turn) string {
	c.hung = c.hung || t.HangUp
	words := make([]string, len(t.Say))
	for i, p := range t.Say {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// presses presses keys and returns what is said at last.
func (c *caller) presses(keys string) (heard string) {
	for _, key := range []byte(keys) {
		if said := c.hears(c.call.Press(c.bank.t.Context(), key)); said != "" {
			heard = said
		}
	}
	return heard
}
