package pin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// require.TestingT is implemented by rapid.T too.

func mustPIN(t require.TestingT, digits string) pin.PIN {
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

// mustPAN returns no account for no digits.
func mustPAN(t require.TestingT, digits string) account.PAN {
	if digits == "" {
		return account.PAN{}
	}
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

func mustTDES(t require.TestingT, raw []byte) secret.Key {
	key, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return key
}

func mustAES(t require.TestingT, raw []byte) secret.Key {
	key, err := secret.NewAES(raw)
	require.NoError(t, err)
	return key
}

// opener is a PIN, a block or a value.
type opener interface{ Open(use func([]byte)) }

// clear returns what a secret holds.
func clear(o opener) (b vectors.Bytes) {
	o.Open(func(lent []byte) { b = append(b, lent...) })
	return b
}

func TestParse(t *testing.T) {
	for _, digits := range []string{"0000", "1234", "123456", "123456789012"} {
		p, err := pin.Parse([]byte(digits))
		require.NoError(t, err)
		assert.Equal(t, digits, string(clear(p)))
		assert.Equal(t, len(digits), p.Len())
		assert.False(t, p.IsZero())
	}
	for _, text := range []string{"", "123", "1234567890123", "12a4", "12 4", "123/", "123:", "-123", "１２３４"} {
		p, err := pin.Parse([]byte(text))
		assert.ErrorIs(t, err, emv.ErrMalformed)
		assert.True(t, p.IsZero())
		if text != "" {
			assert.NotContains(t, err.Error(), text)
		}
	}
}

func TestParseCopies(t *testing.T) {
	digits := []byte("1234")
	p, err := pin.Parse(digits)
	require.NoError(t, err)
	secret.Wipe(digits)
	p.Open(func(lent []byte) { secret.Wipe(lent) })
	assert.Equal(t, "1234", string(clear(p)))
}

func TestEqual(t *testing.T) {
	p := mustPIN(t, "1234")
	assert.True(t, p.Equal(mustPIN(t, "1234")))
	assert.False(t, p.Equal(mustPIN(t, "1235")))
	assert.False(t, p.Equal(mustPIN(t, "12340")))
	assert.False(t, p.Equal(pin.PIN{}))
	assert.True(t, pin.PIN{}.Equal(pin.PIN{}))
}
