package calc

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/testdata/vectors"
)

// canaries are a key, an account number and a PIN that no error may hold, each
// with and without a slip of the hand.
var canaries = []string{"0F1E2D3C4B5A69788796A5B4C3D2E1F0", "8796A5B4C3D2E1Fx", "4929123456781234", "4929123456781234x", "739184", "739184x"}

func assertNoCanary(t *testing.T, told, canary string) {
	t.Helper()
	assert.NotContains(t, strings.ToUpper(told), strings.TrimSuffix(canary, "x"))
}

type jsonCase = vectors.Case[json.RawMessage, json.RawMessage]

// calculators returns one of each kind.
func calculators(t *testing.T) map[string]Calculator {
	t.Helper()
	parser, err := kong.New(&Command{}, kong.Vars{"pin": "the PIN"})
	require.NoError(t, err)
	found := map[string]Calculator{}
	for _, n := range parser.Model.Children {
		found[n.Name] = n.Target.Addr().Interface().(Calculator)
	}
	require.Len(t, found, len(vectors.Kinds))
	return found
}

// toldOf returns the error of a JSON input, empty where there is none.
func toldOf(calculator Calculator, input []byte) string {
	err := runJSON(calculator, cli.Streams{In: strings.NewReader(string(input)), Out: io.Discard, Err: io.Discard})
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestMembersDoNotEcho puts canaries of every JSON type in the place of every
// member, and of its name.
func TestMembersDoNotEcho(t *testing.T) {
	for kind, calculator := range calculators(t) {
		t.Run(kind, func(t *testing.T) {
			for _, c := range firstOfEachShape(t, kind) {
				var in map[string]any
				require.NoError(t, json.Unmarshal(c.In, &in))
				eachPlace(in, func(put func(name string, value any)) {
					for _, canary := range canaries {
						for _, value := range []any{canary, []any{canary}, map[string]any{canary: canary}, json.Number("739184.5"), 739184} {
							put("", value)
							text, err := json.Marshal(in)
							require.NoError(t, err)
							told := toldOf(calculator, text)
							assertNoCanary(t, told, canary)
							assertNoCanary(t, told, "739184")
						}
						put(canary, 1)
						text, err := json.Marshal(in)
						require.NoError(t, err)
						told := toldOf(calculator, text)
						assert.NotEmpty(t, told)
						assertNoCanary(t, told, canary)
					}
				})
			}
		})
	}
	for _, canary := range canaries {
		for _, text := range []string{canary, `"` + canary + `"`, `{"pan":` + canary + `}`, `{"pan" ` + canary, `{` + canary + `:1}`, `[{"pan":"` + canary, `{"pan":"\x` + canary + `"}`} {
			told := toldOf(new(UDK), []byte(text))
			assert.NotEmpty(t, told)
			assertNoCanary(t, told, canary)
		}
	}
}

// firstOfEachShape returns a case for each set of members that a vector file has.
func firstOfEachShape(t *testing.T, kind string) []jsonCase {
	t.Helper()
	var cases []jsonCase
	seen := map[string]bool{}
	for _, c := range vectors.Load[json.RawMessage, json.RawMessage](t, kind) {
		var in map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(c.In, &in))
		shape := make([]string, 0, len(in))
		for name := range in {
			shape = append(shape, name)
		}
		slices.Sort(shape)
		if key := fmt.Sprint(shape); !seen[key] {
			seen[key] = true
			cases = append(cases, c)
		}
	}
	return cases
}

// eachPlace calls visit for every member of an object and of those in it. put
// changes its value or, with a name, adds another member beside it; what it did is
// undone by the next put and at the end.
func eachPlace(object map[string]any, visit func(put func(name string, value any))) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	for _, name := range names {
		value, added := object[name], ""
		visit(func(other string, changed any) {
			delete(object, added)
			object[name], added = value, other
			if other == "" {
				other = name
			}
			object[other] = changed
		})
		delete(object, added)
		object[name] = value
		if inner, ok := value.(map[string]any); ok {
			eachPlace(inner, visit)
		}
	}
}
