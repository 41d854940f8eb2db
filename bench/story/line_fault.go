package story

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	actionLose      = "lose"
	actionCut       = "cut"
	actionDouble    = "double"
	actionCorrupt   = "corrupt"
	actionDelay     = "delay"
	actionReorder   = "reorder"
	actionDowngrade = "downgrade"
	actionEdit      = "" // what a verb of its own does to an answer
)

// kindAny is the kind of a fault that may strike any message.
const kindAny = "message"

// actionEffect is what an action does: in words, in one, and whether the line is dead
// behind it.
type actionEffect struct {
	what, word string
	kills      bool
	kinds      []string // that it is for; none is all
	counts     bool     // it takes a number of bytes
}

// effects lists the actions.
func effects() map[string]actionEffect {
	return map[string]actionEffect{
		actionLose:      {what: "is lost, and the line is dead", word: "lost", kills: true},
		actionCut:       {what: "is cut off, and the line is dead", word: "cut", kills: true, counts: true},
		actionDouble:    {what: "arrives twice", word: "twice"},
		actionCorrupt:   {what: "arrives damaged", word: "damaged", counts: true},
		actionDelay:     {what: "comes too late", word: "late", kinds: []string{"answer"}},
		actionReorder:   {what: "arrives behind the next one", word: "held", kinds: []string{"request", "advice"}},
		actionDowngrade: {what: "loses its cryptogram", word: "downgraded", kinds: []string{"answer"}},
	}
}

// kinds are the last three digits of the types of messages that have a name here; the
// first digit is the edition of the standard.
func kinds() map[string]string {
	return map[string]string{"request": "100", "answer": "110", "advice": "120", "reversal": "420"}
}

// parseLineFault reads ACTION MESSAGE [N] [stay].
func parseLineFault(words []string) (f lineFault, err error) {
	f.number = 1
	if n := len(words); n > 2 && words[n-1] == "stay" {
		f.stay, words = true, words[:n-1]
	}
	if n := len(words); n == 3 {
		if f.number, err = strconv.Atoi(words[2]); err != nil || f.number < 1 || f.number > lineNumberMax {
			return f, fmt.Errorf("%w: want the number of the message, 1 to %d", errArguments, lineNumberMax)
		}
		words = words[:2]
	}
	all := effects()
	if len(words) != 2 {
		return f, fmt.Errorf("%w: want one of %s, then a message", errArguments, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	action, bytes, counted := strings.Cut(words[0], "=")
	e, ok := all[action]
	if !ok {
		return f, fmt.Errorf("%w: there is no such action%s: want one of %s", errArguments, hint(action, slices.Collect(maps.Keys(all))), strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	f.action, f.kind = action, words[1]
	if action == actionDowngrade {
		f.edit = withoutARPC
	}
	if counted || action == actionCut {
		if f.at, err = strconv.Atoi(bytes); err != nil || !e.counts || f.at < 0 || f.at > message.BytesMax {
			return f, fmt.Errorf("%w: `cut` wants the number of bytes that get through, as in `cut=20`; `corrupt` takes the one that is damaged", errArguments)
		}
	}
	return f, f.checkKind(e)
}

// lineNumberMax bounds the number of a message that a fault waits for.
const lineNumberMax = 1000

// checkKind checks which message a fault is to strike.
func (f lineFault) checkKind(e actionEffect) error {
	_, named := kinds()[f.kind]
	if !named && f.kind != kindAny && (len(f.kind) != 4 || strings.Trim(f.kind, "0123456789") != "") {
		return fmt.Errorf("%w: want request, answer, advice, reversal, message or a message type of four digits", errArguments)
	}
	if len(e.kinds) > 0 && !slices.ContainsFunc(e.kinds, func(kind string) bool { return f.kind == kind || strings.HasSuffix(f.kind, kinds()[kind]) }) {
		return fmt.Errorf("%w: `%s` is for %s", errArguments, f.action, strings.Join(e.kinds, " or "))
	}
	return nil
}

// is reports whether the fault is for a message of a type.
func (f lineFault) is(kind string) bool {
	if digits, ok := kinds()[f.kind]; ok {
		return strings.HasSuffix(kind, digits)
	}
	return f.kind == kindAny || f.kind == kind
}

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

// messageType returns the four digits that a message begins with, in ASCII, in EBCDIC
// or two to a byte.
func messageType(packed []byte) string {
	const digits = 4
	if len(packed) < digits {
		return ""
	}
	switch packed[0] >> 4 {
	case 0x3:
		return string(packed[:digits])
	case 0xF:
		return string([]byte{packed[0]&0x0F + '0', packed[1]&0x0F + '0', packed[2]&0x0F + '0', packed[3]&0x0F + '0'})
	}
	return fmt.Sprintf("%X", packed[:digits/2])
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
	for _, name := range []string{"request", "answer"} {
		if strings.HasSuffix(kind, kinds()[name]) {
			return "the " + name
		}
	}
	return "the message " + kind
}
