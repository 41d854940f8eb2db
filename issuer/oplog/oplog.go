// Package oplog is the operator's log: key/value lines from which secrets are
// kept out, whoever forgets himself. What may be printed is listed: values of a
// few types, under keys that do not name a secret, without long runs of digits.
//
// The log tells operators what the machine does; what was decided about a card is
// told by the journal of issuer/store.
package oplog

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/f510b0cf/till/emv/account"
)

// Options say how a log is written. The zero Options are lines in logfmt, from
// level info on.
type Options struct {
	Format string // "logfmt" or "json"; empty is logfmt
	Level  string // the lowest that is written, one of Levels; empty is info
}

// Levels are the names of the levels, the lowest first. An event that names none is
// an error where it has one, under "err", and else info.
func Levels() []string { return []string{"debug", "info", "warn", "error"} }

// New returns a logger that writes a line for each event, with the time by now, and
// keeps secrets out as Redacting does.
func New(w io.Writer, now func() time.Time, o Options) (kitlog.Logger, error) {
	lowest := slices.Index(Levels(), cmp.Or(o.Level, "info"))
	if lowest < 0 {
		return nil, fmt.Errorf("make log: no level %q: take one of %s", o.Level, strings.Join(Levels(), ", "))
	}
	var lines kitlog.Logger
	switch w := kitlog.NewSyncWriter(w); o.Format {
	case "", "logfmt":
		lines = kitlog.NewLogfmtLogger(w)
	case "json":
		lines = kitlog.NewJSONLogger(w)
	default:
		return nil, fmt.Errorf("make log: no format %q: take logfmt or json", o.Format)
	}
	lines = kitlog.WithPrefix(lines, "ts", kitlog.TimestampFormat(func() time.Time { return now().UTC() }, time.RFC3339))
	return levelled{Redacting(lines), lowest}, nil
}

// levelled passes on the events of a level and those above it, with their level at
// the start.
type levelled struct {
	next   kitlog.Logger
	lowest int // of Levels
}

// Log passes the pairs on.
func (l levelled) Log(pairs ...any) error {
	name, rest := levelOf(pairs)
	if slices.Index(Levels(), name) < l.lowest {
		return nil
	}
	return l.next.Log(append([]any{"level", name}, rest...)...)
}

// levelOf returns the level of an event, and its other pairs.
func levelOf(pairs []any) (name string, rest []any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch pairs[i] {
		case level.Key():
			return fmt.Sprint(pairs[i+1]), slices.Delete(slices.Clone(pairs), i, i+2)
		case "err":
			if pairs[i+1] != nil {
				return "error", pairs
			}
		}
	}
	return "info", pairs
}

// Redacting returns a logger that passes on what may be printed: booleans,
// integers, times, durations, account references, texts and errors. Of a text,
// runs of digits or hexadecimal digits that are long enough for a PIN block, a key
// or an account number are masked; a value of another type, or under a key that
// names a secret, is replaced by its type.
func Redacting(next kitlog.Logger) kitlog.Logger { return redacting{next} }

type redacting struct{ next kitlog.Logger }

// Log passes the pairs on, each value as it may be printed.
func (r redacting) Log(pairs ...any) error {
	allowed := slices.Clone(pairs)
	for i := 1; i < len(allowed); i += 2 {
		allowed[i] = redact(fmt.Sprint(allowed[i-1]), allowed[i])
	}
	return r.next.Log(allowed...)
}

// secretKeys name what a log never holds.
var secretKeys = []string{"pin", "pan", "key", "password", "token", "track2", "message", "record", "apdu", "block", "script"}

// redact returns what is printed of a value.
func redact(key string, value any) any {
	if slices.Contains(secretKeys, strings.ToLower(key)) {
		return hidden(value)
	}
	switch v := value.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, time.Time, time.Duration, account.Ref:
		return v
	case string:
		return mask(v)
	case error:
		return mask(v.Error())
	case fmt.Stringer:
		return mask(v.String())
	}
	return hidden(value)
}

// hidden is what stands in place of a value.
func hidden(value any) string { return fmt.Sprintf("[%T]", value) }

// textMax is the longest text of a line, in bytes.
const textMax = 512

// digitRun matches digits that may be a PIN block, a key or an account number. The
// identification of a terminal (DE 41) has eight characters and stays.
var digitRun = regexp.MustCompile(`[0-9A-Fa-f]{16,}|[0-9]{9,}`)

func mask(text string) string {
	text = digitRun.ReplaceAllString(text, "[masked]") // before it is cut: a piece of a run may be shorter
	if len(text) > textMax {
		text = text[:textMax] + "..."
	}
	return text
}
