package ivr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
)

// events are the words of the tables below. A number is that many digits, "=" and a
// key is a choice.
var events = map[string]Event{
	"began": Began{}, "#": Entered{}, "*": Cleared{}, "help": Help{}, "silence": Silence{}, "hangup": HungUp{},
	"new": Identified{}, "active": Identified{Standing{Active: true}}, "both": Identified{Standing{Active: true, HasPIN: true}},
	"nobody": NotIdentified{}, "failed": NotIdentified{Broken: true},
	"activated": Done{CardActive, Standing{Active: true}}, "created": Done{PINCreated, Standing{Active: true, HasPIN: true}},
	"mismatch": Done{Mismatch, Standing{Active: true}}, "weak": Done{WeakPIN, Standing{Active: true}},
	"exists": Done{PINExists, Standing{Active: true, HasPIN: true}}, "unlocked": Done{UnlockAsked, Standing{Active: true, HasPIN: true}},
	"nopin": Done{NoPIN, Standing{Active: true}}, "unusable": Done{NotUsable, Standing{}}, "broken": Done{OutOfOrder, Standing{}},
	"back": HandedBack{Standing{Active: true}}, "dismissed": Dismissed{},
}

// play takes a state through the words, and returns the effects of the last one.
func play(t *testing.T, s State, words string) (State, []Effect) {
	t.Helper()
	var last []Effect
	for word := range strings.FieldsSeq(words) {
		var digits int
		if _, err := fmt.Sscanf(word, "%d", &digits); err == nil {
			for range digits {
				s, last = s.Next(Digit{})
			}
			continue
		}
		e, known := events[word]
		if key, choice := strings.CutPrefix(word, "="); choice {
			e, known = Choice{key[0]}, true
		}
		require.True(t, known, word)
		s, last = s.Next(e)
	}
	return s, last
}

// words are effects as text.
func words(effects []Effect) string {
	var all []string
	for _, e := range effects {
		switch e := e.(type) {
		case Say:
			all = append(all, string(e.Prompt))
		case Do:
			all = append(all, "do:"+[]string{"identify", "activate", "create", "unlock", "care"}[e.Task])
		case Keep:
			all = append(all, "keep:"+[]string{"card", "code", "pin", "again"}[e.As])
		case Collect:
			all = append(all, "collect")
		case HangUp:
			all = append(all, "hangup")
		}
	}
	return strings.Join(all, " ")
}

const (
	in     = "began 15 # 4 active "
	inMenu = "collect menu-create menu-care menu-end"
	askAll = "ask-card ask-card-care"
)

// TestDialogue is the dialogue as a table: what has happened, and what comes of the
// last event.
func TestDialogue(t *testing.T) {
	for _, c := range []struct {
		happens string
		comes   string
		at      Step
	}{
		{"began", "welcome collect " + askAll, AtCard},
		{"15 began", "welcome collect " + askAll, AtCard},
		{"began 15", "", AtCard},
		{"began 15 #", "keep:card ask-code", AtCode},
		{"began 15 silence", "keep:card ask-code", AtCode},
		{"began 19", "keep:card ask-code", AtCode},
		{"began 7 #", "silence collect " + askAll, AtCard},
		{"began 7 silence", "silence collect " + askAll, AtCard},
		{"began 7 *", "collect " + askAll, AtCard},
		{"began help", "collect do:care hold", WithCare},
		{"began 1 help", "", AtCard},
		{"began 15 # help", "", AtCode},
		{"began silence silence silence", "goodbye collect hangup", Over},
		{"began 1 # 1 # 1 #", "goodbye collect hangup", Over},
		{"began 15 # 3", "", AtCode},
		{"began 15 # 3 silence", "silence collect ask-code", AtCode},
		{"began 15 # 3 *", "collect ask-code", AtCode},
		{"began 15 # 4", "keep:code do:identify", Working},
		{"began 15 # 5", "", Working},
		{"began 15 # 4 new", "collect menu-activate menu-create menu-care menu-end", AtMenu},
		{"began 15 # 4 active", inMenu, AtMenu},
		{"began 15 # 4 both", "collect menu-unlock menu-care menu-end", AtMenu},
		{"began 15 # 4 nobody", "not-identified collect " + askAll, AtCard},
		{"began 15 # 4 failed", "broken goodbye collect hangup", Over},
		{"began 15 # 4 nobody 15 # 4 nobody 15 # 4 nobody", "not-identified collect do:care hold", WithCare},
		{in + "=1", "do:activate", Working},
		{in + "=1 activated", "activated " + inMenu, AtMenu},
		{in + "=1 unusable", "not-usable collect menu-activate menu-create menu-care menu-end", AtMenu},
		{in + "=2", "collect ask-pin", AtPIN},
		{in + "=2 4", "keep:pin ask-repeat", AtPINAgain},
		{in + "=2 3 #", "silence collect ask-pin", AtPIN},
		{in + "=2 3 silence", "silence collect ask-pin", AtPIN},
		{in + "=2 4 2 *", "collect ask-repeat", AtPINAgain},
		{in + "=2 4 4", "keep:again do:create", Working},
		{in + "=2 4 4 created", "pin-created pin-created-next collect menu-unlock menu-care menu-end", AtMenu},
		{in + "=2 4 4 mismatch", "mismatch collect ask-pin", AtPIN},
		{in + "=2 4 4 weak", "weak-pin collect ask-pin", AtPIN},
		{in + "=2 4 4 weak 4 4 mismatch 4 4 weak", "weak-pin too-often goodbye collect hangup", Over},
		{in + "=2 4 4 weak 4 4 broken =2 4 4 weak 4 4 weak", "weak-pin too-often goodbye collect hangup", Over},
		{in + "=2 4 4 exists", "pin-exists collect menu-unlock menu-care menu-end", AtMenu},
		{in + "=2 silence silence silence", "goodbye collect hangup", Over},
		{"began 15 # 4 both =2", "pin-exists collect menu-unlock menu-care menu-end", AtMenu},
		{"began 15 # 4 both =3", "do:unlock", Working},
		{"began 15 # 4 both =3 unlocked", "unlocked collect menu-unlock menu-care menu-end", AtMenu},
		{in + "=3 nopin", "no-pin " + inMenu, AtMenu},
		{in + "=0", "collect do:care hold", WithCare},
		{in + "=0 4 # * silence", "care-closed goodbye collect hangup", Over},
		{in + "=0 back", "care-done " + inMenu, AtMenu},
		{in + "=0 dismissed", "not-identified goodbye collect hangup", Over},
		{in + "=4", "not-offered " + inMenu, AtMenu},
		{in + "=4 =# =*", "goodbye collect hangup", Over},
		{in + "=9", "goodbye collect hangup", Over},
		{in + strings.Repeat("=1 activated ", ChoicesMax) + "=1", "too-often goodbye collect hangup", Over},
		{in + "back", "", AtMenu},
		{in + "=2 4 hangup", "collect hangup", Over},
		{"began hangup hangup", "", Over},
	} {
		s, effects := play(t, State{Care: true}, c.happens)
		assert.Equal(t, c.comes, words(effects), c.happens)
		assert.Equal(t, c.at, s.Step, c.happens)
	}
}

// Without customer care nobody is sent there.
func TestDialogueWithoutCare(t *testing.T) {
	for happens, comes := range map[string]string{
		"began":      "welcome collect ask-card",
		"began help": "care-closed collect ask-card",
		"began 15 # 4 nobody 15 # 4 nobody 15 # 4 nobody": "not-identified goodbye collect hangup",
		in:        "collect menu-create menu-end",
		in + "=0": "care-closed collect menu-create menu-end",
	} {
		_, effects := play(t, State{}, happens)
		assert.Equal(t, comes, words(effects), happens)
	}
}

func TestLengthAndWait(t *testing.T) {
	s, _ := play(t, State{}, "began")
	assert.Equal(t, firstDigitWait, s.Wait())
	assert.Zero(t, s.Length())
	s, _ = play(t, s, "1")
	assert.Equal(t, interDigitWait, s.Wait())
	s, _ = play(t, s, "14 #")
	assert.EqualValues(t, channel.CodeDigits, s.Length())
	s, _ = play(t, s, "4")
	assert.Zero(t, s.Wait())
	s, _ = play(t, s, "active")
	assert.EqualValues(t, 1, s.Length())
	assert.Equal(t, firstDigitWait, s.Wait())
	s, _ = play(t, s, "=2")
	assert.EqualValues(t, hsm.PINDigits, s.Length())
	s, _ = play(t, State{Care: true}, "began help")
	assert.Equal(t, careWait, s.Wait())
}

// TestDialogueHolds: whatever happens in whatever order, nobody does anything with a
// card before he was identified, tries are bounded, an entry is complete when it is
// kept, and silence ends the call.
func TestDialogueHolds(t *testing.T) {
	word := rapid.OneOf(rapid.SampledFrom([]string{"4", "15", "=1", "=2", "=3", "=0", "=9", "=7"}), rapid.SampledFrom(slices.Sorted(maps.Keys(events))))
	rapid.Check(t, func(r *rapid.T) {
		s := State{Care: rapid.Bool().Draw(r, "care")}
		identified, tried, made := false, 0, 0
		step := func(e Event) {
			before := s
			next, effects := s.Next(e)
			s = next
			_, byCode := e.(Identified)
			_, byAgent := e.(HandedBack)
			identified = identified || byCode && before.Step == Working || byAgent && before.Step == WithCare
			for _, effect := range effects {
				switch x := effect.(type) {
				case Do:
					if x.Task == Identify {
						tried++
					} else if x.Task != CallCare && !identified {
						r.Fatalf("task %d before the caller was identified", x.Task)
					}
					if x.Task == CreatePIN {
						made++
					}
				case Keep:
					if least := map[Entry]uint8{CardNumber: 8, Code: 4, PIN: 4, PINAgain: 4}[x.As]; before.Digits+1 < least {
						r.Fatalf("entry %d kept with %d digits", x.As, before.Digits)
					}
				}
			}
			switch {
			case before.Step == Over && len(effects) > 0:
				r.Fatal("something happens after the end")
			case tried > TriesMax:
				r.Fatal("too many tries to identify oneself")
			case made > ChoicesMax+TriesMax:
				r.Fatal("too many PINs")
			case s.Digits > cardDigitsMax || (s.Step >= AtPIN) && s.Step != Over && s.Step != WithCare && s.Step != Working && !identified:
				r.Fatalf("step %d, %d digits, identified %v", s.Step, s.Digits, identified)
			}
		}
		step(Began{})
		for _, w := range rapid.SliceOfN(word, 0, 60).Draw(r, "words") {
			var digits int
			if _, err := fmt.Sscanf(w, "%d", &digits); err == nil {
				for range digits {
					step(Digit{})
				}
				continue
			}
			if key, choice := strings.CutPrefix(w, "="); choice {
				step(Choice{key[0]})
				continue
			}
			step(events[w])
		}
		if s.Step == Working {
			step(NotIdentified{Broken: true})
			step(Done{OutOfOrder, Standing{}})
		}
		for range 3 * SilentMax {
			step(Silence{})
		}
		if s.Step != Over {
			r.Fatalf("silence does not end the call at step %d", s.Step)
		}
	})
}
