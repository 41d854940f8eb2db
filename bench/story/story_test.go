package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/emv/random"
)

var start = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// world makes a world in a folder with a short path.
func world(t *testing.T) (*story.World, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "till")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	w, err := story.New(story.Config{Dir: dir, Source: random.Seeded(1), Start: start})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.Close()) })
	return w, dir
}

// demo returns the story of the demonstration.
func demo(t *testing.T) []story.Step {
	t.Helper()
	steps, err := story.Demo()
	require.NoError(t, err)
	return steps
}

// parsed reads lines as those of a file.
func parsed(t *testing.T, lines ...string) ([]story.Step, error) {
	t.Helper()
	f, err := story.Parse(story.BuiltIn(), "test.till", strings.Join(lines, "\n"))
	if err != nil {
		return nil, err
	}
	return f.Scenarios[0].Steps, nil
}

// told plays the demonstration and returns what was told of it, and what travelled.
func told(t *testing.T) (reports []story.Report, written, encoded []byte) {
	t.Helper()
	w, _ := world(t)
	require.NoError(t, w.Run(t.Context(), demo(t), func(r story.Report) error {
		for i := range r.Played {
			r.Played[i].Took = 0
		}
		reports = append(reports, r)
		return nil
	}))
	var text bytes.Buffer
	require.NoError(t, w.Timeline().WriteText(&text))
	encoded, err := json.Marshal(w.Timeline())
	require.NoError(t, err)
	return reports, text.Bytes(), encoded
}

// TestDemo: every step holds, twice alike to the byte.
func TestDemo(t *testing.T) {
	reports, text, encoded := told(t)
	require.Len(t, reports, len(demo(t)))
	again, textAgain, encodedAgain := told(t)
	assert.Equal(t, reports, again)
	assert.Equal(t, string(text), string(textAgain))
	assert.Equal(t, string(encoded), string(encodedAgain))
}

// play plays lines behind those that open the issuer.
func play(t *testing.T, w *story.World, lines ...string) error {
	t.Helper()
	steps, err := parsed(t, lines...)
	if err != nil {
		return err
	}
	return w.Run(t.Context(), steps, func(story.Report) error { return nil })
}

// TestFailures: what does not come out as expected fails, and says what was expected
// and what came.
func TestFailures(t *testing.T) {
	w, dir := world(t)
	require.NoError(t, play(t, w, "issue anna profile=amex-pin", "open", "activate anna"))
	for _, c := range []struct {
		want  string
		lines []string
	}{
		{"expected status anna pending, came status anna done", []string{"expect status anna pending"}},
		{"came was not expected by any line: refused weak-pin", []string{"change-pin anna 1111"}},
		{"no verb: want one of issue, open, activate", []string{"nonsense"}},
		{"1 word, want 2: its form is `insert NAME AMOUNT", []string{"insert anna"}},
		{"nobody of that name", []string{"insert carl 12.34"}},
		{"no such expectation: want one of approved, declined", []string{"expect rain"}},
		{"the issuer is open", []string{"open"}},
		{"asked for a PIN more", []string{"enter 0862", "insert anna 12.34"}},
		{"entries and 0 choices", []string{"enter 0862", "tap anna 1.00"}},
		{"did not ask", []string{"enter cancel", "tap anna 1.00"}},
		{"nothing follows", []string{"enter cancel bypass"}},
		{"never struck", []string{"pull before PIN_CHANGE/UNBLOCK", "tap anna 1.00"}},
		{"no message came that could be struck by `lose answer`", []string{"enter cancel", "fault line lose answer", "insert anna 0.01"}},
		{"was no purchase", []string{"change-pin anna 0483", "expect script none"}},
		{"want line or card", []string{"fault lightning"}},
		{"did you mean corrupt", []string{"fault line corupt answer"}},
		{"the number of bytes that arrive", []string{"fault line cut answer"}},
		{"no number of bytes", []string{"fault line lose=3 answer"}},
		{"`delay` is for answer", []string{"fault line delay request"}},
		{"`reorder` is for request or advice", []string{"fault line reorder answer"}},
		{"is no number from 1", []string{"fault line lose message 0"}},
		{"message type of four digits", []string{"fault line lose 3"}},
		{"could be struck by `lose message`", []string{"fault line lose message 9", "order anna 1.00", "expect approved"}},
		{"no request came at which `disk-full`", []string{"fault host disk-full", "enter cancel", "insert anna 1.00"}},
		{"no request came at which `kill before`", []string{"kill host before", "enter cancel", "insert anna 1.00"}},
		{"1 to 100", []string{"kill terminal 0"}},
		{"did not write to its journal as often", []string{"kill terminal 99", "tap anna 1.00", "expect approved"}},
		{"did not ask for an application", []string{"choose VISA", "tap anna 1.00"}},
		{"no script has come to that card yet", []string{"script anna last"}},
		{"want one of unblock-application", []string{"script anna nonsense"}},
		{"aevv of 40", []string{"order anna 1 aevv=00"}},
		{"did you mean dda-failed", []string{"tap anna 1", "expect approved", "expect tvr lacks dda-faild"}},
		{"there is no such name", []string{"tap anna 1", "expect approved", "expect tsi lacks nothing"}},
		{"no command has this name", []string{"tap anna 1", "expect approved", "expect card-saw lacks VERIFI"}},
		{"message type of four digits", []string{"tap anna 1", "expect approved", "expect travelled lacks 14200"}},
		{"no customer care: open the issuer with care=true", []string{"call anna 0 agent"}},
		{"the line has hung up before word 7", []string{"call anna card 0000 card 0001 card 0002 card 0003 card"}},
		{"any line: heard has", []string{"call anna card code", "order anna 1.00"}},
		{"was no call", []string{"order anna 1.00", "expect approved", "expect heard has card"}},
		{"no card of somebody's own is here: name its reader with --reader", []string{"insert reader 1.00"}},
		{"nobody here can issue it", []string{"expect chip reader tries 3"}},
		{"a word too many", []string{"activate anna now"}},
		{"want the name", []string{"issue anna"}},
		{"any line: approved", []string{"order anna 1.00", "order anna 1.00"}},
		{"came approved", []string{"order anna 1.00", "expect declined 100"}},
		{"line: unanswered", []string{"fault line lose answer", "order anna 1.00"}},
		{"tries none", []string{"order anna 1.00", "expect approved", "expect tries 3"}},
		{"want a PIN of digits", []string{"change-pin anna x"}},
		{"came card removed", []string{"pull before READ_RECORD", "insert anna 1.00", "expect approved"}},
		{"word 1: arguments are", []string{"enter x"}},
		{"want PINs, bypass or", []string{"enter"}},
		{"came status anna pendin", []string{"change-pin anna 0716", "expect status anna done"}},
	} {
		err := play(t, w, c.lines...)
		assert.ErrorContains(t, err, c.want)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bank", "planted"), []byte("the card 374245001741007 of Anna"), 0o600))
	assert.ErrorContains(t, play(t, w, "scan"), "planted: PAN of anna: clear")
}

// TestScanTellsChanceFromLeaks: a PIN in a file that is no text is a leak where it
// comes up again when the same story is played under another storage key, and chance
// where it does not.
func TestScanTellsChanceFromLeaks(t *testing.T) {
	w, dir := world(t)
	require.NoError(t, play(t, w, "issue anna profile=amex-pin", "open", "activate anna", "change-pin anna 2486"))
	planted := filepath.Join(dir, "bank", "planted")
	require.NoError(t, os.WriteFile(planted, []byte("\xFF 2486 \x00"), 0o600))
	require.NoError(t, play(t, w, "scan"), "the second play does not write that file")
	assert.NoDirExists(t, filepath.Join(dir, "again"))

	require.NoError(t, os.WriteFile(planted, []byte("PIN 2486"), 0o600))
	assert.ErrorContains(t, play(t, w, "scan"), "planted: PIN 1 of anna: clear", "text has nothing by chance")
	require.NoError(t, os.Remove(planted))

	require.NoError(t, play(t, w, "order anna 24.86", "expect approved"))
	assert.ErrorContains(t, play(t, w, "scan"), "issuer.db: PIN 1 of anna: clear", "the issuer's journal has the amount in cents, in both plays")
	assert.NoDirExists(t, filepath.Join(dir, "again"))
}

// TestScanKnowsEveryPIN: a PIN that was typed is looked for, though nobody has it, and
// so are the blocks of one PIN on two accounts.
func TestScanKnowsEveryPIN(t *testing.T) {
	w, dir := world(t)
	require.NoError(t, play(t, w, "issue anna profile=amex-pin", "issue ben under=anna profile=amex-pin", "open",
		"activate anna", "activate ben", "change-pin anna 0483", "change-pin ben 0483", "enter 0862 1234", "insert anna 9.99", "expect approved"))
	for content, want := range map[string]string{
		"wrong PIN 0862":   "planted: PIN 2 of anna: clear",
		"0404C1BAFFE8BEFF": "planted: block of PIN 1 of anna in format 0: hex",
		"0404C1BAFFE8AEFF": "planted: block of PIN 1 of ben in format 0: hex",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "log", "planted"), []byte(content), 0o600))
		assert.ErrorContains(t, play(t, w, "scan"), want)
	}
}

// TestVerbsAreExplained: each verb and expectation has a sentence and is used by the
// demonstration or named in a test.
func TestVerbsAreExplained(t *testing.T) {
	for _, v := range story.Verbs() {
		assert.NotEmpty(t, v.Doc, v.Name)
	}
	for _, e := range story.Expectations() {
		assert.NotEmpty(t, e.Doc, e.Name)
	}
}

// TestTold: what is expected is told beside the verb that it is about, and not
// beside another.
func TestTold(t *testing.T) {
	w, _ := world(t)
	var told []story.Action
	steps, err := parsed(t,
		"issue anna profile=amex-pin", "open # the issuer opens", "activate anna", "expect status anna done",
		"enter bypass # no PIN", "expect status anna done")
	require.NoError(t, err)
	require.NoError(t, w.Run(t.Context(), steps, func(r story.Report) error {
		told = r.Actions
		return nil
	}))
	require.Len(t, told, 2)
	assert.Equal(t, "anna logged in", told[0].Means)
	assert.Equal(t, "PIN done", told[1].Means)
}

// TestOtherOutcomes: outcomes that the demonstration does not have.
func TestOtherOutcomes(t *testing.T) {
	w, _ := world(t)
	require.NoError(t, play(t, w,
		"issue anna profile=amex-pin", "open", "activate anna",
		"fault line lose answer", "order anna 1.00", "expect unanswered",
		"pull before READ_RECORD", "insert anna 1.00", "expect card removed",
		"enter 0000", "fault card swallow VERIFY answer 9000", "insert anna 1.00", "expect declined 100", "expect script none",
		"enter 1234", "fault card alter response VERIFY xor 10 at 0", "insert anna 1.00", "expect not accepted",
		"change-pin anna 0483", "change-pin anna 1111", "expect refused weak-pin",
		"enter 1234", "fault card status PIN_CHANGE/UNBLOCK 6985", "insert anna 1.00", "expect approved", "expect script failed",
		"enter 0000 0483", "insert anna 1.00", "expect approved", "expect tries 2", "expect status anna done", // it was applied after all
	))
}

// TestInterrupted: a story that is called off ends.
func TestInterrupted(t *testing.T) {
	w, _ := world(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Error(t, w.Run(ctx, demo(t), func(story.Report) error { return nil }))
}

// TestScriptsOfOneAnswer: who puts more than 128 bytes of scripts into an answer is
// refused.
func TestScriptsOfOneAnswer(t *testing.T) {
	w, _ := world(t)
	long := "hex=8424000208" + strings.Repeat("00", 110)
	require.NoError(t, play(t, w, "issue anna profile=amex-pin", "open", "activate anna",
		"script anna "+long, "enter 1234", "insert anna 9.50", "expect approved", "expect script failed"))
	assert.ErrorContains(t, play(t, w, "script anna "+long+" unblock-application", "enter 1234", "insert anna 9.50"), "scripts added: encode script templates: 136 bytes, at most 128")
}
