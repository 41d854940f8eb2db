package dukpt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// load reads the cases of a file of testdata. Each names its source; all were
// computed by this package to the same values.
func load[Case any](t *testing.T, name string) []Case {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	var cases []Case
	require.NoError(t, json.Unmarshal(b, &cases))
	require.NotEmpty(t, cases)
	return cases
}

// clear returns the bytes of a key in the notation of the vectors.
func clear(k secret.Key) (text string) {
	k.Open(func(raw []byte) { text = vectors.Bytes(raw).String() })
	return text
}

// assertKey compares a key with the expected bytes, parity bits included. No
// bytes expected means that the case says nothing about this key.
func assertKey(t *testing.T, want vectors.Bytes, got secret.Key, name string) {
	t.Helper()
	if want != nil {
		assert.Equal(t, want.String(), clear(got), name)
	}
}

func tdesKey(t testing.TB, raw []byte) secret.Key {
	t.Helper()
	key, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return key
}

func aesKey(t testing.TB, raw []byte) secret.Key {
	t.Helper()
	key, err := secret.NewAES(raw)
	require.NoError(t, err)
	return key
}
