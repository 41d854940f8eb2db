package till_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// canary is a secret as it was put in.
type canary struct {
	name  string
	clear []byte
}

// The canaries are unlike anything that a printer makes up by itself.
var (
	canaryKey    = canary{"key", mustHex("A7B3C9D5E1F70B1D2F3D4C5B6A798897")}
	canaryDigits = canary{"digits", []byte("4929718350")}
	canaryPAN    = canary{"PAN", []byte("374245719638504")}
	canaryBlock  = canary{"block", mustHex("0A49D6E4A8C1F0B7")}
	canaryTrack2 = canary{"track 2", []byte("374245719638504=271220198765432100")}
)

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// traces are the forms in which a canary could show itself.
func (c canary) traces() []string {
	forms := [][]byte{c.clear, account.Pack(bytes.ReplaceAll(c.clear, []byte("="), []byte("0")))}
	if c.name == canaryKey.name {
		forms = forms[:1]
	}
	var found []string
	for _, b := range forms {
		found = append(found, string(b), hex.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b[:len(b)/3*3]),
			base64.RawURLEncoding.EncodeToString(b[:len(b)/3*3]),
			strings.Trim(fmt.Sprint(b), "[]"), strings.Trim(fmt.Sprintf("%#v", b)[len("[]byte"):], "{}"),
			strings.Trim(fmt.Sprintf("% x", b), "[]"))
	}
	return found
}

// requireNoTrace fails where text holds the canary, in upper or lower case.
func requireNoTrace(t *testing.T, c canary, sink, text string) {
	t.Helper()
	for _, trace := range c.traces() {
		require.NotContains(t, strings.ToLower(text), strings.ToLower(trace), "%s shows the %s", sink, c.name)
	}
}

// holders are a value of each type that holds a secret, with its canary.
func holders(t *testing.T) map[string]struct {
	value any
	canary
} {
	t.Helper()
	key, err := secret.NewTDES(canaryKey.clear)
	require.NoError(t, err)
	aesKey, err := secret.NewAES(canaryKey.clear)
	require.NoError(t, err)
	pan, err := account.ParsePAN(canaryPAN.clear)
	require.NoError(t, err)
	track2, err := account.ParseTrack2(canaryTrack2.clear)
	require.NoError(t, err)
	p, err := pin.Parse(canaryDigits.clear)
	require.NoError(t, err)
	block, err := pin.ParseBlock(canaryBlock.clear)
	require.NoError(t, err)
	tdesHost, err := dukpt.NewTDESHost(key)
	require.NoError(t, err)
	tdesDevice, err := dukpt.NewTDESDevice(key, dukpt.TDESKSN{})
	require.NoError(t, err)
	aesHost, err := dukpt.NewAESHost(aesKey)
	require.NoError(t, err)
	aesDevice, err := dukpt.NewAESDevice(aesKey, dukpt.InitialKeyID{})
	require.NoError(t, err)
	tdesTransaction, tdesCanary := canaryTransaction(t, tdesHost.TransactionKey, dukpt.TDESKSN{9: 1})
	aesTransaction, aesCanary := canaryTransaction(t, aesHost.TransactionKey, dukpt.AESKSN{11: 1})
	return map[string]struct {
		value any
		canary
	}{
		"secret.Value":   {secret.New(canaryDigits.clear), canaryDigits},
		"secret.Key":     {key, canaryKey},
		"secret.Key AES": {aesKey, canaryKey},
		"account.PAN":    {pan, canaryPAN},
		"account.Track2": {track2, canaryTrack2},
		"pin.PIN":        {p, canaryDigits},
		"pin.Block":      {block, canaryBlock},

		"dukpt.TDESHost":           {tdesHost, canaryKey},
		"dukpt.TDESDevice":         {tdesDevice, tdesCanary}, // it holds the next key
		"dukpt.TDESTransactionKey": {tdesTransaction, tdesCanary},
		"dukpt.AESHost":            {aesHost, canaryKey},
		"dukpt.AESDevice":          {aesDevice, aesCanary},
		"dukpt.AESTransactionKey":  {aesTransaction, aesCanary},
	}
}

// canaryTransaction derives a DUKPT transaction key, which is a canary itself.
func canaryTransaction[KSN any, K interface{ Key() secret.Key }](t *testing.T, derive func(KSN) (K, error), ksn KSN) (K, canary) {
	t.Helper()
	transaction, err := derive(ksn)
	require.NoError(t, err)
	c := canary{name: canaryKey.name}
	transaction.Key().Open(func(raw []byte) { c.clear = bytes.Clone(raw) })
	return transaction, c
}

// verbs are those of package fmt, and one that it does not have.
const verbs = "vTtbcdoOqxXUeEfFgGspw!"

// sinks are the ways by which a value could get printed.
var sinks = map[string]func(t *testing.T, v any) string{
	"fmt": func(_ *testing.T, v any) string {
		var b strings.Builder
		for _, verb := range verbs {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".4", "+#"} {
				fmt.Fprintf(&b, "%"+flags+string(verb)+"\n", v)
			}
		}
		return b.String() + fmt.Sprint(v) + fmt.Sprintln(v) + fmt.Errorf("wrap: %v", v).Error()
	},
	"json": func(_ *testing.T, v any) string {
		b, err := json.Marshal(v)
		return string(b) + fmt.Sprint(err)
	},
	"xml": func(_ *testing.T, v any) string {
		b, err := xml.Marshal(v)
		return string(b) + fmt.Sprint(err)
	},
	"gob": func(_ *testing.T, v any) string {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(v)
		return b.String() + fmt.Sprint(err)
	},
	"go-kit/log": func(t *testing.T, v any) string {
		var b bytes.Buffer
		require.NoError(t, kitlog.NewLogfmtLogger(&b).Log("value", v, "again", fmt.Sprintf("%v", v)))
		_ = kitlog.NewJSONLogger(&b).Log("value", v)
		return b.String()
	},
	"slog": func(_ *testing.T, v any) string {
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "value", v, slog.Any("any", v))
		slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "value", v, slog.Any("any", v))
		return b.String()
	},
	"testify": func(_ *testing.T, v any) string {
		var failed recorder
		assert.Equal(&failed, v, struct{}{})
		assert.Equal(&failed, []any{v, 1}, []any{v, 2})
		assert.Nil(&failed, v)
		assert.Contains(&failed, []any{v}, 3)
		assert.ElementsMatch(&failed, []any{v}, []any{4})
		assert.IsType(&failed, 0, v)
		return failed.String()
	},
	"panic": func(_ *testing.T, v any) (text string) {
		defer func() { text = fmt.Sprintf("%v %+v", recover(), v) }()
		panic(v)
	},
}

// recorder is a test that only notes how it failed.
type recorder struct{ strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// wrapped puts a value into each of the shapes in which it may travel.
func wrapped(v any) map[string]any {
	type exported struct {
		Inside any
		Other  int
	}
	type unexported struct {
		inside any
		other  int
	}
	return map[string]any{
		"itself":           v,
		"pointer":          &v,
		"slice":            []any{v, v},
		"map":              map[string]any{"inside": v},
		"struct":           exported{v, 1},
		"unexported field": unexported{v, 1},
		"error":            fmt.Errorf("cause: %v", v),
	}
}

// TestSecretsDoNotShow drives every type that holds a secret through every sink.
func TestSecretsDoNotShow(t *testing.T) {
	for name, h := range holders(t) {
		for shape, v := range wrapped(h.value) {
			for sink, write := range sinks {
				text := write(t, v)
				require.NotEmpty(t, text)
				requireNoTrace(t, h.canary, name+" as "+shape+" in "+sink, text)
			}
		}
	}
}

// TestTracesAreFound shows that the search finds a canary in every sink that is
// given the clear bytes or their digits.
func TestTracesAreFound(t *testing.T) {
	for _, c := range []canary{canaryKey, canaryDigits, canaryPAN, canaryTrack2} {
		for sink, write := range sinks {
			text := strings.ToLower(write(t, c.clear) + write(t, hex.EncodeToString(c.clear)))
			found := false
			for _, trace := range c.traces() {
				found = found || strings.Contains(text, strings.ToLower(trace))
			}
			assert.True(t, found, "%s in %s", c.name, sink)
		}
	}
}
