package vpcd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/f510b0cf/till/hardware"
)

// The reasons for which a card is taken out that nobody pulled.
var (
	errMute    = errors.New("the card is mute or has no power: put in again")
	errNoPower = errors.New("the driver sent a command to a card without power: put in again")
)

// session is one connection of a card with the driver.
type session struct {
	*offer
	wire *wire
	card hardware.Card // nil without power
	// fresh says that the card was reset to learn its ATR and has done nothing
	// since, so that the power on that follows has been done already.
	fresh bool
}

func newSession(o *offer, c net.Conn) *session { return &session{offer: o, wire: newWire(c)} }

// serve answers the driver until the connection or ctx ends. The error says what
// the card did wrong.
func (s *session) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.powerOff()
	defer s.wire.close()
	defer context.AfterFunc(ctx, s.wire.hangUp)()
	go func() {
		<-s.wire.ended
		cancel() // a command whose answer nobody hears
	}()
	unseen := time.AfterFunc(lookMax, func() {
		s.report(Status{State: Waiting, Problem: fmt.Sprintf("connected to %s and not looked at: the reader slot already has a card?", s.port.config.Address)})
	})
	defer unseen.Stop()
	for {
		message, more := s.wire.next()
		if !more || ctx.Err() != nil {
			return nil
		}
		if unseen.Stop(); s.port.Status().State == Waiting {
			s.report(Status{State: In})
		}
		if err := s.obey(ctx, message); err != nil {
			return err
		}
	}
}

// obey does what the driver asks for. An error ends the connection.
func (s *session) obey(ctx context.Context, message []byte) error {
	if len(message) > 1 {
		return s.transmit(ctx, message)
	}
	if len(message) == 0 {
		return nil
	}
	switch message[0] {
	case controlOff:
		s.powerOff()
	case controlOn:
		if s.fresh {
			s.fresh = false
			return nil
		}
		return s.powerOn()
	case controlReset:
		return s.reset(ctx)
	case controlATR:
		return s.tellATR()
	}
	return nil
}

// powerOn gives the card power: a cold reset.
func (s *session) powerOn() (err error) {
	s.powerOff()
	if s.card, err = s.chip.PowerOn(hardware.Contact); err != nil {
		s.card = nil
		return errMute
	}
	s.atr = s.card.ATR()
	return nil
}

// powerOff takes the card's power.
func (s *session) powerOff() {
	if s.card != nil {
		_ = s.card.PowerOff() // it is out: whatever it says, the session is over
	}
	s.card, s.fresh = nil, false
}

// reset resets the card, warm where it can.
func (s *session) reset(ctx context.Context) (err error) {
	resetter, ok := s.card.(hardware.WarmResetter)
	if !ok {
		return s.powerOn()
	}
	s.fresh = false
	if s.atr, err = resetter.WarmReset(ctx); err != nil {
		return errMute
	}
	return nil
}

// tellATR answers with the answer to reset. The driver asks at any time, to see
// whether the card is there; a card that had no power yet gets it.
func (s *session) tellATR() error {
	if s.card == nil && s.atr == nil {
		if err := s.powerOn(); err != nil {
			return err
		}
		s.fresh = true
	}
	s.send(s.atr)
	return nil
}

// transmit passes a command to the card. A card that gives no answer is taken out.
func (s *session) transmit(ctx context.Context, command []byte) error {
	if s.card == nil {
		return errNoPower
	}
	s.fresh = false
	ctx, cancel := context.WithTimeout(ctx, s.port.config.AnswerMax)
	defer cancel()
	response, err := s.card.Transmit(ctx, command)
	clear(command) // it may hold a PIN
	if err != nil || len(response) < answerBytesMin || len(response) > math.MaxUint16 || ctx.Err() != nil {
		return errMute
	}
	if s.send(response) {
		s.port.answered(s.offer)
	}
	return nil
}

// send answers the driver. Where that fails the connection has ended, and next says
// so.
func (s *session) send(answer []byte) bool { return s.wire.send(answer) == nil }
