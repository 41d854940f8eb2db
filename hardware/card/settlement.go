package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
)

// rememberSecond commits, in one write, what a transaction leaves behind that went
// for an ARQC and has come to its second cryptogram.
func (s *session) rememberSecond(given emv.ACType, unable bool, cdol2 []byte) apdu.SW {
	a, t := s.application(), &s.transaction
	var changes []func(*applicationState)
	blockCard := false
	switch {
	case t.authentication.result == successful:
		changes, blockCard = s.heard()
	case t.authentication.result == failed:
		changes = s.raised(issuerAuthenticationFailed)
	case unable && given == emv.ACTypeAAC:
		changes = s.raised(t.declineReasons())
	case unable:
		changes = kept(s.approvedOffline(cdol2))
	case !s.expectsAuthentication():
		changes = s.heardUnproven()
	}
	if given == emv.ACTypeTC && !unable && a.Log != nil {
		entry := s.entry(given, cdol2)
		changes = append(changes, func(a *applicationState) { s.addEntry(a, entry) })
	}
	if len(changes) == 0 && !blockCard {
		return apdu.SWSuccess
	}
	return s.updateCard(WriteSecondAC, func(next *state) {
		next.blocked = next.blocked || blockCard
		for _, change := range changes {
			change(&next.applications[s.selected])
		}
	})
}

// kept returns the change, none for nil.
func kept(change func(*applicationState)) []func(*applicationState) {
	if change == nil {
		return nil
	}
	return []func(*applicationState){change}
}

// raised returns the change that sets flags, none where they are set already.
func (s *session) raised(f flags) []func(*applicationState) {
	if s.remembered().has(f) {
		return nil
	}
	return kept(func(a *applicationState) { a.raise(f) })
}

// heard is what follows from an answer of the issuer that was authenticated,
// approving or not: the evidence of earlier transactions is settled, unless a
// script command before the second GENERATE AC has done so, and the offline
// counters begin again, unless a card status update says something else.
func (s *session) heard() (changes []func(*applicationState), blockCard bool) {
	if !s.transaction.scripts.settled {
		changes = append(changes, func(a *applicationState) { a.settle() })
	}
	if s.application().profile.ARPC != cryptogram.ARPCMethod2 {
		if a := s.remembered(); a.offlineCount > 0 || a.offlineAmount > 0 {
			changes = append(changes, (*applicationState).resetOffline)
		}
		return changes, false
	}
	csu := emv.CSU(s.transaction.authentication.response.CSU)
	return append(changes, s.statusUpdate(csu)), csu.Has(emv.CSUCardBlock)
}

// heardUnproven is what follows from an answer of the issuer to a card that has no
// way to authenticate it.
func (s *session) heardUnproven() []func(*applicationState) {
	return kept(func(a *applicationState) {
		a.settle()
		a.resetOffline()
	})
}

// resetOffline begins the offline counters again.
func (a *applicationState) resetOffline() { a.offlineCount, a.offlineAmount = 0, 0 }

// statusUpdate is what a card status update asks for beside blocking the card.
// EMV Book 3, Annex C10.
func (s *session) statusUpdate(csu emv.CSU) func(*applicationState) {
	limit, amount := s.application().PINTryLimit, s.countedAmount()
	return func(a *applicationState) {
		if csu.Has(emv.CSUApplicationBlock) {
			a.raise(applicationBlocked)
		}
		if csu.Has(emv.CSUGoOnlineOnNextTransaction) {
			a.raise(goOnlineNext)
		}
		if csu.Has(emv.CSUUpdatePINTryCounter) && !a.pin.IsZero() {
			a.triesLeft = min(uint8(csu.PINTryCounter()), limit)
		}
		switch csu.CounterUpdate() {
		case emv.CountersToZero:
			a.resetOffline()
		case emv.CountersToUpperLimits:
			s.toUpperLimits(a)
		case emv.CountersAddTransaction:
			a.countOffline(amount)
		}
	}
}

// toUpperLimits sets the offline counters that have an upper limit to it.
func (s *session) toUpperLimits(a *applicationState) {
	r := &s.application().Risk
	if r.UpperCount != 0 {
		a.offlineCount = uint8(s.limit(r.UpperCount))
	}
	if r.UpperAmount != 0 {
		a.offlineAmount = s.limit(r.UpperAmount)
	}
}
