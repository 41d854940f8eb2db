package token_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm/token"
)

// TestNew: what is missing is told, and the tag where the program has none.
func TestNew(t *testing.T) {
	pin := func() (secret.Value, error) { return secret.New([]byte("5678")), nil }
	_, err := token.New(token.Config{Module: "m", Label: "l", PIN: pin})
	if token.Built {
		require.NoError(t, err)
	} else {
		require.ErrorIs(t, err, token.ErrNotBuilt)
		require.ErrorContains(t, err, "-tags pkcs11")
	}
	for _, c := range []token.Config{{}, {Module: "m", PIN: pin}, {Label: "l", PIN: pin}, {Module: "m", Label: "l"}} {
		_, err := token.New(c)
		require.Error(t, err)
	}
}
