package kernel

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/profile"
)

// transaction is the state of one run. Each phase is a method in a file of its
// own; run shows their order.
type transaction struct {
	kernel          *Kernel
	profile         *profile.Profile
	ctx             context.Context
	card            apdu.Transmitter
	cardholder      Cardholder
	online          Online
	tx              Transaction
	transactionData []profile.Object

	commands            int // sent so far
	unpredictableNumber emv.UnpredictableNumber

	selection selection
	app       *profile.Application // terms of the selected application
	data      *DataObjects
	lists     dataObjectLists

	aip            emv.AIP
	afl            emv.AFL
	pdolData       []byte
	cdol1Data      []byte
	pan            account.PAN
	sequenceNumber account.SequenceNumber
	track2         account.Track2
	expiration     emv.Date

	given       map[emv.Tag]bool // tags that the selected application has given, up to its last record
	recorded    map[emv.Tag]bool // those of them that stand in records or are AIP and AFL
	static      staticData
	cdaKey      oda.PublicKey // of the card; zero where no CDA is to be asked for
	pins        pinEntries
	actionCodes actionCodes

	tvr        emv.TVR
	tsi        emv.TSI
	cvmResults emv.CVMResults

	response *OnlineResponse // nil where no answer came
	approved bool            // by the issuer
	released bool            // the cardholder was told to remove the card

	result Result
}

// run takes the card through the phases. It returns nil where the transaction
// came to its verdict and an *ending where it ended before that.
func (t *transaction) run() error {
	if err := t.applicationSelection(); err != nil {
		return err
	}
	if err := t.readApplicationData(); err != nil {
		return err
	}
	if err := t.offlineDataAuthentication(); err != nil {
		return err
	}
	if err := t.processingRestrictions(); err != nil {
		return err
	}
	if err := t.cardholderVerification(); err != nil {
		return err
	}
	if err := t.terminalRiskManagement(); err != nil {
		return err
	}
	request, err := t.terminalActionAnalysis()
	if err != nil {
		return err
	}
	answer, err := t.cardActionAnalysis(request)
	if err != nil {
		return err
	}
	switch {
	case answer.cid.Type() != emv.ACTypeARQC:
		return t.completeOffline(answer)
	case t.tx.Contactless:
		return t.completeTap(answer)
	case answer.cdaFailed:
		return t.completeAfterFailedCDA()
	case t.profile.QuickChip:
		return t.completeQuickChip(answer)
	}
	return t.goOnline()
}

// goOnline is what follows an ARQC over contacts.
func (t *transaction) goOnline() error {
	t.onlineProcessing()
	if err := t.issuerAuthentication(); err != nil {
		return err
	}
	if err := t.scriptsBeforeFinalGenerateAC(); err != nil {
		return err
	}
	if err := t.completion(); err != nil {
		return err
	}
	err := t.scriptsAfterFinalGenerateAC()
	if t.tx.Kind.PINManagement() {
		t.judgePINManagement()
	}
	return err
}

// ending is an early end of a transaction. It travels as an error from where it
// is found to end, and no further.
type ending struct {
	outcome Outcome
	reason  string
	cause   error
}

// Error returns the outcome and the reason.
func (e *ending) Error() string { return e.outcome.String() + ": " + e.reason }

// Unwrap returns the cause, nil where there is none.
func (e *ending) Unwrap() error { return e.cause }

// notAccepted ends a transaction with a reason.
func notAccepted(format string, args ...any) error {
	return &ending{outcome: NotAccepted, reason: fmt.Sprintf(format, args...)}
}

// conclude notes the verdict.
func (t *transaction) conclude(o Outcome, reason string) {
	t.result.Outcome, t.result.Reason = o, reason
}

// end fills the result. A verdict that stands is not taken back by what happens
// after it, such as a card that is pulled while scripts run.
func (t *transaction) end(err error) {
	r := &t.result
	var early *ending
	if errors.As(err, &early) {
		if r.Outcome == 0 {
			t.conclude(early.outcome, early.reason)
		}
		if early.cause != nil {
			r.Cause = early.cause
		}
		if t.response == nil {
			r.ARC = 0 // the terminal's own code of a verdict that it did not come to
		}
	}
	secret.Wipe(t.static.bytes)
	r.ReversalDue = t.reversalDue()
	r.SignatureNeeded = r.Outcome.Approved() && asksForSignature(t.cvmResults)
	r.TVR, r.TSI, r.CVMResults = t.tvr, t.tsi, t.cvmResults
	r.PAN = t.pan
	t.refresh()
	if len(r.ScriptResults) > 0 {
		t.data.set(tagIssuerScriptResults, emv.EncodeScriptResults(r.ScriptResults...))
	}
	r.Data = t.data
	t.showVerdict()
}

// reversalDue reports whether the host may have booked an amount that does not
// stand: no answer came, or an approval that the transaction did not come to. A
// balance inquiry books nothing; where a PIN alone was at stake an answered request
// leaves nothing to reverse. EMV Book 4, 6.3.8.
func (t *transaction) reversalDue() bool {
	switch {
	case !t.result.RequestSent, t.tx.Kind == emv.BalanceInquiry:
		return false
	case t.response == nil:
		return true
	case t.tx.Kind.PINManagement():
		return false
	}
	return (t.approved || t.response.Booked) && t.result.Outcome != ApprovedOnline
}

// showVerdict shows the message of the outcome. EMV Book 4, 11.2.
func (t *transaction) showVerdict() {
	messages := [...]Message{
		ApprovedOffline: MessageApproved,
		ApprovedOnline:  MessageApproved,
		DeclinedOffline: MessageDeclined,
		DeclinedOnline:  MessageDeclined,
		NotAccepted:     MessageNotAccepted,
		Fallback:        MessageUseMagStripe,
		CardRemoved:     MessageCardError,
		Done:            MessageApproved,
	}
	t.cardholder.Show(t.ctx, messages[t.result.Outcome])
	if !t.tx.Contactless && t.result.Outcome != CardRemoved {
		t.releaseCard()
	}
}

// releaseCard tells the cardholder to remove the card, once.
func (t *transaction) releaseCard() {
	if !t.released {
		t.cardholder.Show(t.ctx, MessageRemoveCard)
	}
	t.released = true
}

// note adds a step to the log. Its arguments hold no account data.
func (t *transaction) note(p Phase, format string, args ...any) {
	t.result.Steps = append(t.result.Steps, Step{Phase: p, Text: fmt.Sprintf(format, args...)})
}
