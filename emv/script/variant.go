package script

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// Variant is one way to compute the MAC of a script command.
type Variant struct {
	SessionKey   cryptogram.SessionKeyMethod
	ContextInMAC bool // ATC and AC stand in the MAC input
	Padding      secret.Padding
	ShortLc      bool // the Lc in the MAC input does not count the MAC
	ATCStep      int  // what is added to the ATC of the search
	OtherCard    bool // another PAN sequence number than that of the search, namely
	// SequenceNumber; it is 0 where OtherCard is false.
	SequenceNumber account.SequenceNumber
}

// Styles returns the names of the styles that compute a MAC in this way.
func (v Variant) Styles() []string {
	var names []string
	for i := range styles {
		s := &styles[i]
		if s.SessionKey == v.SessionKey && s.ContextInMAC == v.ContextInMAC && s.Padding == v.Padding && !v.ShortLc {
			names = append(names, s.Name)
		}
	}
	return names
}

// String describes the variant: "session key visa-sm, ATC and AC in the MAC
// input, padding method 2".
func (v Variant) String() string {
	context := "without"
	if v.ContextInMAC {
		context = "with"
	}
	s := fmt.Sprintf("session key %s, %s ATC and AC in the MAC input, padding method %d", v.SessionKey, context, v.Padding)
	if v.ShortLc {
		s += ", Lc without the MAC"
	}
	if v.ATCStep != 0 {
		s += fmt.Sprintf(", ATC %+d", v.ATCStep)
	}
	if v.OtherCard {
		s += ", PAN sequence number " + v.SequenceNumber.String()
	}
	return s
}

// usesATC reports whether the MAC depends on the ATC.
func (v Variant) usesATC() bool { return v.ContextInMAC || v.SessionKey == cryptogram.MethodVisaSM }

// Search looks for the way in which a given MAC was computed. It is for testers
// whose script does not verify; a card uses its one style.
type Search struct {
	Key     secret.Key // ICC master key for MACs, or a session key
	Context Context
	Header  []byte // CLA INS P1 P2 Lc, as given
	Data    []byte // without the MAC
	MAC     []byte // 4 to 8 bytes

	// Issuer is the issuer master key that Key was derived from, with what follows
	// it. Where it is zero no other PAN sequence number is tried.
	Issuer         secret.Key
	PAN            account.PAN
	SequenceNumber account.SequenceNumber
	Option         cryptogram.Option
}

// atcStepMax is how far the ATC of a search may be off, in transactions: a
// script that is late, or a counter that was read before the transaction.
const atcStepMax = 3

// sequenceNumberTriedMax is the highest PAN sequence number that is tried.
const sequenceNumberTriedMax = 9

// Matches returns the variants whose MAC is the given one: those of the card and
// transaction given or, where none of them matches, those of an ATC up to 3 away
// and of the PAN sequence numbers 00 to 09. Session keys of two ATCs can be one
// key: where they differ in its parity bit alone, VisaSM gives the same. It
// computes at most 360 MACs.
func (s Search) Matches() []Variant {
	if len(s.MAC) < macLengthMin || len(s.MAC) > macLengthMax {
		return nil
	}
	if found := s.with(Variant{}); found != nil {
		return found
	}
	var found []Variant
	for step := -atcStepMax; step <= atcStepMax; step++ {
		if atc := int(s.Context.ATC) + step; step != 0 && atc >= 0 && atc <= 1<<16-1 {
			other := s
			other.Context.ATC = emv.ATC(atc)
			found = append(found, other.with(Variant{ATCStep: step})...)
		}
	}
	for n := account.SequenceNumber(0); n <= sequenceNumberTriedMax && !s.Issuer.IsZero(); n++ {
		if n != s.SequenceNumber {
			other := s
			other.Key = cryptogram.MasterKey(s.Issuer, s.PAN, n, s.Option)
			found = append(found, other.with(Variant{OtherCard: true, SequenceNumber: n})...)
		}
	}
	return found
}

// sessionKeyMethods are those of secure messaging.
var sessionKeyMethods = [...]cryptogram.SessionKeyMethod{cryptogram.MethodNone, cryptogram.MethodVisaSM, cryptogram.MethodCSK}

// with returns the variants that match with the key and transaction of s; base
// says in what these differ from those that were given.
func (s Search) with(base Variant) []Variant {
	var found []Variant
	for _, m := range sessionKeyMethods {
		key := derive(m, s.Key, s.Context)
		for _, v := range variants(m, base) {
			if (base.ATCStep == 0 || v.usesATC()) && s.matches(key, v) {
				found = append(found, v)
			}
		}
	}
	return found
}

// variants returns the variants of base with that session key.
func variants(m cryptogram.SessionKeyMethod, base Variant) []Variant {
	var all []Variant
	base.SessionKey = m
	for _, base.ContextInMAC = range []bool{true, false} {
		for _, base.Padding = range []secret.Padding{secret.Padding2, secret.Padding1} {
			for _, base.ShortLc = range []bool{false, true} {
				all = append(all, base)
			}
		}
	}
	return all
}

// matches reports whether v under the session key gives the MAC.
func (s Search) matches(key secret.Key, v Variant) bool {
	session := Session{Style: Style{ContextInMAC: v.ContextInMAC, Padding: v.Padding}, Context: s.Context, SMI: key}
	header := slices.Clone(s.Header)
	if v.ShortLc {
		const lc = 4 // place of Lc
		if len(header) <= lc || int(header[lc]) == len(s.Data) {
			return false
		}
		header[lc] = byte(len(s.Data))
	}
	mac := session.MAC(header, s.Data)
	return subtle.ConstantTimeCompare(mac[:len(s.MAC)], s.MAC) == 1
}

// StylesOpening returns the names of the styles in which a card takes a PIN
// CHANGE/UNBLOCK, to explain one that does not open in the style it should. All
// three master keys of the card must be there. current is as for OpenPINChange.
func StylesOpening(card cryptogram.MasterKeys, c Context, command apdu.Command, current pin.PIN) []string {
	var names []string
	for i := range styles {
		if _, err := NewSession(styles[i], card, c).OpenPINChange(command, current); err == nil {
			names = append(names, styles[i].Name)
		}
	}
	return names
}
