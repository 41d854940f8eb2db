// Package oplog is the operator's log: key/value lines from which secrets are
// kept out, whoever forgets himself. What may be printed is listed: values of a
// few types, under keys that do not name a secret, without long runs of digits.
//
// The log tells operators what the machine does; what was decided about a card is
// told by the journal of issuer/store.
package oplog

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/account"
)

// New returns a logger that writes a line in logfmt for each event, with the time
// by now, and keeps secrets out as Redacting does.
func New(w io.Writer, now func() time.Time) kitlog.Logger {
	lines := kitlog.NewLogfmtLogger(kitlog.NewSyncWriter(w))
	return Redacting(kitlog.WithPrefix(lines, "ts", kitlog.TimestampFormat(func() time.Time { return now().UTC() }, time.RFC3339)))
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
