package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/issuer/httpd"
)

// holds answers `has WHAT` and `lacks WHAT` in their own words where that is so, and
// with what there is where it is not.
func holds(name string, args Args, all []string, has func(want string) bool) (string, string, error) {
	if len(args) < 2 || args[0] != "has" && args[0] != "lacks" {
		return "", "", fmt.Errorf("%w: want has or lacks, and what", errArguments)
	}
	want := strings.Join(args[1:], " ")
	if has(want) == (args[0] == "has") {
		return name + " " + strings.Join(args, " "), "", nil
	}
	return name + " " + strings.Join(all, ", "), "", nil
}

// among reports whether something is one of all.
func among(all []string) func(string) bool {
	return func(want string) bool { return slices.Contains(all, want) }
}

// known refuses a name that there is not: that something lacks it would always hold.
func known(args Args, names []string) error {
	if len(args) < 2 || slices.Contains(names, args[1]) {
		return nil
	}
	return fmt.Errorf("%w: there is no such name%s: want one of %s", errArguments, hint(args[1], names), strings.Join(names, ", "))
}

func cameHeard(_ context.Context, w *World, args Args) (string, string, error) {
	if !w.last.call {
		return "", "", errors.New("the last thing was no call")
	}
	heard := strings.Join(w.last.said, " ")
	return holds("heard", args, w.last.said, func(want string) bool { return strings.Contains(heard, want) })
}

func cameOffered(_ context.Context, w *World, _ Args) (string, string, error) {
	if len(w.last.offered) == 0 {
		return "offered none: the terminal did not ask", "", nil
	}
	return fmt.Sprintf("offered %d", w.last.offered[len(w.last.offered)-1]), "", nil
}

func cameAction(_ context.Context, w *World, _ Args) (string, string, error) {
	return strings.TrimSpace("action " + w.last.action), "", nil
}

func cameARC(_ context.Context, w *World, _ Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	return "arc " + w.last.receipt.Result.ARC.String(), "", nil
}

func cameTVR(_ context.Context, w *World, args Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	if err := known(args, emv.TVR{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}.Names()); err != nil {
		return "", "", err
	}
	set := w.last.receipt.Result.TVR.Names()
	return holds("tvr", args, set, among(set))
}

func cameTSI(_ context.Context, w *World, args Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	if err := known(args, emv.TSI{0xFF, 0xFF}.Names()); err != nil {
		return "", "", err
	}
	set := w.last.receipt.Result.TSI.Names()
	return holds("tsi", args, set, among(set))
}

func cameCVM(_ context.Context, w *World, _ Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	return fmt.Sprintf("cvm %X", w.last.receipt.Result.CVMResults[:]), "", nil
}

func cameReversal(_ context.Context, w *World, _ Args) (string, string, error) {
	switch {
	case w.last.receipt == nil:
		return "", "", errNoPurchase
	case w.last.receipt.Result.ReversalDue:
		return "reversal due", "", nil
	}
	return "reversal none", "", nil
}

func cameReceipt(_ context.Context, w *World, args Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	var text bytes.Buffer
	if err := w.last.receipt.WriteText(&text); err != nil {
		return "", "", err
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	squeezed := make([]string, len(lines))
	for i, l := range lines {
		squeezed[i] = strings.Join(strings.Fields(l), " ")
	}
	return holds("receipt", args, squeezed, func(want string) bool {
		return slices.ContainsFunc(squeezed, func(l string) bool { return strings.Contains(l, want) })
	})
}

// travelledNames lists what travelled in the last purchase or order: commands to the
// card, with _ for spaces, or types of messages.
func (w *World) travelledNames(place timeline.Place) ([]string, error) {
	events, err := w.timeline.Events(w.last.from)
	var names []string
	for _, e := range events {
		switch {
		case e.Place != place:
		case place == timeline.Card && e.Response != "":
			names = append(names, strings.ReplaceAll(e.Command, " ", "_"))
		case place == timeline.Message && e.Message != nil:
			names = append(names, e.Message.Value)
		}
	}
	return names, err
}

func cameCommands(_ context.Context, w *World, args Args) (string, string, error) {
	if len(args) > 1 && !apdu.KnownName(strings.ReplaceAll(args[1], "_", " ")) {
		return "", "", fmt.Errorf("%w: no command has this name; names are those of EMV with _ for each space, as GENERATE_AC", errArguments)
	}
	names, err := w.travelledNames(timeline.Card)
	if err != nil {
		return "", "", err
	}
	return holds("card-saw", args, names, func(want string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n == want || strings.HasPrefix(n, want+"_") })
	})
}

func cameMessages(_ context.Context, w *World, args Args) (string, string, error) {
	if len(args) > 1 && (len(args[1]) != 4 || strings.Trim(args[1], "0123456789") != "") {
		return "", "", fmt.Errorf("%w: want a message type of four digits", errArguments)
	}
	names, err := w.travelledNames(timeline.Message)
	if err != nil {
		return "", "", err
	}
	return holds("travelled", args, names, among(names))
}

// stateOf reads the name that an expectation begins with.
func (w *World) stateOf(ctx context.Context, args Args) (CardState, error) {
	if len(args) == 0 {
		return CardState{}, fmt.Errorf("%w: want the name of somebody with a card", errArguments)
	}
	if err := w.opened(); err != nil {
		return CardState{}, err
	}
	h, err := w.person(args[0])
	if err != nil {
		return CardState{}, err
	}
	return w.state(ctx, h)
}

func cameChip(ctx context.Context, w *World, args Args) (string, string, error) {
	s, err := w.stateOf(ctx, args)
	if err != nil {
		return "", "", err
	}
	if len(args) < 2 {
		return "chip " + s.Name + " " + s.chip(), "", nil // for `show`
	}
	pick := func(yes bool, ifSo, ifNot string) string {
		if yes {
			return ifSo
		}
		return ifNot
	}
	value, ok := map[string]string{
		"pin": pick(s.PINSet, "set", "none"), "tries": strconv.Itoa(s.Tries), "blocked": pick(s.Blocked, "yes", "no"), "scripts": strconv.Itoa(s.Scripts),
	}[args[1]]
	if !ok {
		return "", "", fmt.Errorf("%w: want pin, tries, blocked or scripts", errArguments)
	}
	return strings.Join([]string{"chip", s.Name, args[1], value}, " "), "", nil
}

// chip says what the chip remembers.
func (s CardState) chip() string {
	text := "no PIN"
	if s.PINSet {
		text = fmt.Sprintf("PIN set, %d tries", s.Tries)
	}
	if s.Blocked {
		text += ", blocked"
	}
	return fmt.Sprintf("%s, ATC %d", text, s.ATC)
}

func cameIssuer(ctx context.Context, w *World, args Args) (string, string, error) {
	s, err := w.stateOf(ctx, args)
	return "issuer " + s.Name + " " + s.Phase, "", err
}

func cameCardStatus(ctx context.Context, w *World, args Args) (string, string, error) {
	s, err := w.stateOf(ctx, args)
	return "card-status " + s.Name + " " + s.Status, "", err
}

func cameWrongPINs(ctx context.Context, w *World, args Args) (string, string, error) {
	s, err := w.stateOf(ctx, args)
	return fmt.Sprintf("wrong-pins %s %d", s.Name, s.WrongTries), "", err
}

func cameJournal(ctx context.Context, w *World, args Args) (string, string, error) {
	if err := w.opened(); err != nil {
		return "", "", err
	}
	if len(args) == 0 {
		return "", "", fmt.Errorf("%w: want a name, has or lacks, and a text", errArguments)
	}
	h, err := w.person(args[0])
	if err != nil {
		return "", "", err
	}
	var entries []httpd.Entry
	if err := w.askOperator(ctx, http.MethodGet, "/v1/cards/"+h.handout.Card+"/journal", &entries); err != nil {
		return "", "", err
	}
	lines := make([]string, len(entries))
	for i, e := range slices.Backward(entries) { // oldest first
		lines[len(entries)-1-i] = strings.TrimSpace(e.Kind + " " + e.Detail)
	}
	if len(args) == 1 {
		return "journal " + args[0] + " " + strings.Join(lines, "; "), "", nil
	}
	came, _, err := holds("journal "+args[0], args[1:], lines, func(want string) bool {
		return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, want) })
	})
	return came, "", err
}
