package pinpad

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
	"github.com/f510b0cf/till/terminal/profile"
)

// attemptsMax is how often something that can not be an answer may be typed.
const attemptsMax = 10

var errAttempts = errors.New("too many answers that were none")

// TTY is a cardholder at a terminal of the operating system.
type TTY struct {
	In  *os.File  // where answers are typed
	Out io.Writer // where questions and messages go
}

// PIN asks for a PIN without echo. An empty line skips the entry where that is
// allowed; what is no PIN is asked for again.
func (t TTY) PIN(ctx context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	for range attemptsMax {
		line, err := keyboard.ReadHidden(ctx, t.In, t.Out, promptText(p))
		if err != nil {
			return kernel.PINEntry{}, fmt.Errorf("read PIN: %w", err)
		}
		entry, err := ParseEntry(line)
		switch {
		case err != nil:
			fmt.Fprintf(t.Out, "That is no PIN: %v.\n", err)
		case line.Len() == 0 && !p.Bypass:
			fmt.Fprintln(t.Out, "This terminal does not allow to skip the PIN.")
		default:
			return entry, nil
		}
	}
	return kernel.PINEntry{}, fmt.Errorf("read PIN: %w", errAttempts)
}

// ParseEntry reads a line as the entry of a PIN, an empty one as its bypass.
func ParseEntry(line secret.Value) (entry kernel.PINEntry, err error) {
	if line.Len() == 0 {
		return kernel.Bypassed(), nil
	}
	line.Open(func(digits []byte) {
		var p pin.PIN
		p, err = pin.Parse(digits)
		entry = kernel.Entered(p)
	})
	if err != nil {
		return kernel.PINEntry{}, fmt.Errorf("want %d to %d digits", pin.DigitsMin, pin.DigitsMax)
	}
	return entry, nil
}

// promptText asks for a PIN: what for, how many tries are left, and how the
// entry is skipped.
func promptText(p kernel.PINPrompt) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\nPIN", CandidateName(p.Application), purposeText(p))
	var notes []string
	switch {
	case p.LastTry():
		notes = append(notes, "last try")
	case p.TriesLeft != kernel.TriesUnknown:
		notes = append(notes, fmt.Sprintf("%d tries left", p.TriesLeft))
	}
	if p.Bypass {
		notes = append(notes, "empty line to skip")
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	return b.String() + ": "
}

// purposeText says what a PIN is entered for: the amount of a purchase, and of
// another transaction its kind before the amount, if it has one.
func purposeText(p kernel.PINPrompt) string {
	amount := profile.FormatMoney(p.Amount, p.Currency, p.Exponent)
	switch {
	case p.Kind.IssuerOnly():
		return p.Kind.String()
	case p.Kind == emv.Purchase:
		return amount
	}
	return p.Kind.String() + ", " + amount
}

// SelectApplication lists the candidates and reads the number of one, or an
// empty line for none.
func (t TTY) SelectApplication(ctx context.Context, candidates []kernel.Candidate) (int, error) {
	for i, c := range candidates {
		fmt.Fprintf(t.Out, "%d  %s\n", i+1, CandidateName(c))
	}
	for range attemptsMax {
		line, err := keyboard.ReadLine(ctx, t.In, t.Out, fmt.Sprintf("Application 1 to %d (empty line for none): ", len(candidates)))
		if err != nil {
			return kernel.NoApplication, err
		}
		if line == "" {
			return kernel.NoApplication, nil
		}
		if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(candidates) {
			return n - 1, nil
		}
	}
	return kernel.NoApplication, fmt.Errorf("select application: %w", errAttempts)
}

// CandidateName returns the name under which a cardholder sees an application:
// the preferred one, the label, or the AID. EMV Book 1, 12.4.
func CandidateName(c kernel.Candidate) string {
	switch {
	case c.PreferredName != "":
		return c.PreferredName
	case c.Label != "":
		return c.Label
	}
	return fmt.Sprintf("%X", c.Name)
}

// Show writes a message.
func (t TTY) Show(_ context.Context, m kernel.Message) { fmt.Fprintln(t.Out, Text(m)) }
