package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
)

// SetATC commits an ATC.
func SetATC(c *ICC, i int, atc emv.ATC) error {
	next := c.state.Load().clone()
	next.applications[i].atc = atc
	return c.commit(WriteATC, next)
}

// CompactAt sets the size of a journal from which on it is compacted.
func CompactAt(c *ICC, size int64) { c.journal.most = size }

// Restart takes the session of a powered card back to the start of its
// transaction, for benchmarks.
func Restart(powered any) { powered.(*session).phase = phaseInitiated }

// Challenge makes the session as if GET CHALLENGE had given zeros.
func Challenge(powered any) { powered.(*session).challenge = &oda.Challenge{} }

// History is what earlier transactions have left on a card.
type History struct {
	ATC         emv.ATC // of the last of them
	Online      bool    // the issuer was heard
	TriesLeft   uint8
	ScriptCount uint8 // all applied
	Offline     uint8
}

// SetHistory commits a history of the first application.
func SetHistory(c *ICC, h History) error {
	next := c.state.Load().clone()
	a := &next.applications[0]
	a.atc, a.triesLeft = h.ATC, h.TriesLeft
	a.scriptCount, a.scriptsApplied, a.offlineCount = h.ScriptCount, h.ScriptCount, h.Offline
	if h.Online {
		a.lastOnlineATC = h.ATC
	}
	return c.commit(WriteATC, next)
}

// Online takes the session of a powered card to the instant at which it has given
// this ARQC, and with authenticated to that at which it has heard the issuer.
func Online(powered any, atc emv.ATC, arqc emv.AC, authenticated bool) {
	s := powered.(*session)
	a := s.application()
	s.phase = phaseOnline
	s.transaction = transaction{first: arqc, keys: a.profile.Session(a.Keys.AC, atc, emv.UnpredictableNumber{})}
	s.transaction.input.ATC = atc
	if authenticated {
		s.transaction.authentication.result = successful
	}
}

// PINIs reports whether an application has that PIN, whatever its tries.
func PINIs(c *ICC, i int, p pin.PIN) bool { return c.state.Load().applications[i].pin.Equal(p) }
