package card

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
)

// phase is how far a session has come.
type phase uint8

// The phases, as a set for the table of commands.
const (
	phaseIdle        phase = 1 << iota // nothing is selected
	phaseEnvironment                   // a payment system environment is
	phaseSelected                      // an application is
	phaseInitiated                     // GET PROCESSING OPTIONS has begun a transaction
	phaseOnline                        // a contact transaction waits for the second GENERATE AC
	phaseFinished                      // the last cryptogram was given
)

// session is a card with power: all that is lost without it. It is a
// hardware.Card, a hardware.Presenter and a hardware.WarmResetter.
type session struct {
	secret.Opaque
	icc          *ICC
	presentation hardware.Presentation
	volatile
}

// volatile is what a reset of either kind clears. It is guarded by the mutex of
// the card, held while a command is carried out.
type volatile struct {
	phase       phase
	environment *image.Environment // in phaseEnvironment
	selected    int                // number of the application, from phaseSelected on
	transaction transaction        // from phaseInitiated on

	given     *oda.Challenge // by the command before this one
	challenge *oda.Challenge // by this command
	waiting   waiting        // in T=0
}

// transaction is what a card keeps from GET PROCESSING OPTIONS to the last
// command of a transaction.
type transaction struct {
	pdol, cdol1    []byte // values that the terminal sent
	input          cryptogram.Input
	keys           cryptogram.Session
	first          emv.AC   // cryptogram of the first GENERATE AC
	cvr            emv.CVR  // of the first GENERATE AC, with what its layout has no bit for
	before         counters // when that was given
	pinPerformed   bool     // VERIFY compared a PIN
	pinFailed      bool     // the last such VERIFY found it wrong
	pinEnciphered  bool     // the last such VERIFY had it enciphered
	ddaPerformed   bool
	authentication authentication
	scripts        scripts
}

// errNoPower says that a session was ended.
var errNoPower = errors.New("card has no power")

// alive returns nil while the session has power and the memory works, or else an
// error that wraps hardware.ErrCardRemoved.
func (s *session) alive() error {
	cause := s.icc.failure
	if cause == nil && s.icc.session.Load() != s {
		cause = errNoPower
	}
	if cause == nil {
		return nil
	}
	return fmt.Errorf("transmit to card: %w: %w", hardware.ErrCardRemoved, cause)
}

// ATR returns the answer to reset of the image.
func (s *session) ATR() []byte { return bytes.Clone(s.icc.image.ATR) }

// Presentation returns how the card is held to the reader.
func (s *session) Presentation() hardware.Presentation { return s.presentation }

// PowerOff ends the session, in the middle of a command too, and does not wait.
// That command gives no answer. Its commit may still be made, as with a card that
// is pulled: it is not begun where the loss of power is seen before.
func (s *session) PowerOff() error {
	s.icc.session.CompareAndSwap(s, nil)
	return nil
}

// WarmReset begins again as after a cold reset, without a loss of power, and
// returns the answer to reset.
func (s *session) WarmReset(context.Context) ([]byte, error) {
	s.icc.mu.Lock()
	defer s.icc.mu.Unlock()
	if err := s.alive(); err != nil {
		return nil, err
	}
	s.volatile = volatile{phase: phaseIdle}
	return s.ATR(), nil
}

// Transmit carries out a command. Whatever its bytes are there is an answer with
// a status word; an error wraps hardware.ErrCardRemoved and means that the
// session is over. The context is not looked at, since a card does not wait.
func (s *session) Transmit(_ context.Context, command []byte) ([]byte, error) {
	s.icc.mu.Lock()
	defer s.icc.mu.Unlock()
	if err := s.alive(); err != nil {
		return nil, err
	}
	carryOut := s.dispatch
	if s.icc.image.T0 && s.contact() {
		carryOut = s.procedure
	}
	data, sw := carryOut(command)
	if err := s.alive(); err != nil {
		return nil, err
	}
	return apdu.Response{Data: data, SW: sw}.Encode(), nil
}

// application returns the selected application.
func (s *session) application() *application { return &s.icc.applications[s.selected] }

// remembered returns what the selected application remembers.
func (s *session) remembered() *applicationState { return &s.icc.state.Load().applications[s.selected] }

// contact reports whether the card is inserted.
func (s *session) contact() bool { return s.presentation == hardware.Contact }

// side returns what the selected application says in this presentation.
func (s *session) side() *image.Interface {
	if s.contact() {
		return &s.application().Contact
	}
	return s.application().Contactless
}

// update commits a change of what the selected application remembers and returns
// SWSuccess. Where the power has gone or the medium has failed it returns another
// word, and Transmit gives no answer at all.
func (s *session) update(w Write, change func(a *applicationState)) apdu.SW {
	return s.updateCard(w, func(next *state) { change(&next.applications[s.selected]) })
}

// updateCard commits a change of what the card remembers, as update does.
func (s *session) updateCard(w Write, change func(next *state)) apdu.SW {
	if s.alive() != nil {
		return apdu.SWMemoryFailure
	}
	next := s.icc.state.Load().clone()
	change(next)
	if err := s.icc.commit(w, next); err != nil {
		s.icc.failure = err
		return apdu.SWMemoryFailure
	}
	return apdu.SWSuccess
}

// blocked reports whether the card or the selected application is.
func (s *session) blocked() bool {
	return s.icc.state.Load().blocked || s.remembered().has(applicationBlocked)
}
