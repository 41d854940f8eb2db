package hsm_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// encipher is what a holder's device does. bench/browser has a browser do it.
func encipher(t *testing.T, k hsm.TransportKey, label string, parts ...[]byte) []byte {
	t.Helper()
	public, err := x509.ParsePKIXPublicKey(k.SPKI)
	require.NoError(t, err)
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), slices.Concat(parts...), []byte(label))
	require.NoError(t, err)
	return sealed
}

func TestAcceptTransported(t *testing.T) {
	m := module(t, nil)
	card := cardOf(t, testPAN)
	ref := m.Ref(card.PAN, card.SequenceNumber)
	key, err := m.TransportKey()
	require.NoError(t, err)
	again, err := m.TransportKey()
	require.NoError(t, err)
	assert.Equal(t, key, again)
	block := []byte{0x14, 0x83, 0x61, 0x5A, 0xA5, 0x5A, 0xA5, 0x5A}
	challenge := hsm.Challenge(bytes.Repeat([]byte{7}, hsm.ChallengeSize))
	good := hsm.TransportedPIN{KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, block, challenge[:], ref[:])}
	accepted, err := m.AcceptTransported(card, 1, good, nil)
	require.NoError(t, err)
	same, err := m.AcceptPIN(card, 2, secret.New([]byte("8361")), []hsm.SealedPIN{accepted.PIN})
	require.NoError(t, err)
	assert.Len(t, same.Equals, 1, "it is the PIN of the block")

	other := hsm.Challenge{1}
	for name, bad := range map[string]hsm.TransportedPIN{
		"another key":       {KeyID: "00", Challenge: challenge, Enciphered: good.Enciphered},
		"another challenge": {KeyID: key.ID, Challenge: other, Enciphered: good.Enciphered},
		"another card":      {KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, block, challenge[:], make([]byte, len(ref)))},
		"another label":     {KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, "another", block, challenge[:], ref[:])},
		"no format 1":       {KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, []byte{0x24, 0x83, 0x61, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, challenge[:], ref[:])},
		"something behind":  {KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, block, challenge[:], ref[:], []byte{0})},
		"too short":         {KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, block)},
		"nothing":           {KeyID: key.ID, Challenge: challenge},
		"garbled":           {KeyID: key.ID, Challenge: challenge, Enciphered: append(slices.Clone(good.Enciphered[:255]), good.Enciphered[255]^1)},
	} {
		_, err := m.AcceptTransported(card, 1, bad, nil)
		assert.ErrorIs(t, err, hsm.ErrTransport, name)
	}
	long := hsm.TransportedPIN{KeyID: key.ID, Challenge: challenge, Enciphered: encipher(t, key, hsm.TransportLabel, []byte{0x15, 0x83, 0x61, 0x5A, 0xA5, 0x5A, 0xA5, 0x5A}, challenge[:], ref[:])}
	_, err = m.AcceptTransported(card, 1, long, nil)
	assert.Error(t, err, "five digits, of which one is none")
	_, err = module(t, nil).AcceptTransported(card, 1, good, nil)
	assert.ErrorIs(t, err, hsm.ErrTransport, "the key of another process")
}
