package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/hardware"
)

// VolatileCommandData returns the data elements of commands that differ from one
// transaction to the next: date, time, unpredictable number and transaction counter,
// and the data of VERIFY.
func VolatileCommandData() []emv.Tag { return []emv.Tag{0x9A, 0x9F21, 0x9F37, 0x9F41, tagPINData} }

// VolatileAnswerData returns the data elements of answers that differ from one
// transaction to the next: cryptogram, transaction counter, signature and the number
// in it.
func VolatileAnswerData() []emv.Tag { return []emv.Tag{tagAC, tagATC, tagSignedDynamicData, 0x9F4C} }

// errMasked says that a recording has EE in the place of what was sent.
var errMasked = errors.New("the recording is masked: PINs in it would be wrong ones, and each costs a try")

// Replay sends the commands of a recording to cards in a reader, whatever they
// answer, and returns the recording of that. wrap sees each card first; nil is none.
// It ends where a card does not answer. The error says that there was no card, or
// that the recording is masked or has a reset that the card can not do.
func Replay(ctx context.Context, r hardware.Reader, recording Recording, wrap func(hardware.Card) hardware.Card) (Recording, error) {
	if recording.hasMaskedPIN() {
		return Recording{}, fmt.Errorf("replay trace: %w", errMasked)
	}
	p := replay{reader: r, recorder: NewRecorder(nil), wrap: wrap}
	defer p.powerOff()
	for i, s := range recording.steps {
		if p.card == nil || s.kind == coldReset {
			if err := p.powerOn(ctx); err != nil {
				return Recording{}, fmt.Errorf("replay trace: step %d: %w", i+1, err)
			}
		}
		gone, err := p.step(ctx, s)
		if err != nil {
			return Recording{}, fmt.Errorf("replay trace: step %d: %w", i+1, err)
		}
		if gone {
			break
		}
	}
	again := p.recorder.Recording()
	if len(recording.steps) > 0 && recording.steps[0].kind != coldReset {
		again.steps = again.steps[1:] // the recording does not have it
	}
	return again, nil
}

// replay is a terminal that says what was said before.
type replay struct {
	reader   hardware.Reader
	recorder *Recorder
	wrap     func(hardware.Card) hardware.Card
	card     hardware.Card
}

func (p *replay) powerOn(ctx context.Context) error {
	p.powerOff()
	card, err := p.reader.WaitCard(ctx)
	if err != nil {
		return err
	}
	if p.wrap != nil {
		card = p.wrap(card)
	}
	p.card = p.recorder.Card(card)
	return nil
}

func (p *replay) powerOff() {
	if p.card != nil {
		_ = p.card.PowerOff() // nothing more is wanted of it
	}
}

// errNoWarmReset says that there is no way to reset the card as the recording does.
var errNoWarmReset = errors.New("this reader can not reset a card warm")

// step sends a command. gone is true where the card did not answer.
func (p *replay) step(ctx context.Context, s step) (gone bool, err error) {
	switch s.kind {
	case coldReset:
		return false, nil // done
	case warmReset:
		w, ok := p.card.(hardware.WarmResetter)
		if !ok {
			return false, errNoWarmReset
		}
		_, err = w.WarmReset(ctx)
		return err != nil, nil
	case pinPad:
		return p.enterPIN(ctx, s)
	}
	s.command.Open(func(command []byte) { _, err = p.card.Transmit(ctx, command) })
	return err != nil, ctx.Err()
}

// errNoPINPad says that a recorded PIN is not known.
var errNoPINPad = errors.New("the recorded PIN was entered at the reader, and this one has no PIN pad")

// enterPIN has the PIN entered at the reader: the recorded command has none.
func (p *replay) enterPIN(ctx context.Context, s step) (gone bool, err error) {
	pad, ok := p.card.(hardware.PINVerifier)
	if !ok {
		return false, errNoPINPad
	}
	s.command.Open(func(template []byte) { _, err = pad.VerifyPIN(ctx, template) })
	return err != nil, ctx.Err()
}

// hasMaskedPIN reports whether a command that may carry a PIN has its data covered.
func (r Recording) hasMaskedPIN() (masked bool) {
	for _, s := range r.steps {
		s.command.Open(func(command []byte) {
			c, err := apdu.ParseCommand(command)
			if err != nil || !c.Sensitive() || len(c.Data) == 0 {
				return
			}
			covered := bytes.Clone(c.Data)
			explain.Cover(covered)
			masked = masked || bytes.Equal(c.Data, covered)
		})
	}
	return masked
}
