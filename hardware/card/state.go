package card

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
)

// state is what a card remembers, all of it. A state is never altered: a change
// makes a new one, and one record of the journal holds the whole.
type state struct {
	blocked      bool // CARD BLOCK
	applications []applicationState
}

// applicationState is what one application remembers.
type applicationState struct {
	pin pin.PIN // zero: never set
	counters
}

// counters are the part of an application's state that is no secret.
type counters struct {
	atc           emv.ATC
	lastOnlineATC emv.ATC // that of the last transaction with successful issuer authentication
	triesLeft     uint8   // PIN try counter
	// scriptCount and the flag scriptFailed are the evidence of issuer scripts.
	scriptCount uint8
	flags       flags
}

// flags are the lasting indicators of an application.
type flags uint8

const (
	applicationBlocked flags = 1 << iota
	// lastOnlineNotCompleted: a contact transaction went for an ARQC and has not
	// come to successful issuer authentication and its completion.
	lastOnlineNotCompleted
	// issuerAuthenticationFailed in the last transaction that had any.
	issuerAuthenticationFailed
	// scriptFailed: a script command was refused, and none applied after it.
	scriptFailed
	// sdaFailed and ddaFailed: the terminal said so in a transaction that was then
	// declined offline.
	sdaFailed
	ddaFailed

	flagsAll = ddaFailed<<1 - 1
)

// has reports whether all of the flags are set.
func (c *counters) has(f flags) bool { return c.flags&f == f }

// scriptCountMax is the highest count of script commands, which the CVR has four
// bits for.
const scriptCountMax = 15

// countScript counts a script command and notes whether it was applied. Only
// the last one counts for the failed bit: an applied PIN CHANGE/UNBLOCK is never
// shown as failed.
func (c *counters) countScript(applied bool) {
	c.scriptCount = min(c.scriptCount+1, scriptCountMax)
	c.flags &^= scriptFailed
	if !applied {
		c.flags |= scriptFailed
	}
}

// settle forgets what earlier transactions have left, since the issuer has
// authenticated itself in answer to the cryptogram that told it.
func (c *counters) settle() {
	c.scriptCount = 0
	c.flags &= applicationBlocked
	c.lastOnlineATC = c.atc
}

// firstState is the state of a card that was never used.
func firstState(img image.Image) *state {
	s := &state{applications: make([]applicationState, len(img.Applications))}
	for i, a := range img.Applications {
		s.applications[i].pin = a.PIN
		if !a.PIN.IsZero() {
			s.applications[i].triesLeft = a.PINTryLimit
		}
	}
	return s
}

// with returns a state in which one application is another.
func (s *state) with(i int, a applicationState) *state {
	next := &state{blocked: s.blocked, applications: slices.Clone(s.applications)}
	next.applications[i] = a
	return next
}

// errState says that a state is none that a card can be in.
var errState = errors.New("state of the card is not possible")

// check holds a state against the image, before it is written and when it is
// read back.
func (s *state) check(img image.Image) error {
	if len(s.applications) != len(img.Applications) {
		return fmt.Errorf("%d applications, the image has %d: %w", len(s.applications), len(img.Applications), errState)
	}
	for i, a := range s.applications {
		if err := a.check(img.Applications[i].PINTryLimit); err != nil {
			return fmt.Errorf("application %d: %w", i+1, err)
		}
	}
	return nil
}

func (a applicationState) check(tryLimit uint8) error {
	switch {
	case a.lastOnlineATC > a.atc:
		return fmt.Errorf("last online ATC is above the ATC: %w", errState)
	case a.triesLeft > tryLimit, a.pin.IsZero() && a.triesLeft > 0:
		return fmt.Errorf("PIN try counter: %w", errState)
	case a.scriptCount > scriptCountMax, a.scriptCount == 0 && a.has(scriptFailed), a.flags&^flagsAll != 0:
		return fmt.Errorf("indicators: %w", errState)
	}
	return nil
}

// follows checks that no ATC falls from one state to the next.
func (s *state) follows(previous *state) error {
	for i := range s.applications {
		if s.applications[i].atc < previous.applications[i].atc {
			return fmt.Errorf("application %d: ATC falls: %w", i+1, errState)
		}
	}
	return nil
}

// The encoding of a state: version, 1 for a blocked card, number of
// applications; and for each its ATC and last online ATC, tries left, script
// count, flags, number of PIN digits and the digits with zeros behind, so that
// the length of a record does not tell that of a PIN.
const (
	stateVersion         = 1
	stateHeadSize        = 3
	applicationStateSize = 2 + 2 + 1 + 1 + 1 + 1 + pin.DigitsMax
	pinLengthOffset      = 7
	pinOffset            = 8
)

// encode returns the bytes of the state, which the caller wipes.
func (s *state) encode() []byte {
	b := make([]byte, stateHeadSize, stateHeadSize+len(s.applications)*applicationStateSize)
	b[0], b[2] = stateVersion, byte(len(s.applications))
	if s.blocked {
		b[1] = 1
	}
	for _, a := range s.applications {
		b = binary.BigEndian.AppendUint16(b, uint16(a.atc))
		b = binary.BigEndian.AppendUint16(b, uint16(a.lastOnlineATC))
		b = append(b, a.triesLeft, a.scriptCount, byte(a.flags), byte(a.pin.Len()))
		b = b[:len(b)+pin.DigitsMax]
		a.pin.Open(func(digits []byte) { copy(b[len(b)-pin.DigitsMax:], digits) })
	}
	return b
}

// decodeState reads what encode wrote.
func decodeState(b []byte) (*state, error) {
	if len(b) < stateHeadSize || b[0] != stateVersion || b[1] > 1 || len(b) != stateHeadSize+int(b[2])*applicationStateSize {
		return nil, fmt.Errorf("read state: not one of version %d: %w", stateVersion, errState)
	}
	s := &state{blocked: b[1] == 1, applications: make([]applicationState, b[2])}
	for i := range s.applications {
		a, err := decodeApplicationState(b[stateHeadSize+i*applicationStateSize:][:applicationStateSize])
		if err != nil {
			return nil, fmt.Errorf("read state: application %d: %w", i+1, err)
		}
		s.applications[i] = a
	}
	return s, nil
}

func decodeApplicationState(b []byte) (applicationState, error) {
	a := applicationState{counters: counters{
		atc:           emv.ATC(binary.BigEndian.Uint16(b)),
		lastOnlineATC: emv.ATC(binary.BigEndian.Uint16(b[2:])),
		triesLeft:     b[4], scriptCount: b[5], flags: flags(b[6]),
	}}
	length := int(b[pinLengthOffset])
	if length == 0 {
		return a, nil
	}
	if length > pin.DigitsMax {
		return a, fmt.Errorf("PIN of %d digits: %w", length, errState)
	}
	var err error
	a.pin, err = pin.Parse(b[pinOffset : pinOffset+length])
	return a, err
}
