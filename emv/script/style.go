package script

import (
	"slices"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// Style is the way in which an issuer and its cards protect script commands.
// Styles are values: one can be copied from the table and altered, to try
// another MAC length or class byte.
type Style struct {
	Name         string
	SessionKey   cryptogram.SessionKeyMethod // for MAC and encipherment: none, visa-sm or csk
	ContextInMAC bool                        // ATC and AC stand between header and data in the MAC input
	Padding      secret.Padding              // of the MAC input
	MACLength    int                         // 4 to 8 bytes; EMV Book 2, 9.2.1
	Class        byte                        // CLA of EMV's own script commands: 84 or 8C
	Block        BlockForm                   // PIN block for P2 02: the current PIN is not mixed in
	CurrentBlock BlockForm                   // PIN block for P2 01; 0 where the style knows none
	Frame        Frame                       // what is enciphered
}

// styles is the table. The rows visa and mchip are proven by published commands
// with known keys, and of bare the MAC is; see the tests. ccd and the rest of
// bare are built from EMV Book 2, and amex-style follows visa. visa-csk and
// visa-cvn22 are cards of Visa with EMV common session keys; their rows have no
// published command behind them.
var styles = [...]Style{
	{"visa", cryptogram.MethodVisaSM, true, secret.Padding2, 8, 0x84, BlockVisa, BlockVisa, FrameVisa},
	{"amex-style", cryptogram.MethodVisaSM, true, secret.Padding2, 8, 0x84, BlockVisa, BlockVisa, FrameVisa},
	{"mchip", cryptogram.MethodCSK, true, secret.Padding2, 8, 0x84, BlockFormat2, 0, FrameBlock},
	{"ccd", cryptogram.MethodCSK, true, secret.Padding2, 8, 0x84, BlockFormat2, 0, FramePadded},
	{"bare", cryptogram.MethodCSK, false, secret.Padding2, 8, 0x84, BlockFormat2, 0, FramePadded},
	{"visa-csk", cryptogram.MethodCSK, true, secret.Padding2, 8, 0x84, BlockVisa, BlockVisa, FrameVisa},
	{"visa-cvn22", cryptogram.MethodCSK, true, secret.Padding2, 8, 0x84, BlockFormat2, BlockVisa, FrameVisa},
}

// Styles returns a copy of the table.
func Styles() []Style { return slices.Clone(styles[:]) }

// StyleByName returns the row of that name, such as "amex-style".
func StyleByName(name string) (s Style, ok bool) {
	for i := range styles {
		if styles[i].Name == name {
			return styles[i], true
		}
	}
	return Style{}, false
}

// derive returns the session key of a master key for secure messaging: of the
// ATC by cryptogram.MethodVisaSM, of the application cryptogram by
// cryptogram.MethodCSK. EMV Book 2, 9.2.2 and 9.3.2.
func derive(m cryptogram.SessionKeyMethod, mk secret.Key, c Context) secret.Key {
	switch m {
	case cryptogram.MethodNone:
		return mk
	case cryptogram.MethodVisaSM:
		return cryptogram.VisaSM(mk, c.ATC)
	case cryptogram.MethodCSK:
		return cryptogram.CSK(mk, c.AC)
	}
	panic("script: derive by " + m.String())
}
