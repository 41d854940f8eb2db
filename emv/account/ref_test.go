package account_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

const refKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// TestRefIsStable pins a reference: stores are full of them.
func TestRefIsStable(t *testing.T) {
	ref := account.NewRef(secret.New(vectors.Unhex(t, refKey)), mustPAN(t, "374245001741007"), 1)
	assert.Equal(t, "05488371b196d868d913cf546474db0d", ref.String())
	text, err := ref.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, ref.String(), string(text))
}

// TestRefOpenSSL computes a reference with openssl.
func TestRefOpenSSL(t *testing.T) {
	command := exec.Command(need.Program(t, "openssl"), "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:"+refKey)
	command.Stdin = strings.NewReader("till account reference 1" + "4111111111111111" + "/" + "\x42")
	out, err := command.Output()
	require.NoError(t, err)
	_, sum, found := strings.Cut(strings.TrimSpace(string(out)), "= ")
	require.True(t, found)
	ref := account.NewRef(secret.New(vectors.Unhex(t, refKey)), mustPAN(t, "4111111111111111"), 42)
	assert.Equal(t, sum[:32], ref.String())
}

func TestRefTellsAccountsApart(t *testing.T) {
	key, other := secret.New(vectors.Unhex(t, refKey)), secret.New(vectors.Unhex(t, refKey[:32]))
	seen := map[account.Ref]bool{}
	for _, k := range []secret.Value{key, other} {
		for _, digits := range []string{"374245001741007", "374245001751006", "3742450017410070"} {
			for _, n := range []account.SequenceNumber{0, 1, 10} {
				seen[account.NewRef(k, mustPAN(t, digits), n)] = true
			}
		}
	}
	assert.Len(t, seen, 18)
}

func TestRefNeedsAKey(t *testing.T) {
	pan := mustPAN(t, "374245001741007")
	for _, key := range []secret.Value{{}, secret.New(nil), secret.New(make([]byte, 15))} {
		assert.Panics(t, func() { account.NewRef(key, pan, 0) })
	}
}
