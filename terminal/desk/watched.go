package desk

import (
	"context"
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// errNoCard says that nobody came.
var errNoCard = errors.New("no card came in time")

// tell adds an event, and goes to a state where one is given.
func (r *run) tell(s State, e Event) {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	if s != "" {
		r.payment.state = s
	}
	r.desk.tell(r.payment, e)
}

// watchedReader is the reader, watched.
type watchedReader struct {
	hardware.Reader
	run *run
}

// WaitCard waits for a card, and not for ever.
func (w watchedReader) WaitCard(ctx context.Context) (hardware.Card, error) {
	w.run.tell(Waiting, Event{Type: EventWaiting, Text: "Insert or tap a card"})
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	config := w.run.desk.config
	timer := config.Terminal.Clock.AfterFunc(config.CardWait, func() { cancel(errNoCard) })
	defer timer.Stop()
	card, err := w.Reader.WaitCard(ctx)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, err
	}
	w.run.cardCame()
	reset, _ := card.(hardware.WarmResetter)
	var pad hardware.PINVerifier
	if own, ok := card.(hardware.PINVerifier); ok {
		pad = watchedPad{own, w.run}
	}
	return hardware.WithAbilities(watchedCard{card, w.run}, reset, pad), nil
}

func (r *run) cardCame() {
	r.desk.mu.Lock()
	r.inserted = true
	r.desk.mu.Unlock()
	r.tell(CardIn, Event{Type: EventCardIn, Text: "The card is read"})
}

// watchedCard is the card, watched.
type watchedCard struct {
	hardware.Card
	run *run
}

// Presentation returns that of the card.
func (w watchedCard) Presentation() hardware.Presentation { return hardware.PresentationOf(w.Card) }

// Transmit sends a command. GENERATE AC is the point of no return: from then on the card
// may have approved. It does not go out for a payment that was called off.
func (w watchedCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) > 1 && command[1] == apdu.INSGenerateAC {
		if err := w.run.commit(ctx); err != nil {
			return nil, err
		}
	}
	return w.Card.Transmit(ctx, command)
}

// commit passes the point of no return, unless the payment was called off.
func (r *run) commit(ctx context.Context) error {
	r.desk.mu.Lock()
	defer r.desk.mu.Unlock()
	if r.payment.Result == Cancelled || ctx.Err() != nil {
		return errCancelled
	}
	r.committed = true
	return nil
}

// watchedPad is the reader's own PIN pad, watched.
type watchedPad struct {
	hardware.PINVerifier
	run *run
}

// VerifyPIN has a PIN entered.
func (w watchedPad) VerifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	w.run.asked(PIN{TriesLeft: kernel.TriesUnknown})
	return w.PINVerifier.VerifyPIN(ctx, template)
}

// asked tells that a PIN is asked for.
func (r *run) asked(p PIN) {
	r.desk.mu.Lock()
	r.tries = p.TriesLeft
	r.desk.mu.Unlock()
	r.tell("", Event{Type: EventPIN, Text: "Enter the PIN at the terminal", PIN: &p})
}

// watchedPerson is the cardholder, watched.
type watchedPerson struct {
	kernel.Cardholder
	run *run
}

// SelectApplication has an application chosen.
func (w watchedPerson) SelectApplication(ctx context.Context, candidates []kernel.Candidate) (int, error) {
	w.run.tell("", Event{Type: EventApplication, Text: "Choose an application at the terminal"})
	return w.Cardholder.SelectApplication(ctx, candidates)
}

// PIN has a PIN entered.
func (w watchedPerson) PIN(ctx context.Context, p kernel.PINPrompt) (kernel.PINEntry, error) {
	w.run.asked(PIN{Online: p.Method == emv.CVMOnlinePIN, TriesLeft: p.TriesLeft, Bypass: p.Bypass})
	return w.Cardholder.PIN(ctx, p)
}

// Show tells a message, and shows it.
func (w watchedPerson) Show(ctx context.Context, m kernel.Message) {
	switch m {
	case kernel.MessageIncorrectPIN:
		w.run.wrongPIN()
	case kernel.MessagePINOK:
		w.run.tell("", Event{Type: EventPINOK, Text: pinpad.Text(m)})
	case kernel.MessageRemoveCard:
		w.run.tell(RemoveCard, Event{Type: EventRemoveCard, Text: pinpad.Text(m)})
	default:
		w.run.tell("", Event{Type: EventDisplay, Text: pinpad.Text(m)})
	}
	w.Cardholder.Show(ctx, m)
}

func (r *run) wrongPIN() {
	r.desk.mu.Lock()
	left := triesAfterWrong(r.tries)
	r.desk.mu.Unlock()
	r.tell("", Event{Type: EventPINWrong, Text: pinpad.Text(kernel.MessageIncorrectPIN), PIN: &PIN{TriesLeft: left}})
}

// watch returns the way to the issuer, watched.
func (r *run) watch(o kernel.Online) kernel.Online {
	w := watchedOnline{o, r}
	if o == nil {
		w.Online = terminal.NoHost{}
	}
	return w
}

// watchedOnline is the way to the issuer, watched.
type watchedOnline struct {
	kernel.Online
	run *run
}

// Authorize asks the issuer, once the journal knows that it is asked.
func (w watchedOnline) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	if _, none := w.Online.(terminal.NoHost); none {
		return w.Online.Authorize(ctx, r)
	}
	if err := w.run.sending(); err != nil {
		return nil, &kernel.UnableToGoOnlineError{Cause: err}
	}
	return w.Online.Authorize(ctx, r)
}

// Completed records what the transaction came to, in the payment and then at the link.
func (w watchedOnline) Completed(ctx context.Context, result *kernel.Result) error {
	err := w.run.concluded(result)
	if completer, ok := w.Online.(terminal.Completer); ok && err == nil {
		err = completer.Completed(ctx, result)
	}
	if err != nil {
		w.run.unrecorded()
	}
	return err
}
