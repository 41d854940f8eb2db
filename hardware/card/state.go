package card

import (
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
	stored
}

// counters are the part of an application's state that is no secret and has
// always the same size.
type counters struct {
	atc           emv.ATC
	lastOnlineATC emv.ATC // that of the last transaction that settled
	triesLeft     uint8   // PIN try counter
	// scriptCount, scriptsApplied and the flag scriptFailed are the evidence of
	// issuer scripts.
	scriptCount    uint8 // commands looked at
	scriptsApplied uint8 // of those, the ones that were carried out
	scriptsEver    uint8 // all that were ever carried out, modulo 16
	offlineCount   uint8 // TCs given offline
	offlineAmount  uint64
	flags          flags
}

// flags are the lasting indicators of an application.
type flags uint16

const (
	applicationBlocked flags = 1 << iota
	// lastOnlineNotCompleted: a contact transaction went for an ARQC and has not
	// come to successful issuer authentication and its completion.
	lastOnlineNotCompleted
	// issuerAuthenticationFailed in the last transaction that had any.
	issuerAuthenticationFailed
	// scriptFailed: a script command was refused, and no PIN CHANGE/UNBLOCK applied
	// after it.
	scriptFailed
	// sdaFailed and ddaFailed: the terminal said so in a transaction that was then
	// declined offline.
	sdaFailed
	ddaFailed
	// goOnlineNext: the issuer has asked for it in a card status update.
	goOnlineNext

	flagsAll = goOnlineNext<<1 - 1
)

// has reports whether all of the flags are set.
func (c *counters) has(f flags) bool { return c.flags&f == f }

// raise sets flags.
func (c *counters) raise(f flags) { c.flags |= f }

// scriptCountMax is the highest count of script commands, which the CVR has four
// bits for.
const scriptCountMax = 15

// countApplied counts a script command that was carried out.
func (c *counters) countApplied() {
	c.scriptsApplied = min(c.scriptsApplied+1, scriptCountMax)
	c.scriptsEver = (c.scriptsEver + 1) & scriptCountMax
}

// settle forgets what earlier transactions have left, since the issuer has
// authenticated itself in answer to the cryptogram that told it.
func (c *counters) settle() {
	c.scriptCount, c.scriptsApplied = 0, 0
	c.flags &= applicationBlocked
	c.lastOnlineATC = c.atc
}

// Bounds of the offline counters, where they stay.
const (
	offlineCountMax  = 0xFF
	offlineAmountMax = 999_999_999_999 // an amount has 12 digits
)

// countOffline counts an offline approval of that amount, 0 for one in another
// currency.
func (c *counters) countOffline(amount uint64) {
	if c.offlineCount < offlineCountMax {
		c.offlineCount++
	}
	c.offlineAmount = min(c.offlineAmount+amount, offlineAmountMax)
}

// firstState is the state of a card that was never used.
func firstState(img image.Image) *state {
	s := &state{applications: make([]applicationState, len(img.Applications))}
	for i, a := range img.Applications {
		s.applications[i].pin = a.PIN
		if !a.PIN.IsZero() {
			s.applications[i].triesLeft = a.PINTryLimit - min(a.PINTriesUsed, a.PINTryLimit)
		}
		if a.Blocked {
			s.applications[i].raise(applicationBlocked)
		}
	}
	return s
}

// clone returns a state to alter.
func (s *state) clone() *state {
	return &state{blocked: s.blocked, applications: slices.Clone(s.applications)}
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
		if err := a.check(&img.Applications[i]); err != nil {
			return fmt.Errorf("application %d: %w", i+1, err)
		}
	}
	return nil
}

func (a applicationState) check(img *image.Application) error {
	switch {
	case a.lastOnlineATC > a.atc:
		return fmt.Errorf("last online ATC is above the ATC: %w", errState)
	case a.triesLeft > img.PINTryLimit, a.pin.IsZero() && a.triesLeft > 0:
		return fmt.Errorf("PIN try counter: %w", errState)
	case a.scriptCount > scriptCountMax, a.scriptsApplied > a.scriptCount,
		a.scriptCount == 0 && a.has(scriptFailed), a.scriptsEver > scriptCountMax, a.flags&^flagsAll != 0, a.offlineAmount > offlineAmountMax:
		return fmt.Errorf("indicators: %w", errState)
	}
	return a.stored.check(img)
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
