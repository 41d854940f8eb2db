// Package vectors holds the published figures that till is tested against. Each
// file is an array of cases; each case names its source. See README.md beside
// this file. The package is imported by tests alone, so the vectors are not
// part of the program.
package vectors

import (
	"bytes"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/f510b0cf/till/emv"
)

//go:embed *.json
var files embed.FS

// Kinds are the names of the vector files, which are the names of the
// calculators of `till calc` too.
var Kinds = []string{
	"udk", "session-keys", "arqc", "arpc", "script-mac", "pin-change", "pin-block", "pvv", "ibm3624",
	"dukpt-tdes", "dukpt-aes", "oda", "capk", "tlv", "dol", "cvm-list", "tvr",
}

// Case is one case of a vector file with the types of its input and output.
type Case[In, Out any] struct {
	Name       string      `json:"name"`
	Source     string      `json:"source"`
	Confidence string      `json:"confidence"`
	Expect     emv.Failure `json:"expect"` // "ok", or the class of the failure
	In         In          `json:"in"`
	Out        Out         `json:"out"`
}

// OK is what Expect holds where a case must succeed.
const OK emv.Failure = "ok"

// Load returns the cases of the file of that kind. It fails the test where the
// file is not there, is empty, or has a field that Case or In does not know. Out
// may know fewer fields than the file has: a test need not check all of them.
func Load[In, Out any](t testing.TB, kind string) []Case[In, Out] {
	t.Helper()
	return load[In, Out](t, kind, decodeStrictly)
}

// LoadPart does as Load, but In too may know fewer fields than the file has. It is
// for tests that take a part of a file for another purpose than its own; they
// must see to it themselves that they find what they look for.
func LoadPart[In, Out any](t testing.TB, kind string) []Case[In, Out] {
	t.Helper()
	return load[In, Out](t, kind, json.Unmarshal)
}

func load[In, Out any](t testing.TB, kind string, decodeIn func([]byte, any) error) []Case[In, Out] {
	t.Helper()
	b, err := files.ReadFile(kind + ".json")
	if err != nil {
		t.Fatalf("read vectors: %v", err)
	}
	cases, err := parse[In, Out](b, decodeIn)
	if err != nil {
		t.Fatalf("read vectors %s: %v", kind, err)
	}
	if len(cases) == 0 {
		t.Fatalf("read vectors %s: no cases", kind)
	}
	return cases
}

// parse reads the cases of a file.
func parse[In, Out any](b []byte, decodeIn func([]byte, any) error) ([]Case[In, Out], error) {
	var raw []Case[json.RawMessage, json.RawMessage]
	if err := decodeStrictly(b, &raw); err != nil {
		return nil, err
	}
	cases := make([]Case[In, Out], len(raw))
	for i, r := range raw {
		c := Case[In, Out]{Name: r.Name, Source: r.Source, Confidence: r.Confidence, Expect: r.Expect}
		if err := decodeIn(r.In, &c.In); err != nil {
			return nil, fmt.Errorf("case %q: in: %w", r.Name, err)
		}
		if err := json.Unmarshal(r.Out, &c.Out); err != nil {
			return nil, fmt.Errorf("case %q: out: %w", r.Name, err)
		}
		cases[i] = c
	}
	return cases, nil
}

// decodeStrictly refuses members that v has no field for.
func decodeStrictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// Run runs test once for each case of the kind, as a subtest with its name.
func Run[In, Out any](t *testing.T, kind string, test func(t *testing.T, c Case[In, Out])) {
	t.Helper()
	for _, c := range Load[In, Out](t, kind) {
		t.Run(c.Name, func(t *testing.T) { test(t, c) })
	}
}

// Bytes is a byte string that JSON holds as hexadecimal digits.
type Bytes []byte

// UnmarshalText reads hexadecimal digits.
func (b *Bytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("read bytes: %w", err)
	}
	*b = decoded
	return nil
}

// MarshalText returns upper-case hexadecimal digits.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String returns upper-case hexadecimal digits.
func (b Bytes) String() string { return strings.ToUpper(hex.EncodeToString(b)) }

// T is what Unhex needs of a test; *testing.T, *testing.B and *rapid.T have it.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Unhex returns the bytes of hexadecimal digits, which may have white space
// between them, and fails the test where they are none.
func Unhex(t T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("read bytes: %v", err)
	}
	return b
}
