package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/plan"
)

// TestParse has each line read, and written as the second says.
func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"card pull before GENERATE_AC 2":                "",
		"card pull after PIN_CHANGE/UNBLOCK":            "card pull after PIN_CHANGE/UNBLOCK 1",
		"card status VERIFY 6983":                       "card status VERIFY 1 6983",
		"card cut script/torn":                          "card cut script/torn 1",
		"card cut pin-try/before 3":                     "",
		"line lose answer":                              "line lose answer 1",
		"line  double   1120  2":                        "line double 1120 2",
		"line drop message 7":                           "",
		"line cut=20 request 2":                         "",
		"line corrupt=5 answer":                         "line corrupt=5 answer 1",
		"line corrupt=0 reversal 2":                     "line corrupt reversal 2",
		"kill terminal 4":                               "kill terminal after 4",
		"host slow":                                     "host slow 1 30s",
		"host slow 2":                                   "host slow 2 30s",
		"line lose 1100 stay":                           "line lose 1100 1 stay",
		"line reorder answer 2 stay":                    "",
		"kill host before":                              "kill host before 1",
		"kill terminal after 12":                        "",
		"host disk-full 2":                              "",
		"host slow 25s":                                 "host slow 1 25s",
		"host slow 3 1m30s":                             "",
		"terminal disk-full":                            "terminal disk-full 1",
		"card swallow every VERIFY answer 9000":         "",
		"card alter response GENERATE_AC 1 xor 10 at 0": "",
	} {
		f, err := plan.Parse(line)
		require.NoError(t, err, line)
		if want == "" {
			want = line
		}
		assert.Equal(t, want, f.String())
		again, err := plan.Parse(f.String())
		require.NoError(t, err)
		assert.Equal(t, f, again)
	}
}

func TestParseRefuses(t *testing.T) {
	for line, why := range map[string]string{
		"":                       "parse fault: want card, line, kill, host or terminal, and what happens there",
		"card bend 1":            "unknown action",
		"card cut script":        "no write of a card",
		"card cut scrap/torn":    "no write of a card",
		"card cut":               "such as script/torn",
		"line lose":              "want one of",
		"line eat answer":        "none of",
		"line lose answers":      "neither request, answer",
		"line cut answer":        "line cut=20 answer",
		"line cut=many answer":   `"many" is no number from 0`,
		"line lose=3 answer":     "no number of bytes",
		"line lose answer 0":     `"0" is no number from 1`,
		"line lose answer 1 2":   "one word too many",
		"kill host":              "before or after",
		"kill card after":        "host or terminal",
		"host slow 2 soon":       "no duration",
		"host sleeps":            "none of card, line",
		"terminal disk-full now": "no number",
	} {
		_, err := plan.Parse(line)
		assert.ErrorContains(t, err, why, line)
	}
}

// TestStrikes says which types of messages a fault is for.
func TestStrikes(t *testing.T) {
	for message, types := range map[string]string{"request": "1100 0100", "answer": "1110", "reversal": "1420 0420", "1430": "1430", plan.AnyMessage: "1100 1430"} {
		for kind := range strings.FieldsSeq(types) {
			assert.True(t, plan.Fault{Message: message}.Strikes(kind), message+" "+kind)
		}
	}
	assert.False(t, plan.Fault{Message: "request"}.Strikes("1110"))
	assert.False(t, plan.Fault{Message: "1430"}.Strikes("1420"))
	assert.False(t, plan.Fault{}.Strikes("1804"))
	assert.Equal(t, "advice", plan.NameOf("1120"))
	assert.Empty(t, plan.NameOf("1804"))
	assert.Equal(t, "1100", plan.TypeOf([]byte{0x11, 0x00, 0x70, 0x00}))
	assert.Equal(t, "1100", plan.TypeOf([]byte("1100")))
	assert.Equal(t, "1100", plan.TypeOf([]byte{0xF1, 0xF1, 0xF0, 0xF0}))
	assert.Empty(t, plan.TypeOf([]byte{0x11}))
}

func TestParsePlan(t *testing.T) {
	p, err := plan.ParsePlan("line lose answer; kill host after 2\n# nothing\n\ncard pull after 5 # here\n")
	require.NoError(t, err)
	assert.Equal(t, "line lose answer 1; kill host after 2; card pull after 5", p.String())
	_, err = plan.ParsePlan("line lose answer; nonsense")
	assert.ErrorContains(t, err, "want card")
}

func FuzzParsePlan(f *testing.F) {
	f.Add("line lose answer; kill host after 2\ncard cut script/torn; host slow 2 3s")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := plan.ParsePlan(text)
		if err != nil {
			return
		}
		again, err := plan.ParsePlan(p.String())
		require.NoError(t, err)
		require.Equal(t, p.String(), again.String())
	})
}
