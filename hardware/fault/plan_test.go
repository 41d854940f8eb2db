package fault_test

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/hardware/fault"
)

var actions = []fault.Action{fault.PullBefore, fault.PullAfter, fault.MuteBefore, fault.MuteAfter, fault.Delay,
	fault.AlterCommand, fault.AlterResponse, fault.Status, fault.Swallow}

func TestParse(t *testing.T) {
	first := func(name string) fault.Point { return fault.Point{Name: name, Number: 1} }
	for line, want := range map[string]fault.Fault{
		"pull before 5":                        {Action: fault.PullBefore, Point: fault.Point{Number: 5}},
		"  pull  after\tGENERATE_AC 2 ":        {Action: fault.PullAfter, Point: fault.Point{Name: "GENERATE_AC", Number: 2}},
		"mute before PIN_CHANGE/UNBLOCK":       {Action: fault.MuteBefore, Point: first("PIN_CHANGE/UNBLOCK")},
		"mute after every SELECT":              {Action: fault.MuteAfter, Point: fault.Point{Name: "SELECT", Every: true}},
		"delay 3 200ms":                        {Action: fault.Delay, Point: fault.Point{Number: 3}, Delay: 200 * time.Millisecond},
		"alter command 4 xor 00FF at 2":        {Action: fault.AlterCommand, Point: fault.Point{Number: 4}, Bytes: []byte{0, 0xFF}, Offset: 2},
		"alter response VERIFY 1 xor 0f at 0":  {Action: fault.AlterResponse, Point: first("VERIFY"), Bytes: []byte{0x0F}},
		"status 6 6F00":                        {Action: fault.Status, Point: fault.Point{Number: 6}, Bytes: []byte{0x6F, 0}},
		"status VERIFY 6983":                   {Action: fault.Status, Point: first("VERIFY"), Bytes: []byte{0x69, 0x83}},
		"status VERIFY 2 6983":                 {Action: fault.Status, Point: fault.Point{Name: "VERIFY", Number: 2}, Bytes: []byte{0x69, 0x83}},
		"swallow VERIFY answer 9000":           {Action: fault.Swallow, Point: first("VERIFY"), Bytes: []byte{0x90, 0}},
		"swallow every GET_DATA answer 036A88": {Action: fault.Swallow, Point: fault.Point{Name: "GET_DATA", Every: true}, Bytes: []byte{3, 0x6A, 0x88}},
	} {
		got, err := fault.Parse(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
		again, err := fault.Parse(got.String())
		require.NoError(t, err, got.String())
		assert.Equal(t, want, again, "round trip of %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for line, why := range map[string]string{
		"":                              "an action is missing",
		"push before 5":                 `unknown action "push"`,
		"pull":                          `"before" or "after" is missing`,
		"pull 5":                        `"5", want "before" or "after"`,
		"pull before":                   "a command is missing",
		"pull before 0":                 "commands are numbered from 1",
		"pull before 1000001":           `"1000001" is no number`,
		"pull before -1":                "no command has this name",
		"pull before VERFIY":            "no command has this name",
		"pull before verify":            "no command has this name",
		"pull before every 5":           "no command has this name",
		"pull before every":             "the name of a command is missing",
		"pull before VERIFY 0":          "commands are numbered from 1",
		"pull before every VERIFY 2":    `"2" is one word too many`,
		"pull before 5 6":               `"6" is one word too many`,
		"delay 3":                       "a duration is missing",
		"delay 3 fast":                  `"fast" is no duration`,
		"delay 3 0s":                    "a delay is more than 0",
		"delay 3 -1s":                   "a delay is more than 0",
		"delay 3 61m":                   "at most 1h0m0s",
		"alter answer 4 xor FF at 2":    `"answer", want "command" or "response"`,
		"alter command 4 FF":            `"FF", want "xor"`,
		"alter command 4 xor F at 2":    "pairs of hexadecimal digits",
		"alter command 4 xor FF":        `"\"at\"" is missing`,
		"alter command 4 xor FF at":     "an offset is missing",
		"alter command 4 xor FF at -1":  `"-1" is no number`,
		"alter command 4 xor FF at 261": "a mask has at least 1 byte",
		"alter command 4 xor 0000 at 0": "a mask of zeros",
		"status 6":                      "hexadecimal digits is missing",
		"status 6 6F":                   "a status word has 2 bytes",
		"swallow VERIFY 9000":           `want "answer"`,
		"swallow VERIFY answer 90":      "an answer has 2 to 258 bytes",
		"swallow VERIFY answer xx":      "pairs of hexadecimal digits",
		"pull before " + strings.Repeat("5", 1000): "line is longer",
	} {
		_, err := fault.Parse(line)
		if assert.Error(t, err, line) {
			assert.Contains(t, err.Error(), strings.ReplaceAll(why, `"\"at\""`, `"at"`), line)
		}
	}
}

func TestParsePlan(t *testing.T) {
	plan, err := fault.ParsePlan("# comment\n\n pull before 5 # why\nstatus 6 6f00")
	require.NoError(t, err)
	assert.Equal(t, "pull before 5\nstatus 6 6F00\n", plan.String())
	_, err = fault.ParsePlan("pull before 5\n\npull before x")
	assert.ErrorContains(t, err, "line 3: parse fault: no command has this name")
	_, err = fault.ParsePlan(strings.Repeat("pull before 5\n", 10_001))
	assert.ErrorContains(t, err, "more than 10000 faults")
}

func TestPlanAsJSON(t *testing.T) {
	var plan fault.Plan
	require.NoError(t, json.Unmarshal([]byte(`["pull before 5","delay 3 1s"]`), &plan))
	b, err := json.Marshal(plan)
	require.NoError(t, err)
	assert.JSONEq(t, `["pull before 5","delay 3 1s"]`, string(b))
	assert.Error(t, json.Unmarshal([]byte(`["pull"]`), &plan))
	_, err = json.Marshal(fault.Plan{{}})
	assert.Error(t, err, "a fault that Parse would not read is not written")
}

func TestNewChecksThePlan(t *testing.T) {
	five := fault.Point{Number: 5}
	for name, f := range map[string]fault.Fault{
		"nothing":                 {},
		"no point":                {Action: fault.PullBefore},
		"unknown action":          {Action: 99, Point: five},
		"pull with bytes":         {Action: fault.PullBefore, Point: five, Bytes: []byte{1}},
		"pull with delay":         {Action: fault.PullBefore, Point: five, Delay: time.Second},
		"status with offset":      {Action: fault.Status, Point: five, Bytes: []byte{0x90, 0}, Offset: 1},
		"negative offset":         {Action: fault.AlterCommand, Point: five, Bytes: []byte{1}, Offset: -1},
		"offset past any command": {Action: fault.AlterResponse, Point: five, Bytes: []byte{1, 2}, Offset: math.MaxInt},
		"every with a number":     {Action: fault.PullBefore, Point: fault.Point{Name: "VERIFY", Every: true, Number: 1}},
		"every without a name":    {Action: fault.PullBefore, Point: fault.Point{Every: true}},
		"name with a space":       {Action: fault.PullBefore, Point: fault.Point{Name: "GENERATE AC", Number: 1}},
	} {
		_, err := fault.New(fault.Config{Plan: fault.Plan{{Action: fault.PullAfter, Point: five}, f}})
		assert.ErrorContains(t, err, "check plan: fault 2: ", name)
	}
	assert.Equal(t, "Fault(99)", fault.Fault{Action: 99}.String())
}

// TestRoundTrip writes any fault that New accepts and reads it again.
func TestRoundTrip(t *testing.T) {
	names := []string{"VERIFY", "GENERATE_AC", "PIN_CHANGE/UNBLOCK"}
	points := rapid.Custom(func(t *rapid.T) fault.Point {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return fault.Point{Number: rapid.IntRange(1, 1_000_000).Draw(t, "number")}
		case 1:
			return fault.Point{Name: rapid.SampledFrom(names).Draw(t, "name"), Number: rapid.IntRange(1, 9).Draw(t, "number")}
		}
		return fault.Point{Name: rapid.SampledFrom(names).Draw(t, "name"), Every: true}
	})
	rapid.Check(t, func(t *rapid.T) {
		f := fault.Fault{Action: rapid.SampledFrom(actions).Draw(t, "action"), Point: points.Draw(t, "point")}
		switch f.Action {
		case fault.Delay:
			f.Delay = time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "delay"))
		case fault.AlterCommand, fault.AlterResponse:
			f.Bytes = append(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "mask"), 1)
			f.Offset = rapid.IntRange(0, 251).Draw(t, "offset")
		case fault.Status:
			f.Bytes = rapid.SliceOfN(rapid.Byte(), 2, 2).Draw(t, "status")
		case fault.Swallow:
			f.Bytes = rapid.SliceOfN(rapid.Byte(), 2, 258).Draw(t, "answer")
		}
		_, err := fault.New(fault.Config{Plan: fault.Plan{f}})
		require.NoError(t, err)
		got, err := fault.Parse(f.String())
		require.NoError(t, err, f.String())
		require.Equal(t, f, got)
	})
}

// TestDocumentedPlans reads every plan of docs/faults.md; each action has one.
func TestDocumentedPlans(t *testing.T) {
	text, err := os.ReadFile("../../docs/faults.md")
	require.NoError(t, err)
	seen := map[fault.Action]bool{}
	for _, block := range regexp.MustCompile("(?s)```plan\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		plan, err := fault.ParsePlan(block[1])
		require.NoError(t, err, block[1])
		for _, f := range plan {
			seen[f.Action] = true
		}
	}
	for _, a := range actions {
		assert.True(t, seen[a], "no example of %s", fault.Fault{Action: a})
	}
}

func FuzzParsePlan(f *testing.F) {
	for _, line := range []string{"pull before 5", "pull after GENERATE_AC 2", "mute before 7", "delay 3 200ms",
		"alter response 4 xor 00FF at 2", "status 6 6F00", "swallow every VERIFY answer 9000 # wedge\nmute after 3"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := fault.ParsePlan(text)
		if err != nil {
			return
		}
		again, err := fault.ParsePlan(plan.String())
		require.NoError(t, err)
		require.Equal(t, plan, again)
		_, err = fault.New(fault.Config{Plan: plan})
		require.NoError(t, err)
	})
}
