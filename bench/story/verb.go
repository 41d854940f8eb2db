package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/terminal/profile"
)

// Verb is something that can be done in a World.
type Verb struct {
	Name  string
	Usage string // of its arguments
	Doc   string // one sentence
	Looks bool   // it only looks at what came before, and takes no time
	Do    func(ctx context.Context, w *World, args Args) (Result, error)
}

// Verbs returns all verbs, in the order in which a story uses them.
func Verbs() []Verb {
	return []Verb{
		{"issue", "NAME [under=NAME] [profile=PROFILE] [login=none]", "Makes a member and personalises a card for him, supplementary where it is under somebody. Without a login he registers with the identification code of his card.", false, issue},
		{"open", "[OPTION=VALUE...]", "Opens the issuer for terminals and members, and sets up the terminal; the options are `terminal` and the switches of the issuer: `online-pin`, `template`, `require-old-pin`, `deliver-on-decline`, `attempts`, `current-pin`, `dialect`, `care`.", false, open},
		{"activate", "NAME [card=NAME]", "A member activates his card, or that of somebody else.", false, activate},
		{"create-pin", "NAME PIN [card=NAME]", "A member creates the PIN of his card, or of somebody else's.", false, createPIN},
		{"change-pin", "NAME PIN [card=NAME]", "A member changes the PIN of his card, or of somebody else's.", false, changePIN},
		{"unblock-pin", "NAME [card=NAME]", "A member asks for new PIN tries on his card, or on somebody else's.", false, unblockPIN},
		{"call", "NAME KEY...", "Somebody calls the issuer, and presses what each word says: keys, `card` for the number of his card, `code` for the digits on it, `silence`; with `agent` he answers customer care, with `agent=NAME` in another's name.", false, call},
		{"operator", "block|unblock|lost|stolen|close|retry|reset-tries NAME", "An operator of the issuer does something to a card.", false, operate},
		{"enter", "PIN|bypass|cancel...", "Prepares what the cardholder enters at the next insertion.", false, enter},
		{"choose", "LABEL|none...", "Prepares which application the cardholder chooses when the terminal asks him, by a part of its label with `_` for spaces.", false, choose},
		{"fault", "line ACTION MESSAGE [N] [stay] | card PLAN... | host disk-full|slow", "Prepares a fault of the next purchase: of the line, of the card as docs/faults.md has them, or of the host's store.", false, prepareFault},
		{"pull", "before|after COMMAND", "Prepares that the card is pulled at a command of the next insertion.", false, pull},
		{"kill", "host before|after | terminal N", "Prepares that the host is killed at the next request, before or after it has written down its decision, or the terminal at its N-th write to its journal; it is started again behind the purchase.", false, kill},
		{"script", "NAME SCRIPT...", "Prepares further scripts in the next answer, in a template 72 each, made with the keys of somebody's card: `unblock-application`, `block-application`, `reset-tries`, `last` for what came to that card last, `truncated`, `garbage` or `hex=HEX`.", false, addScripts},
		{"line", "down|up", "Cuts the line between terminal and host, or mends it.", false, setLine},
		{"insert", "NAME AMOUNT [type=TYPE] [cashback=AMOUNT]", "Makes a purchase, or a transaction of another type, with the card in the reader: somebody's or, by the name `reader`, one that nobody here has issued.", false, insert},
		{"tap", "NAME AMOUNT [type=TYPE]", "Makes a purchase with the card held to the reader.", false, tap},
		{"order", "NAME AMOUNT [OPTION=VALUE...]", "Makes a purchase without the card; the options are `cid`, which can be `right`, `eci`, `aevv`, and `pin` for a PIN block, which has no business there.", false, order},
		{"restart", "host|terminal", "Ends the host, or the terminal, and starts it again on what it has written.", false, restart},
		{"rotate-keys", "storage|pin|data|masters|bdk-tdes|bdk-aes", "Draws a new key of a kind for the issuer, whose old ones go on; the host is stopped for that.", false, rotateKeys},
		{"terminal", "PROFILE", "Goes to another terminal, which is set up where it was not there yet.", false, changeTerminal},
		{"advance", "DURATION", "Moves the clock on, such as by `36h`.", false, advance},
		{"backup", "host | card NAME", "Keeps a copy of the issuer's data, or of a card.", false, backup},
		{"restore", "host | card NAME", "Puts the copy back: the issuer's by its own procedure, a card's file as it was.", false, restore},
		{"expect", "WHAT...", "Checks what the last purchase, order or request came to.", true, expect},
		{"show", "WHAT...", "Tells, for a result below `----`, what `expect` would compare.", true, show},
		{"scan", "", "Looks for every secret in what issuer, terminal and cards have written, and in the timeline.", false, scan},
	}
}

// Result is what a verb did.
type Result struct {
	Means  string         // what it came to, in a few words; empty where nothing is to be told
	Detail map[string]any // the same for programs
	Lines  []string       // of the transcript; nil is Means
}

// transcript returns the lines that the verb adds to the result of its block.
func (r Result) transcript() []string {
	if r.Lines == nil && r.Means != "" {
		return []string{r.Means}
	}
	return r.Lines
}

// Args are the words behind a verb.
type Args []string

// errArguments says that a verb's arguments are wrong. What they are is not told:
// there may be a PIN among them.
var errArguments = errors.New("arguments are wrong")

// take returns the first words, of which there must be n, and the options behind
// them, each of which must be allowed.
func (a Args) take(n int, allowed ...string) ([]string, map[string]string, error) {
	if len(a) < n {
		return nil, nil, fmt.Errorf("%w: %s, want %d", errArguments, count(len(a), "word"), n)
	}
	options := map[string]string{}
	for _, word := range a[n:] {
		name, value, ok := strings.Cut(word, "=")
		if !ok || !slices.Contains(allowed, name) {
			return nil, nil, fmt.Errorf("%w: a word too many, or an option that is none", errArguments)
		}
		options[name] = value
	}
	return a[:n], options, nil
}

// count is a number of things for people.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// parsePIN reads a PIN.
func parsePIN(word string) (pin.PIN, error) {
	p, err := pin.Parse([]byte(word))
	if err != nil {
		return p, fmt.Errorf("%w: want a PIN of digits", errArguments)
	}
	return p, nil
}

// parseAmount reads an amount in the terminal's currency.
func (w *World) parseAmount(word string) (uint64, error) {
	return profile.ParseAmount(word, w.till.profile.CurrencyExponent)
}

// person returns somebody who has a card.
func (w *World) person(name string) (*holder, error) {
	h, ok := w.people[name]
	if name == theReader {
		return nil, errNotOurs
	}
	if !ok {
		return nil, fmt.Errorf("%w: nobody of that name has a card: use `issue` first", errArguments) // it may be a PIN in the wrong place
	}
	return h, nil
}

// opened refuses verbs that need an open issuer.
func (w *World) opened() error {
	if w.issuer == nil || w.till == nil {
		return errors.New("the issuer is not open: use `open` first")
	}
	return nil
}

// verbTakes is how long a verb takes on the world's clock.
const verbTakes = time.Second
