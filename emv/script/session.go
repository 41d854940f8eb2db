package script

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// Context is the transaction that a script belongs to. A script of another one
// fails its MAC.
type Context struct {
	ATC emv.ATC
	AC  emv.AC // cryptogram of the first GENERATE AC, for template 72 too
}

// Session is the secure messaging of one card in one transaction. EMV Book 2, 9.
// Its methods panic where the key that they need is missing, but for VerifyMAC and
// OpenPINChange, the card's, which refuse.
type Session struct {
	Style   Style
	Context Context
	MKAC    secret.Key // ICC master key for cryptograms, which BlockVisa mixes in
	SMI     secret.Key // session key of the MAC
	SMC     secret.Key // session key of the encipherment
}

// NewSession derives the session keys from the ICC master keys of a card. Keys
// that are not used may be missing: SMC where no PIN is sent, AC where the PIN
// block does not need it.
func NewSession(style Style, card cryptogram.MasterKeys, c Context) Session {
	s := Session{Style: style, Context: c, MKAC: card.AC}
	if !card.SMI.IsZero() {
		s.SMI = derive(style.SessionKey, card.SMI, c)
	}
	if !card.SMC.IsZero() {
		s.SMC = derive(style.SessionKey, card.SMC, c)
	}
	return s
}
