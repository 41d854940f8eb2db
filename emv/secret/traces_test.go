package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// TestTracesAreFound puts secrets into content in every form, at every offset.
func TestTracesAreFound(t *testing.T) {
	for _, clear := range []string{"374245719638504", "492971835064", "\xA7\xB3\xC9\xD5\xE1\xF7\x0B\x1D\x2F\x3D\x4C\x5B\x6A\x79\x88\x97"} {
		for offset := range 4 {
			before := strings.Repeat("\xFB", offset)
			text := before + clear + "\xFBtail"
			forms := []string{text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
				base64.StdEncoding.EncodeToString([]byte(text)), base64.URLEncoding.EncodeToString([]byte(text))}
			if clear[0] < 0x80 {
				forms = append(forms, string(account.Pack([]byte(strings.Repeat("1", offset)+clear+"23"))))
			}
			for i, form := range forms {
				assert.NotEmpty(t, secret.Traces([]byte("\x00\x01 head "+form+" tail"), []byte(clear)), fmt.Sprint(i, " at ", offset))
			}
		}
		assert.Empty(t, secret.Traces([]byte("nothing to see"), []byte(clear)))
	}
	require.Empty(t, secret.Traces([]byte("12 34"), []byte("1")), "too short to tell")
}
