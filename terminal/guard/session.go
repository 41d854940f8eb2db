package guard

import (
	"bytes"
	"context"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/kernel"
)

// Session is a card under watch.
type Session struct {
	secret.Opaque
	guard     *Guard
	card      hardware.Card
	seen      seen
	keysKnown bool // the keys of the card made the cryptogram of the last request
	withheld  []Action
}

// Action is what can be kept from a card.
type Action string

// The actions.
const (
	ActionPINEntry Action = "PIN not asked for"
	ActionVerify   Action = "VERIFY not sent"
	ActionScript   Action = "script command not sent"
	ActionOther    Action = "unknown command not sent"
)

// swWithheld is what the terminal hears in the place of an answer: the conditions
// of use are not satisfied. ISO/IEC 7816-4.
const swWithheld apdu.SW = 0x6985

// triesMin is the least number of tries that must be left for a PIN to be tried on a
// card that is not ours: the last one is never used.
const triesMin = 2

// Card returns the card, which gets no command that must not reach it.
func (s *Session) Card() hardware.Card {
	var reset hardware.WarmResetter
	if w, ok := s.card.(hardware.WarmResetter); ok {
		reset = warmReset{w, s}
	}
	var pad hardware.PINVerifier
	if v, ok := s.card.(hardware.PINVerifier); ok {
		pad = pinPad{v, s}
	}
	return hardware.WithAbilities(guarded{s.card, s}, reset, pad)
}

// Ours reports whether the card that was read is one of ours. Before its records
// were read it is not known to be.
func (s *Session) Ours() bool {
	return s.guard.policy.EmulatedCardsOnly || s.seen.certifiedBy(s.guard.testCA)
}

// Read reports whether the card has given an account number.
func (s *Session) Read() bool { return !s.seen.pan.IsZero() }

// Withheld returns what was kept from the card, each action once.
func (s *Session) Withheld() []Action { return slices.Clone(s.withheld) }

func (s *Session) withhold(a Action) {
	if !slices.Contains(s.withheld, a) {
		s.withheld = append(s.withheld, a)
	}
}

// allows reports whether a command may reach the card; a is what is withheld where
// it may not.
func (s *Session) allows(command []byte) (a Action, ok bool) {
	c, err := apdu.ParseCommand(command)
	switch {
	case err == nil && plain(c) && slices.Contains(harmless, c.INS), s.Ours():
		return "", true
	case err != nil:
		return ActionOther, false
	case c.INS == apdu.INSVerify:
		return ActionVerify, plain(c) && s.consents() && s.seen.tries >= triesMin
	}
	return ActionScript, s.keysKnown && !plain(c) // CHANGE REFERENCE DATA would cost a try
}

// harmless are the instructions that change nothing on a card but its counters of
// transactions.
var harmless = []byte{
	apdu.INSSelect, apdu.INSReadRecord, apdu.INSGetProcessingOptions, apdu.INSGetData, apdu.INSGetResponse,
	apdu.INSGenerateAC, apdu.INSInternalAuthenticate, apdu.INSExternalAuthenticate, apdu.INSGetChallenge,
	apdu.INSComputeCryptographicChecksum,
}

// plain reports whether a command is in a class of EMV without secure messaging, in
// the basic channel.
func plain(c apdu.Command) bool { return c.CLA == 0x00 || c.CLA == 0x80 }

// consents reports whether the card is the one that a PIN may be used on.
func (s *Session) consents() (yes bool) {
	last := s.guard.policy.UsePINOnCard
	s.seen.pan.Open(func(digits []byte) { yes = len(last) == lastDigits && bytes.HasSuffix(digits, []byte(last)) })
	return yes
}

// lastDigits is how many digits name a card.
const lastDigits = 4

// mayAskPIN reports whether a PIN may be asked for. One for the issuer spends no
// try of the card.
func (s *Session) mayAskPIN(p kernel.PINPrompt) bool {
	if s.Ours() {
		return true
	}
	return s.consents() && (p.Method == emv.CVMOnlinePIN || s.seen.tries >= triesMin)
}

// guarded is the card as the terminal sees it.
type guarded struct {
	hardware.Card
	session *Session
}

// Presentation returns that of the card.
func (g guarded) Presentation() hardware.Presentation { return hardware.PresentationOf(g.Card) }

// Transmit sends a command that may reach the card, and answers any other itself.
func (g guarded) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return g.session.exchange(command, func() ([]byte, error) { return g.Card.Transmit(ctx, command) })
}

func (s *Session) exchange(command []byte, send func() ([]byte, error)) ([]byte, error) {
	if a, ok := s.allows(command); !ok {
		s.withhold(a)
		return apdu.Response{SW: swWithheld}.Encode(), nil
	}
	s.seen.hear(command)
	response, err := send()
	if err == nil {
		s.seen.learn(response)
	}
	return response, err
}

// warmReset is the ability to reset the card.
type warmReset struct {
	inner   hardware.WarmResetter
	session *Session
}

// WarmReset resets the card, of which nothing is known then.
func (w warmReset) WarmReset(ctx context.Context) ([]byte, error) {
	w.session.seen, w.session.keysKnown = nothingSeen(), false
	return w.inner.WarmReset(ctx)
}

// pinPad is the reader's own PIN pad.
type pinPad struct {
	inner   hardware.PINVerifier
	session *Session
}

// VerifyPIN has a PIN entered where VERIFY may reach the card.
func (p pinPad) VerifyPIN(ctx context.Context, template []byte) ([]byte, error) {
	return p.session.exchange(template, func() ([]byte, error) { return p.inner.VerifyPIN(ctx, template) })
}
