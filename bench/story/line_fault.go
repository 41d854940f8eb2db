package story

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/issuer/message"
)

// lineFault is something that goes wrong with a message.
type lineFault struct {
	action string
	at     int    // byte that is damaged, or how many bytes get through
	kind   string // of messages that it may strike: request, answer or digits of the type
	number int    // which of these messages
	stay   bool   // the line stays down

	edit func(message.Message) error // of actionEdit
	word string                      // for what edit does
	what string
}

// The actions of a lineFault.
const (
	actionLose      = string(plan.Lose)
	actionCut       = string(plan.Cut)
	actionDouble    = string(plan.Double)
	actionCorrupt   = string(plan.Corrupt)
	actionDelay     = string(plan.Delay)
	actionReorder   = string(plan.Reorder)
	actionDowngrade = string(plan.Downgrade)
	actionEdit      = "" // what a verb of its own does to an answer
)

// actionEffect is what an action does: in words, in one, and whether the line is dead
// behind it.
type actionEffect struct {
	what, word string
	kills      bool
	kinds      []string // that it is for; none is all
}

// effects lists the actions.
func effects() map[string]actionEffect {
	return map[string]actionEffect{
		actionLose:      {what: "is lost, and the line is dead", word: "lost", kills: true},
		actionCut:       {what: "is cut off, and the line is dead", word: "cut", kills: true},
		actionDouble:    {what: "arrives twice", word: "twice"},
		actionCorrupt:   {what: "arrives damaged", word: "damaged"},
		actionDelay:     {what: "comes too late", word: "late", kinds: []string{"answer"}},
		actionReorder:   {what: "arrives behind the next one", word: "held", kinds: []string{"request", "advice"}},
		actionDowngrade: {what: "loses its cryptogram", word: "downgraded", kinds: []string{"answer"}},
	}
}

// parseLineFault reads ACTION MESSAGE [N] [stay].
func parseLineFault(words []string) (f lineFault, err error) {
	all := effects()
	if len(words) > 0 {
		action, _, _ := strings.Cut(words[0], "=")
		if _, ok := all[action]; !ok {
			return f, fmt.Errorf("%w: there is no such action%s: want one of %s", errArguments, hint(action, slices.Collect(maps.Keys(all))), strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
	}
	p, err := plan.ParseLine(words)
	if err != nil {
		return f, fmt.Errorf("%w: %w", errArguments, err)
	}
	f = lineFault{action: string(p.Action), at: p.Bytes, kind: p.Message, number: p.Number, stay: p.Stay}
	if p.Action == plan.Downgrade {
		f.edit = plan.WithoutIssuerAuthentication
	}
	return f, f.checkKind(all[f.action])
}

// checkKind checks which message a fault is to strike.
func (f lineFault) checkKind(e actionEffect) error {
	if len(e.kinds) > 0 && !slices.Contains(e.kinds, f.kind) && !slices.Contains(e.kinds, plan.NameOf(f.kind)) {
		return fmt.Errorf("%w: `%s` is for %s", errArguments, f.action, strings.Join(e.kinds, " or "))
	}
	return nil
}

// is reports whether the fault is for a message of a type.
func (f lineFault) is(kind string) bool { return plan.Fault{Message: f.kind}.Strikes(kind) }

// String names the fault, for one that never struck.
func (f lineFault) String() string {
	if f.action == actionEdit {
		return f.word
	}
	return f.action + " " + f.kind
}

// effect returns what the fault does, in words and in one.
func (f lineFault) effect() (what, word string) {
	if f.action == actionEdit {
		return f.what, f.word
	}
	e := effects()[f.action]
	return e.what, e.word
}

// answerTo returns the type of the answer to a message.
func answerTo(kind string) string {
	if len(kind) != 4 {
		return ""
	}
	return kind[:2] + string(kind[2]+1) + "0"
}

// nameOfKind names a message for people.
func nameOfKind(kind string) string {
	if name := plan.NameOf(kind); name == "request" || name == "answer" {
		return "the " + name
	}
	return "the message " + kind
}
