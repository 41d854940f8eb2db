package account_test

import (
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
)

func mustPAN(t require.TestingT, digits string) account.PAN {
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

// opener is a PAN or a track.
type opener interface{ Open(use func([]byte)) }

// clear returns the characters that a secret holds.
func clear(o opener) (text string) {
	o.Open(func(lent []byte) { text = string(lent) })
	return text
}
