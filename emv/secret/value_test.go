package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
)

func TestValueKeepsItsOwnBytes(t *testing.T) {
	given := []byte("canary")
	v := secret.New(given)
	secret.Wipe(given)
	assert.Equal(t, make([]byte, 6), given)
	assert.Equal(t, "canary", string(clear(v)))
	v.Open(func(lent []byte) { copy(lent, "XXXXXX") })
	assert.Equal(t, "canary", string(clear(v)), "a lent copy is a copy")
	assert.Equal(t, 6, v.Len())
}

// TestValueWipesWhatItLends looks at the lent slice after the loan, and after a
// panic in the middle of one.
func TestValueWipesWhatItLends(t *testing.T) {
	var kept []byte
	secret.New([]byte("canary")).Open(func(lent []byte) { kept = lent })
	assert.Equal(t, make([]byte, 6), kept)
	assert.Panics(t, func() {
		secret.New([]byte("canary")).Open(func(lent []byte) {
			kept = lent
			panic("in the middle")
		})
	})
	assert.Equal(t, make([]byte, 6), kept)
	key := tdes(t, []byte("0123456789abcdef"))
	key.Open(func(lent []byte) { kept = lent })
	assert.Equal(t, make([]byte, 16), kept)
	assert.Equal(t, "0123456789abcdef", string(clear(key)))
}

func TestValueEqual(t *testing.T) {
	v := secret.New([]byte("canary"))
	assert.True(t, v.Equal(v))
	assert.True(t, v.Equal(secret.New([]byte("canary"))))
	for _, other := range []secret.Value{secret.New([]byte("canarz")), secret.New([]byte("canar")), secret.New(nil), {}} {
		assert.False(t, v.Equal(other))
		assert.False(t, other.Equal(v))
	}
	assert.True(t, secret.Value{}.Equal(secret.Value{}))
	assert.False(t, secret.Value{}.Equal(secret.New(nil)), "nothing is not an empty string")
}

func TestZeroValue(t *testing.T) {
	var v secret.Value
	assert.True(t, v.IsZero())
	assert.Zero(t, v.Len())
	called := false
	v.Open(func(lent []byte) { called = lent == nil })
	assert.True(t, called)
	assert.False(t, secret.New(nil).IsZero())
}

// holder is a struct as other packages make them.
type holder struct {
	secret.Opaque
	value secret.Value
}

// TestNothingPrints is the short form of the test at the root of the tree.
func TestNothingPrints(t *testing.T) {
	v := secret.New([]byte("canary"))
	for _, printed := range []any{v, &v, holder{value: v}, &holder{value: v}, []holder{{value: v}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d", "%p"} {
			text := fmt.Sprintf(verb, printed)
			assert.NotContains(t, text, "canary")
			assert.NotContains(t, text, "63616e617279")
		}
	}
	assert.Equal(t, "[secret]", fmt.Sprintf("%#v", holder{value: v}))
	text, err := json.Marshal(map[string]any{"value": v, "holder": holder{value: v}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"value":"[secret]","holder":"[secret]"}`, string(text))
	for _, encoded := range []any{v, holder{value: v}} {
		var b bytes.Buffer
		assert.Error(t, gob.NewEncoder(&b).Encode(encoded))
		assert.NotContains(t, b.String(), "canary")
	}
}

func TestKeysPrintTheirKind(t *testing.T) {
	assert.Equal(t, "TDES-128 [secret]", fmt.Sprintf("%#v", tdes(t, make([]byte, 16))))
	assert.Equal(t, "AES-256 [secret]", fmt.Sprint(aes(t, make([]byte, 32))))
	assert.Equal(t, "no key", fmt.Sprint(secret.Key{}))
	text, err := json.Marshal(aes(t, make([]byte, 24)))
	require.NoError(t, err)
	assert.Equal(t, `"AES-192 [secret]"`, string(text))
	assert.Error(t, gob.NewEncoder(&bytes.Buffer{}).Encode(tdes(t, make([]byte, 16))))
}
