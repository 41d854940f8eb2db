package calc

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

const (
	shapeKey = "0123456789ABCDEFFEDCBA9876543210"
	shapePAN = "1234567890123456"
)

// calculated returns the `out` object of an `in` object.
func calculated(t *testing.T, c Calculator, in map[string]any) map[string]any {
	t.Helper()
	input, err := json.Marshal(in)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, runJSON(c, cli.Streams{In: bytes.NewReader(input), Out: &out, Err: &bytes.Buffer{}}))
	var object map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &object))
	return object
}

// TestShapesOfInput: members that a kind does not use may be missing, and some
// are read in more than one form.
func TestShapesOfInput(t *testing.T) {
	whole := calculated(t, &UDK{}, map[string]any{"imk": shapeKey, "pan": shapePAN, "psn": "02", "option": "B"})
	assert.Equal(t, whole, calculated(t, &UDK{}, map[string]any{"imk": strings.ToLower(shapeKey), "pan": shapePAN, "psn": "2", "option": "b"}))
	without := calculated(t, &UDK{}, map[string]any{"imk": shapeKey, "pan": shapePAN})
	assert.Equal(t, without, calculated(t, &UDK{}, map[string]any{"imk": shapeKey, "pan": shapePAN, "psn": "", "option": "A"}))

	raw := map[string]any{"profile": "raw", "imk_ac": shapeKey, "pan": shapePAN, "padding": "80", "data": "00"}
	named := map[string]any{"profile": "raw", "imk_ac": shapeKey, "pan": shapePAN, "padding": "80", "data": "00", "session": "none", "tags": map[string]any{}, "arqc": ""}
	assert.Equal(t, calculated(t, &ARQC{}, named), calculated(t, &ARQC{}, raw))

	// A style that has ATC and AC neither in the MAC nor in the session key.
	bare := map[string]any{"style": "bare", "imk_smi": shapeKey, "pan": shapePAN, "ac": "ABCDEF1234567890", "header": "8424000008", "data": ""}
	assert.Equal(t, calculated(t, &ScriptMAC{}, withMember(bare, "atc", "FFFF"))["mac"], calculated(t, &ScriptMAC{}, bare)["mac"])

	// A PIN block in format 2 takes nothing from the key for cryptograms.
	change := map[string]any{"style": "visa-cvn22", "p2": "02", "imk_smi": shapeKey, "imk_smc": shapeKey, "pan": shapePAN, "atc": "0001", "ac": "1122334455667788", "new_pin": "1234"}
	assert.Equal(t, calculated(t, &PINChange{}, withMember(change, "imk_ac", "FEDCBA98765432100123456789ABCDEF")), calculated(t, &PINChange{}, change))
}

func withMember(in map[string]any, name string, value any) map[string]any {
	out := map[string]any{name: value}
	for k, v := range in {
		out[k] = v
	}
	return out
}

// TestBlockedChipAndOnlinePIN: an offline try counter at zero does not touch the
// PIN that the issuer verifies.
func TestBlockedChipAndOnlinePIN(t *testing.T) {
	methods := []string{"plaintext-offline-pin", "enciphered-offline-pin", "online-pin"}
	for _, entry := range []string{"blocked", "wrong-then-blocked"} {
		walk := map[string]any{"op": "walk", "list": "0000000000000000440341034203", "supported": methods, "pin": entry}
		assert.Equal(t, map[string]any{"cvm_results": "420300", "tvr_byte_3": "24", "tsi_byte_1_bit_7": 1.0}, calculated(t, &CVMList{}, walk))
		walk["list"] = "00000000000000004203"
		assert.Equal(t, map[string]any{"cvm_results": "420300", "tvr_byte_3": "04", "tsi_byte_1_bit_7": 1.0}, calculated(t, &CVMList{}, walk))
	}
	walk := map[string]any{"op": "walk", "list": "00000000000000004203", "supported": methods, "pin": "bypassed"}
	assert.Equal(t, map[string]any{"cvm_results": "420301", "tvr_byte_3": "88", "tsi_byte_1_bit_7": 1.0}, calculated(t, &CVMList{}, walk))
}
