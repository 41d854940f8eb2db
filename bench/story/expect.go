package story

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
)

// outcome is what a purchase, an order or a request came to.
type outcome struct {
	receipt    *terminal.Receipt // of a purchase at the terminal, else nil
	prompts    []kernel.PINPrompt
	offered    []int  // applications, each time that one was asked for
	action     string // code of the host's decision; empty where there was none
	order      bool
	approved   bool // an order
	unanswered bool // an order
	killed     bool // the terminal was
	call       bool
	said       []string // by the phone, at the end of a call
	refusal    *refusal
	from       int  // position of the timeline where it began
	expected   bool // a line said what it comes to, or it needs none
}

// cancelled reports whether the cardholder ended it.
func (o *outcome) cancelled() bool {
	return o.receipt != nil && errors.Is(o.receipt.Result.Cause, errCancelled)
}

// String says in a few words what it came to.
func (o *outcome) String() string {
	switch {
	case o.refusal != nil:
		return "refused " + o.refusal.form.Error.Code
	case o.cancelled():
		return "cancelled"
	case o.call:
		return "heard has " + strings.Join(o.said[:min(1, len(o.said))], "")
	case o.killed:
		return "killed"
	case o.unanswered:
		return "unanswered"
	case o.receipt != nil && o.receipt.Result.Outcome.Approved(), o.order && o.approved:
		return "approved"
	case o.receipt != nil && o.receipt.Result.Outcome == kernel.DeclinedOffline:
		return "declined offline"
	case o.receipt != nil && o.receipt.Result.Outcome == kernel.DeclinedOnline, o.order:
		return "declined " + o.action
	case o.receipt != nil:
		return o.receipt.Result.Outcome.String()
	}
	return "nothing to decide upon"
}

// Expectation is something that `expect` can check.
type Expectation struct {
	Name  string
	Usage string // of its arguments
	Doc   string // one sentence
	// came returns what came, in the form of the arguments, and what is told of it.
	came func(ctx context.Context, w *World, args Args) (came, means string, err error)
	// settles says that an outcome is expected thereby.
	settles bool
}

// Expectations returns what can be expected.
func Expectations() []Expectation {
	return []Expectation{
		{Name: "approved", Doc: "The purchase or order was approved.", came: cameOut, settles: true},
		{Name: "declined", Usage: "CODE|offline", Doc: "It was declined, by the host with an action code, or offline.", came: cameOut, settles: true},
		{Name: "cancelled", Doc: "The cardholder ended it.", came: cameOut, settles: true},
		{Name: "unanswered", Doc: "The host did not answer an order.", came: cameOut, settles: true},
		{Name: "killed", Doc: "The terminal was killed in it.", came: cameOut, settles: true},
		{Name: "card", Usage: "removed", Doc: "The card did not answer any more.", came: cameOut, settles: true},
		{Name: "not", Usage: "accepted", Doc: "The terminal ended it without a verdict.", came: cameOut, settles: true},
		{Name: "fallback", Doc: "The chip can not be used.", came: cameOut, settles: true},
		{Name: "refused", Usage: "CODE", Doc: "The issuer refused what a member asked for.", came: cameOut, settles: true},
		{Name: "heard", Usage: "has|lacks TEXT", Doc: "The caller heard that last, or did not.", came: cameHeard, settles: true},
		{Name: "status", Usage: "NAME STATUS", Doc: "Somebody's PIN stands so, in the words of docs/issuer.md.", came: cameStatus},
		{Name: "verified", Usage: "online-pin|offline-pin|signature|none", Doc: "The cardholder was verified so at the terminal.", came: cameVerified},
		{Name: "script", Usage: "applied|failed|none", Doc: "The answer had a script, and the card applied it or did not.", came: cameScript},
		{Name: "tries", Usage: "N", Doc: "The terminal showed that many PIN tries when it last asked.", came: cameTries},
		{Name: "offered", Usage: "N", Doc: "The terminal offered that many applications when it last asked.", came: cameOffered},
		{Name: "done", Doc: "What was asked for without an amount is done.", came: cameOut, settles: true},
		{Name: "action", Usage: "CODE", Doc: "The host decided with this action code, also where the transaction then came to something else.", came: cameAction},
		{Name: "arc", Usage: "CODE", Doc: "The authorisation response code (tag 8A) is this: the issuer's, or Y1, Z1, Y3, Z3 of the terminal.", came: cameARC},
		{Name: "tvr", Usage: "has|lacks BIT", Doc: "A bit of the TVR is set, or is not.", came: cameTVR},
		{Name: "tsi", Usage: "has|lacks BIT", Doc: "A bit of the TSI is set, or is not.", came: cameTSI},
		{Name: "cvm", Usage: "HEX", Doc: "The CVM results (tag 9F34) are these.", came: cameCVM},
		{Name: "reversal", Usage: "due|none", Doc: "The transaction has to be reversed, or has not.", came: cameReversal},
		{Name: "receipt", Usage: "has|lacks TEXT", Doc: "The receipt has a text, or has not.", came: cameReceipt},
		{Name: "card-saw", Usage: "has|lacks COMMAND", Doc: "The card got a command, such as VERIFY or PIN_CHANGE/UNBLOCK, or did not.", came: cameCommands},
		{Name: "travelled", Usage: "has|lacks MTI", Doc: "A message of that type travelled, such as 1420, or did not.", came: cameMessages},
		{Name: "chip", Usage: "NAME pin set|none | tries N | blocked yes|no | scripts N", Doc: "Somebody's chip remembers so.", came: cameChip},
		{Name: "issuer", Usage: "NAME PHASE", Doc: "The issuer has somebody's PIN in that phase of docs/pin-lifecycle.md.", came: cameIssuer},
		{Name: "card-status", Usage: "NAME STATUS", Doc: "The issuer has somebody's card as that.", came: cameCardStatus},
		{Name: "wrong-pins", Usage: "NAME N", Doc: "The issuer counts that many wrong PINs that were sent online.", came: cameWrongPINs},
		{Name: "journal", Usage: "NAME has|lacks TEXT", Doc: "The issuer's journal has an entry about somebody's card with that text, or has none.", came: cameJournal},
	}
}

func expect(ctx context.Context, w *World, args Args) (Result, error) {
	all := Expectations()
	for _, e := range all {
		if len(args) > 0 && args[0] == e.Name {
			return w.expect(ctx, e, args)
		}
	}
	return Result{}, fmt.Errorf("%w: there is no such expectation%s: want one of %s", errArguments, hintExpectation(args, all), namesOf(all, func(e Expectation) string { return e.Name }))
}

// hintExpectation names the expectation that was probably meant.
func hintExpectation(args Args, all []Expectation) string {
	if len(args) == 0 {
		return ""
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	return hint(args[0], names)
}

// expect holds what came against what was wanted.
func (w *World) expect(ctx context.Context, e Expectation, args Args) (Result, error) {
	came, means, err := e.came(ctx, w, args[1:])
	if err != nil {
		return Result{}, fmt.Errorf("expect %s: %w", e.Name, err)
	}
	if want := strings.Join(args, " "); came != want {
		return Result{}, fmt.Errorf("expected %s, came %s", want, came)
	}
	w.last.expected = w.last.expected || e.settles
	return Result{Means: means, Lines: []string{}}, nil
}

func cameOut(_ context.Context, w *World, _ Args) (string, string, error) {
	return w.last.String(), "", nil
}

func cameStatus(ctx context.Context, w *World, args Args) (string, string, error) {
	words, _, err := args.take(2)
	if err != nil {
		return "", "", err
	}
	h, err := w.person(words[0])
	if err != nil {
		return "", "", err
	}
	status, err := w.status(ctx, h)
	return "status " + words[0] + " " + status.PIN, "PIN " + status.PIN, err
}

var errNoPurchase = errors.New("the last thing was no purchase at the terminal")

func cameVerified(_ context.Context, w *World, _ Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	r := w.last.receipt.Result
	switch r.CVMResults.Rule().Code.Method() {
	case emv.CVMOnlinePIN:
		return "verified online-pin", "online PIN", nil
	case emv.CVMPlaintextPIN, emv.CVMEncipheredPIN:
		if r.CVMResults.Result() == emv.CVMSuccessful {
			return "verified offline-pin", "offline PIN", nil
		}
	case emv.CVMSignature:
		return "verified signature", "signature", nil
	}
	return "verified none", "", nil
}

func cameScript(_ context.Context, w *World, _ Args) (string, string, error) {
	if w.last.receipt == nil {
		return "", "", errNoPurchase
	}
	results := w.last.receipt.Result.ScriptResults
	for _, r := range results {
		if r.Outcome != emv.ScriptSuccessful {
			return "script failed", "script failed", nil
		}
	}
	if len(results) == 0 {
		return "script none", "no script", nil
	}
	return "script applied", "script applied", nil
}

func cameTries(_ context.Context, w *World, _ Args) (string, string, error) {
	if len(w.last.prompts) == 0 {
		return "tries none: no PIN was asked for", "", nil
	}
	left := strconv.Itoa(w.last.prompts[len(w.last.prompts)-1].TriesLeft)
	return "tries " + left, left + " tries left", nil
}
