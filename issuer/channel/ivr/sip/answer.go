package sip

import (
	"context"
	"errors"

	"github.com/emiago/diago"
	"github.com/emiago/diago/media"
	siplib "github.com/emiago/sipgo/sip"

	"github.com/f510b0cf/till/issuer/channel/ivr"
)

// answer answers a call and stays with it to its end.
func (s *Server) answer(d *diago.DialogServerSession) {
	if !s.begin() {
		return
	}
	defer s.calls.Done()
	ctx, cancel := context.WithCancel(d.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if !s.admit(d) {
		return
	}
	call, turn, err := s.config.Line.Begin(ctx, "sip")
	if err != nil { // ivr.ErrBusy is all that there is
		_ = d.Respond(siplib.StatusBusyHere, "Busy Here", nil)
		return
	}
	defer call.End()
	if err := errors.Join(d.Trying(), d.Answer()); err != nil {
		_ = s.config.Log.Log("event", "call not answered", "number", call.Number)
		return
	}
	defer hangUp(d)
	keys := make(chan byte)
	go func() {
		defer cancel() // the caller is gone
		listen(ctx, d, keys)
	}()
	for turn, more := turn, true; more; {
		turn, more = s.take(ctx, d, call, turn, keys)
	}
}

// hangUp ends a call, where the caller has not done so.
func hangUp(d *diago.DialogServerSession) {
	ctx, cancel := context.WithTimeout(d.Context(), hangUpTimeout)
	defer cancel()
	_ = d.Hangup(ctx)
}

// listen passes on the keys that a caller presses, until ctx ends or his audio does.
func listen(ctx context.Context, d *diago.DialogServerSession, keys chan<- byte) {
	var pad keypad
	buffer := make([]byte, media.RTPBufSize)
	defer clear(buffer)
	for {
		n, err := d.RTPPacketReader.Read(buffer)
		if err != nil {
			return
		}
		key, ok := pad.key(d.RTPPacketReader.PacketHeader, buffer[:n])
		if !ok {
			continue
		}
		select {
		case keys <- key:
		case <-ctx.Done():
			return
		}
	}
}

// take carries a turn out and returns the next one; false at the end of the call. A key
// ends the announcements, and time runs from their end on.
func (s *Server) take(ctx context.Context, d *diago.DialogServerSession, call *ivr.Call, turn ivr.Turn, keys <-chan byte) (next ivr.Turn, more bool) {
	speech := s.say(d, turn.Say)
	defer speech.stop()
	pause := s.after(0)
	defer func() { pause.timer.Stop() }()
	over := speech.over
	for {
		select {
		case <-over:
			if turn.HangUp {
				return ivr.Turn{}, false
			}
			over, pause = nil, s.after(call.Wait())
		case key := <-keys:
			if turn.HangUp {
				continue // the last words are said
			}
			pause.timer.Stop()
			if next = call.Press(ctx, key); len(next.Say) > 0 || next.HangUp {
				return next, true
			}
			speech.stop()
			over, pause = nil, s.after(call.Wait())
		case <-pause.over:
			return call.Silent(ctx), true
		case <-call.Ready():
			if next = call.Agents(); len(next.Say) > 0 || next.HangUp {
				return next, true
			}
		case <-ctx.Done():
			return ivr.Turn{}, false
		}
	}
}
