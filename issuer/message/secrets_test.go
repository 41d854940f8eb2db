package message_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestMessagesShowNoSecrets prints and encodes a message of each kind, with the
// account number in the chip data too.
func TestMessagesShowNoSecrets(t *testing.T) {
	canaries := []string{"374245001741007", "37424500", "55 66 69 0", "0x37, 0x42", "N0JFABdBAH", "4321", "52, 51, 50, 49", "NDMyMQ", "1B9C1845", "27 156 24",
		"FFFF9876543210E0", "255 255 152"}
	for _, k := range kinds {
		m := full(t, k)
		if r, ok := m.(*message.AuthorizationRequest); ok {
			r.ICCData = secret.New(vectors.Unhex(t, "5A08374245001741007F"))
		}
		for _, v := range []any{m, []any{m}, struct{ M any }{m}, struct{ m any }{m}} {
			text := strings.ToUpper(everySink(v))
			for _, c := range canaries {
				require.NotContains(t, text, strings.ToUpper(c), k)
			}
		}
	}
}

func everySink(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		fmt.Fprintf(&b, verb, v)
	}
	_ = json.NewEncoder(&b).Encode(v)
	_ = xml.NewEncoder(&b).Encode(v)
	_ = gob.NewEncoder(&b).Encode(v)
	return b.String()
}
