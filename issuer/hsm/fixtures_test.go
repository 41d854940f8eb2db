package hsm_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The keys of the public test vectors.
const (
	imkAC  = "0123456789ABCDEFFEDCBA9876543210"
	imkSMI = "FEDCBA98765432100123456789ABCDEF"
	imkSMC = "89ABCDEF0123456776543210FEDCBA98"
	zone   = "1F1F1F1F0E0E0E0E1C1C1C1C0B0B0B0B"
)

// given is a file of keys, with others set or replaced.
func given(t testing.TB, others map[string]any) *strings.Reader {
	t.Helper()
	keys := map[string]any{
		"key_sets": []map[string]any{{"number": 7, "option": "A", "imk_ac": imkAC, "imk_smi": imkSMI, "imk_smc": imkSMC}},
		"zone_key": zone, "bdk_tdes": "0123456789ABCDEF FEDCBA9876543210", "bdk_aes": "FEDCBA9876543210F1F1F1F1F1F1F1F1",
	}
	for name, value := range others {
		keys[name] = value
	}
	text, err := json.Marshal(keys)
	require.NoError(t, err)
	return strings.NewReader(string(text))
}

// module returns a module with the keys of the vectors, and others.
func module(t testing.TB, others map[string]any) *hsm.Software {
	t.Helper()
	m, err := hsm.New(given(t, others), nil)
	require.NoError(t, err)
	return m
}

// cardOf returns the card of a PAN.
func cardOf(t testing.TB, pan string) hsm.Card {
	t.Helper()
	p, err := account.ParsePAN([]byte(pan))
	require.NoError(t, err)
	return hsm.Card{PAN: p, KeySet: 7, Option: cryptogram.OptionA, Cryptogram: "visa-cvn10", Script: "visa"}
}

// sealed returns the sealed PIN of those digits.
func sealed(t testing.TB, m *hsm.Software, c hsm.Card, g uint32, digits string) hsm.SealedPIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	s, err := m.SealPIN(c, generation(g), p)
	require.NoError(t, err)
	return s
}

func digitsOf(s string) secret.Value { return secret.New([]byte(s)) }

func tdes(t testing.TB, digits string) secret.Key {
	t.Helper()
	k, err := secret.NewTDES(vectors.Unhex(t, digits))
	require.NoError(t, err)
	return k
}

func unbase64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawStdEncoding.DecodeString(text)
	require.NoError(t, err)
	return b
}

// rotate draws a key of a kind, and returns its name.
func rotate(t testing.TB, f hsm.Files, kind hsm.KeyKind) (name string) {
	t.Helper()
	name, err := hsm.Rotate(f, kind, nil, nil)
	require.NoError(t, err)
	return name
}
