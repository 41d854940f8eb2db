package message_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// foreignCases reads a file of messages that others published.
func foreignCases[In, Out any](t *testing.T, name string) []vectors.Case[In, Out] {
	t.Helper()
	b, err := os.ReadFile(need.Foreign(t, "messages", name))
	require.NoError(t, err)
	var cases []vectors.Case[In, Out]
	require.NoError(t, json.Unmarshal(b, &cases))
	require.NotEmpty(t, cases)
	return cases
}

// TestForeignRequests reads the EBCDIC samples and compares every element.
func TestForeignRequests(t *testing.T) {
	type in struct {
		Hex vectors.Bytes `json:"hex"`
	}
	type out struct {
		MTI    string            `json:"mti"`
		Fields map[string]string `json:"fields"`
		Chip   map[string]string `json:"agns_request"`
	}
	for _, c := range foreignCases[in, out](t, "amex-1100.json") {
		t.Run(c.Name, func(t *testing.T) {
			m, err := message.AGNS93().Unpack(c.In.Hex)
			if c.Expect != vectors.OK {
				require.ErrorIs(t, err, c.Expect)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, message.KindAuthorizationRequest, m.Kind())
			assert.Equal(t, "1100", c.Out.MTI)
			requireFields(t, c.In.Hex, c.Out.Fields, c.Out.Chip)
			requireRewritten(t, m, c.In.Hex)
			item, err := message.AGNS93().Describe(c.In.Hex, explain.Masked)
			require.NoError(t, err)
			assert.NotContains(t, dump(t, item), c.Out.Fields["2"])
		})
	}
}

// requireFields compares the characters of the elements and the chip data by tag, and
// that there are no others.
func requireFields(t *testing.T, b []byte, want, chip map[string]string) {
	t.Helper()
	values, err := message.AGNS93().Values(b)
	require.NoError(t, err)
	delete(values, 0)
	require.Len(t, values, len(want))
	item, err := message.AGNS93().Describe(b, explain.Clear)
	require.NoError(t, err)
	for _, element := range item.Items {
		name := strings.TrimPrefix(element.Label, "DE ")
		if name == "55" {
			assert.Equal(t, want["55_hex"], vectors.Bytes(values[55]).String())
			require.Len(t, element.Items, len(chip))
			for _, object := range element.Items {
				assert.Equal(t, chip[object.Label], object.Value, object.Label)
			}
			continue
		}
		assert.Equal(t, want[name], strings.ReplaceAll(element.Value, `\\\\`, `\\`), name)
	}
}

// requireRewritten packs the message again. One sample has D as the separator of
// track 2, where we write "=".
func requireRewritten(t *testing.T, m message.Message, b []byte) {
	t.Helper()
	const separatorD, separator = 0xC4, 0x7E
	r, ok := m.(*message.AuthorizationRequest)
	require.True(t, ok)
	pan := strings.ReplaceAll(string(b), string([]byte{0xF7, separatorD, 0xF2}), string([]byte{0xF7, separator, 0xF2}))
	assert.Equal(t, []byte(pan), pack(t, message.AGNS93(), r))
}

// TestForeignChipData passes chip data of others through a response unchanged.
func TestForeignChipData(t *testing.T) {
	type in struct {
		DE55 vectors.Bytes `json:"de55"`
	}
	for _, c := range foreignCases[in, struct{}](t, "bertlv-response.json") {
		t.Run(c.Name, func(t *testing.T) {
			require.Equal(t, vectors.OK, c.Expect)
			m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(c.In.DE55)}
			back, err := message.ISO93().Unpack(pack(t, message.ISO93(), m))
			require.NoError(t, err)
			response, ok := back.(*message.AuthorizationResponse)
			require.True(t, ok)
			assert.True(t, response.ICCData.Equal(secret.New(c.In.DE55)))
		})
	}
}

// TestPositionalChipDataIsNoTLV shows why agns93 is a dialect of its own.
func TestPositionalChipDataIsNoTLV(t *testing.T) {
	m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, "C1C7D5E200010AA0EB1A5F3067E54A303000"))}
	_, err := message.ISO93().Pack(m)
	require.ErrorIs(t, err, emv.ErrMalformed)
}
