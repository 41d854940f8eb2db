package secret_test

import (
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
)

func tdes(t require.TestingT, raw []byte) secret.Key {
	key, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return key
}

func aes(t require.TestingT, raw []byte) secret.Key {
	key, err := secret.NewAES(raw)
	require.NoError(t, err)
	return key
}

// opener is a value or a key.
type opener interface{ Open(use func([]byte)) }

// clear returns what a secret holds, nil where it holds nothing.
func clear(o opener) (b []byte) {
	o.Open(func(lent []byte) { b = append(b, lent...) })
	return b
}
