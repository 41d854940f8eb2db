package script_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestTemplatesOfVectors(t *testing.T) {
	want := map[string][]script.Template{
		"tlv-script-72": {
			{Phase: script.AfterFinalAC, Identifier: vectors.Unhex(t, "08041215"), Commands: [][]byte{vectors.Unhex(t, "04DA9F5809030691D72E6F027DC6")}},
		},
		"tlv-script-71-then-72": {
			{Phase: script.BeforeFinalAC, Commands: [][]byte{vectors.Unhex(t, "84240000081122334455667788")}},
			{Phase: script.AfterFinalAC, Identifier: make([]byte, 4), Commands: [][]byte{vectors.Unhex(t, "04DA9F5809030011223344556677")}},
		},
	}
	type in struct {
		Hex vectors.Bytes `json:"hex"`
	}
	for _, c := range vectors.Load[in, any](t, "tlv") {
		templates, ok := want[c.Name]
		if !ok {
			continue
		}
		delete(want, c.Name)
		parsed, err := script.ParseTemplates(c.In.Hex)
		require.NoError(t, err)
		assert.Equal(t, templates, parsed)
		encoded, err := script.EncodeTemplates(templates...)
		require.NoError(t, err)
		assert.Equal(t, []byte(c.In.Hex), encoded)
	}
	assert.Empty(t, want, "cases that are not in the vectors")
}

// TestTemplatesOfPublicResponses reads the scripts in other people's answers and
// writes them again.
func TestTemplatesOfPublicResponses(t *testing.T) {
	text, err := os.ReadFile(need.Foreign(t, "messages", "bertlv-response.json"))
	require.NoError(t, err)
	var cases []vectors.Case[struct {
		DE55 vectors.Bytes `json:"de55"`
	}, any]
	require.NoError(t, json.Unmarshal(text, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			checkResponse(t, c.In.DE55)
		})
	}
}

// TestTemplatesOfPositionalResponses does the same for answers that carry the
// templates as the last part of a positional DE55, behind one byte of length.
func TestTemplatesOfPositionalResponses(t *testing.T) {
	text, err := os.ReadFile(need.Foreign(t, "messages", "agns-response.json"))
	require.NoError(t, err)
	var cases []vectors.Case[struct {
		DE55 vectors.Bytes `json:"de55"`
	}, struct {
		IssuerAuthenticationData vectors.Bytes `json:"91"`
		Scripts                  []any         `json:"scripts"`
	}]
	require.NoError(t, json.Unmarshal(text, &cases))
	tested := 0
	for _, c := range cases {
		if len(c.Out.Scripts) == 0 {
			continue
		}
		const head = 6 // name and version of the layout
		checkResponse(t, c.In.DE55[head+1+len(c.Out.IssuerAuthenticationData)+1:])
		tested++
	}
	assert.NotZero(t, tested)
}

// checkResponse reads the templates among the data objects of an answer, checks
// that each command is one with a MAC, and encodes the templates again.
func checkResponse(t *testing.T, b []byte) {
	t.Helper()
	templates, err := script.ParseTemplates(b)
	require.NoError(t, err)
	require.NotEmpty(t, templates)
	for _, template := range templates {
		for _, c := range template.Commands {
			assert.True(t, parseCommand(t, c).SecureMessaging())
		}
	}
	var raw []byte
	for e, err := range tlv.Elements(b) {
		require.NoError(t, err)
		if e.Tag == 0x71 || e.Tag == 0x72 {
			raw = append(raw, e.Raw...)
		}
	}
	encoded, err := script.EncodeTemplates(templates...)
	require.NoError(t, err)
	assert.Equal(t, raw, encoded)
}

func TestParseTemplatesRefuses(t *testing.T) {
	for name, hex := range map[string]string{
		"cut":                      "7217" + "9F18",
		"cut inside":               "72028605",
		"empty template":           "7200",
		"no command":               "72079F180408041215",
		"empty command":            "72028600",
		"identifier of 3 bytes":    "72099F1803080412860104",
		"empty identifier":         "72069F1800860104",
		"identifier twice":         "72119F1804080412159F180408041215860104",
		"identifier after command": "720A8601049F180408041215",
		"other data object":        "720786010490020000",
	} {
		_, err := script.ParseTemplates(vectors.Unhex(t, hex))
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

func TestParseTemplatesPassesOthersOver(t *testing.T) {
	templates, err := script.ParseTemplates(vectors.Unhex(t, "8A023030"+"7203860104"+"00"+"910400000000"+"7203860104"+"7103860105"))
	require.NoError(t, err)
	after := script.Template{Phase: script.AfterFinalAC, Commands: [][]byte{{4}}}
	before := script.Template{Phase: script.BeforeFinalAC, Commands: [][]byte{{5}}}
	assert.Equal(t, []script.Template{after, after, before}, templates)
}

func TestEncodeTemplatesRefuses(t *testing.T) {
	for name, template := range map[string]script.Template{
		"no phase":              {Commands: [][]byte{{1}}},
		"no command":            {Phase: script.AfterFinalAC},
		"empty command":         {Phase: script.AfterFinalAC, Commands: [][]byte{{1}, {}}},
		"identifier of 5 bytes": {Phase: script.AfterFinalAC, Identifier: make([]byte, 5), Commands: [][]byte{{1}}},
	} {
		_, err := script.EncodeTemplates(template)
		assert.Error(t, err, name)
	}
}

// TestTemplatesTogether128Bytes holds the sender to what every terminal takes:
// all templates of an answer together have 128 bytes at most.
func TestTemplatesTogether128Bytes(t *testing.T) {
	template := func(n int) script.Template {
		return script.Template{Phase: script.AfterFinalAC, Commands: [][]byte{make([]byte, n)}}
	}
	encoded, err := script.EncodeTemplates(template(60), template(60))
	require.NoError(t, err)
	assert.Len(t, encoded, 128)
	_, err = script.EncodeTemplates(template(60), template(61))
	assert.ErrorContains(t, err, "129 bytes, at most 128")
	_, err = script.EncodeTemplates(template(124))
	require.NoError(t, err)
	_, err = script.EncodeTemplates(template(125))
	assert.Error(t, err)
}

// TestPINScriptOfAnAnswer builds the one template that a PIN change needs.
func TestPINScriptOfAnAnswer(t *testing.T) {
	c, err := testSession(t, "amex-style").PINChange(newPIN(t, "2580"))
	require.NoError(t, err)
	encoded, err := script.EncodeTemplates(script.Template{
		Phase: script.AfterFinalAC, Identifier: []byte{0, 0, 0, 1}, Commands: [][]byte{encode(t, c)},
	})
	require.NoError(t, err)
	assert.Equal(t, vectors.Unhex(t, "72269F180400000001861D8424000218F92DCB8481937228B4B0EE1E2F749097177071D8A6F72A45"), encoded)
}

func FuzzParseTemplate(f *testing.F) {
	for _, hex := range []string{
		"72179F180408041215860E04DA9F5809030691D72E6F027DC6",
		"710F860D8424000008112233445566778872179F180400000000860E04DA9F5809030011223344556677",
		"00720386010400", "7281038601047200",
	} {
		f.Add(vectors.Unhex(f, hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		templates, err := script.ParseTemplates(b)
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		for _, template := range templates {
			encoded, err := script.EncodeTemplates(template)
			if err != nil {
				require.ErrorContains(t, err, "at most 128")
				continue
			}
			again, err := script.ParseTemplates(encoded)
			require.NoError(t, err)
			require.Equal(t, []script.Template{template}, again)
		}
	})
}
