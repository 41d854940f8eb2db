package script

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// Variant is one way to compute the MAC of a script command.
type Variant struct {
	SessionKey   SessionKeyMethod
	ContextInMAC bool // ATC and AC stand in the MAC input
	Padding      secret.Padding
	ShortLc      bool // the Lc in the MAC input does not count the MAC
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
	return s
}

// Search looks for the way in which a given MAC was computed. It is for testers
// whose script does not verify; a card uses its one style.
type Search struct {
	Key     secret.Key // ICC master key for MACs, or a session key
	Context Context
	Header  []byte // CLA INS P1 P2 Lc, as given
	Data    []byte // without the MAC
	MAC     []byte // 4 to 8 bytes
}

// Matches returns the variants whose MAC is the given one. It computes at most
// 24 MACs.
func (s Search) Matches() []Variant {
	if len(s.MAC) < macLengthMin || len(s.MAC) > macLengthMax {
		return nil
	}
	var found []Variant
	for m := SessionKeyNone; m <= SessionKeyCSK; m++ {
		key := m.derive(s.Key, s.Context)
		for _, v := range variants(m) {
			if s.matches(key, v) {
				found = append(found, v)
			}
		}
	}
	return found
}

// variants returns the variants with that session key.
func variants(m SessionKeyMethod) []Variant {
	var all []Variant
	for _, context := range []bool{true, false} {
		for _, padding := range []secret.Padding{secret.Padding2, secret.Padding1} {
			all = append(all, Variant{m, context, padding, false}, Variant{m, context, padding, true})
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
