package cryptogram

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// Scheme says who gives a cryptogram version its meaning: the same version byte
// stands for different things in different schemes.
type Scheme uint8

// The schemes of the table.
const (
	SchemeVisa Scheme = iota + 1
	SchemeMastercard
	SchemeInterac
	SchemeCCD // the Common Core Definitions, which cards of any brand may follow
	SchemeAmexStyle
)

// ARPCMethod is the way an authorisation response cryptogram is made.
type ARPCMethod uint8

// The methods of EMV Book 2, 8.2.
const (
	ARPCMethod1 ARPCMethod = 1 // 8 bytes, covers the ARPC response code
	ARPCMethod2 ARPCMethod = 2 // 4 bytes, covers the card status update
)

// Profile is what a cryptogram version defines. Profiles are values: one can be
// copied from the table and altered, to try another padding or tail. How the
// card's master key is diversified is not part of it: that is the issuer's
// choice for each card.
type Profile struct {
	Name            string
	Scheme          Scheme
	Layout          Layout           // of the issuer application data
	Version         byte             // CVN, or common core identifier for CCD
	SessionKey      SessionKeyMethod // for the application cryptogram
	Tail            Tail             // what is covered behind the common data elements
	Padding         secret.Padding
	ARPC            ARPCMethod
	ARPCByMasterKey bool // the ARPC is made with the master key although there is a session key
}

// profiles is the table; a new version needs a new row and nothing else. All
// rows but three are proven by published cryptograms with known keys, see the
// tests. Those three: visa-cvn22 and ccd, which differ from visa-cvn18 in the
// layout alone, and amex-style.
//
// amex-style is our own choice: we know of no public source for the tail, the
// padding and the ARPC key of an American Express card. It does as visa-cvn10
// does, since the public samples of its issuer application data have that
// layout.
var profiles = [...]Profile{
	{"visa-cvn10", SchemeVisa, LayoutVisa0, 0x0A, MethodNone, TailCVR, secret.Padding1, ARPCMethod1, false},
	{"visa-cvn18", SchemeVisa, LayoutVisa0, 0x12, MethodCSK, TailIAD, secret.Padding2, ARPCMethod2, false},
	{"visa-cvn22", SchemeVisa, LayoutVisa2, 0x22, MethodCSK, TailIAD, secret.Padding2, ARPCMethod2, false},
	{"mc-cvn16", SchemeMastercard, LayoutMChip, 0x10, MethodMastercardSKD, TailCVR, secret.Padding2, ARPCMethod1, true},
	{"mc-cvn17", SchemeMastercard, LayoutMChip, 0x11, MethodMastercardSKD, TailCVRAndCounters, secret.Padding2, ARPCMethod1, true},
	{"mc-cvn20", SchemeMastercard, LayoutMChip, 0x14, MethodCSK, TailCVR, secret.Padding2, ARPCMethod1, false},
	{"mc-cvn21", SchemeMastercard, LayoutMChip, 0x15, MethodCSK, TailCVRAndCounters, secret.Padding2, ARPCMethod1, false},
	{"interac-133", SchemeInterac, LayoutInterac, 0x85, MethodMastercardSKD, TailIAD, secret.Padding2, ARPCMethod1, false},
	{"ccd", SchemeCCD, LayoutCCD, 0xA5, MethodCSK, TailIAD, secret.Padding2, ARPCMethod2, false},
	{"amex-style", SchemeAmexStyle, LayoutVisa0, 0x01, MethodNone, TailCVR, secret.Padding1, ARPCMethod1, false},
}

// Profiles returns a copy of the table.
func Profiles() []Profile { return slices.Clone(profiles[:]) }

// ProfileByName returns the row of that name, such as "visa-cvn10".
func ProfileByName(name string) (p Profile, ok bool) {
	return find(func(p *Profile) bool { return p.Name == name })
}

// ProfileFor returns the row that issuer application data (tag 9F10) asks for.
// The scheme must be known from elsewhere, such as the RID of the application:
// the data alone does not tell whose it is.
func ProfileFor(s Scheme, iad []byte) (p Profile, ok bool) {
	return find(func(p *Profile) bool {
		if p.Scheme != s {
			return false
		}
		version, ok := p.Layout.Version(iad)
		return ok && p.Version == version
	})
}

func find(match func(*Profile) bool) (Profile, bool) {
	for i := range profiles {
		if match(&profiles[i]) {
			return profiles[i], true
		}
	}
	return Profile{}, false
}

// Session holds the keys of one transaction: that of the application
// cryptogram and that of the ARPC, which may be the same.
type Session struct {
	secret.Opaque
	Profile Profile
	AC      secret.Key
	ARPC    secret.Key
}

// Session derives the keys of a transaction from the ICC master key for
// application cryptograms. Both cryptograms use them, so derive them once.
func (p Profile) Session(mk secret.Key, atc emv.ATC, un emv.UnpredictableNumber) Session {
	s := Session{Profile: p, AC: p.SessionKey.Derive(mk, atc, un)}
	s.ARPC = s.AC
	if p.ARPCByMasterKey {
		s.ARPC = mk
	}
	return s
}
