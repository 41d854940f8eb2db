package voice

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzForm reads what net/url reads, with the same outcome.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "a=%2B+%c3%A9", "Digits=12%23*", "=&&a", "%", "a=%4", "a=b=c", "b&a=2&a=1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if bytes.ContainsRune(body, ';') || len(body) > bodyMax || bytes.Count(body, []byte("&")) >= paramsMax {
			return // net/url refuses the sign, and bounds nothing
		}
		want, errWant := url.ParseQuery(string(body))
		got, err := readForm(httptest.NewRequest("POST", "/voice", bytes.NewReader(body)))
		require.Equal(t, errWant == nil, err == nil)
		if err != nil {
			return
		}
		for name, values := range want {
			var mine []string
			for _, p := range got.params {
				if string(p.name) == name {
					mine = append(mine, string(p.value))
				}
			}
			if !(name == "" && len(mine) > len(values)) { // empty parts are none to net/url
				assert.ElementsMatch(t, values, mine, name)
			}
		}
		got.wipe()
		for _, p := range got.params {
			assert.Empty(t, bytes.Trim(p.value, "\x00"))
		}
	})
}

// The bounds of a form are its own.
func TestFormBounds(t *testing.T) {
	for n, fine := range map[int]bool{bodyMax: true, bodyMax + 1: false} {
		_, err := readForm(httptest.NewRequest("POST", "/voice", bytes.NewReader(make([]byte, n))))
		assert.Equal(t, fine, err == nil)
	}
	for n, fine := range map[int]bool{paramsMax - 1: true, paramsMax: false} {
		_, err := readForm(httptest.NewRequest("POST", "/voice", bytes.NewReader(bytes.Repeat([]byte("&"), n))))
		assert.Equal(t, fine, err == nil)
	}
}
