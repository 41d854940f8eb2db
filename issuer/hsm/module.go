package hsm

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// The errors of modules, beside the classes of package emv and secret.ErrUnseal.
var (
	ErrNoKey   = errors.New("no such key in the security module")
	ErrRetired = errors.New("key is retired: another has taken its place")
	ErrNoRow   = errors.New("no such row of cryptograms or scripts")
	ErrPINForm = errors.New("a PIN has four decimal digits")
	ErrWeakPIN = errors.New("PIN is too easily guessed")
)

// Module is all that the issuer asks of its security module. Software is one; who
// needs less states a smaller interface of his own. It is safe for concurrent use.
type Module interface {
	// Ref returns the reference of an account.
	Ref(pan account.PAN, n account.SequenceNumber) account.Ref

	// VerifyARQC checks the application cryptogram of a card over the data
	// elements of its transaction; a TC or AAC is checked in the same way. The
	// error wraps emv.ErrWrongMAC where it is another, emv.ErrMalformed where the
	// issuer application data is not what the card's row wants.
	VerifyARQC(c Card, in *cryptogram.Input, ac emv.AC) error

	// AnswerARPC returns the value of tag 91 that answers an ARQC, once that is
	// verified.
	AnswerARPC(c Card, in *cryptogram.Input, arqc emv.AC, r cryptogram.IssuerResponse) ([]byte, error)

	// BuildPINChange returns the template with a PIN CHANGE for a sealed PIN: P2 02
	// or, where the PIN on the chip is given as current, P2 01.
	BuildPINChange(c Card, s Script, newPIN, current SealedPIN) ([]byte, error)

	// BuildUnblock returns the template with a PIN CHANGE/UNBLOCK with P2 00.
	BuildUnblock(c Card, s Script) ([]byte, error)

	// AcceptPIN seals the digits that a holder chose, as a generation of his card.
	// personal are digit strings that he must not choose, such as those of his
	// birthday; the last four digits of the PAN are among them without being given.
	// The error is ErrPINForm or ErrWeakPIN.
	AcceptPIN(c Card, g pinlife.Generation, digits secret.Value, live []SealedPIN, personal ...secret.Value) (AcceptedPIN, error)

	// TransportKey returns the public key under which a holder's device enciphers a
	// PIN; AcceptTransported is AcceptPIN for such a one. The error wraps ErrTransport
	// where it can not be opened.
	TransportKey() (TransportKey, error)
	AcceptTransported(c Card, g pinlife.Generation, t TransportedPIN, live []SealedPIN, personal ...secret.Value) (AcceptedPIN, error)

	// SealPIN seals the PIN that a card was personalised with, whatever it is.
	SealPIN(c Card, g pinlife.Generation, p pin.PIN) (SealedPIN, error)

	// ComparePIN returns the generations whose PIN is the one in an enciphered PIN
	// block (DE52), none where it is wrong. Each of live is looked at, in the same
	// time. The error wraps emv.ErrBadPINBlock, emv.ErrBadCounter, emv.ErrMalformed
	// or ErrNoKey.
	ComparePIN(c Card, b PINBlock, live []SealedPIN) ([]pinlife.Generation, error)

	// CID returns the test card identification digits of a card, 3 to 5 of them. The
	// error wraps ErrNoKey where the module has no key for them.
	CID(c Card, expiry account.Expiry, digits int) (secret.Value, error)

	// MakeAEVV and CheckAEVV make and check the verification value of a cardholder's
	// authentication. The error wraps emv.ErrMalformed, emv.ErrWrongMAC or ErrNoKey.
	MakeAEVV(c Card, a Authentication) (AEVV, error)
	CheckAEVV(c Card, value []byte) error

	// SealPAN and OpenPAN keep the PAN of an account in a record.
	SealPAN(ref account.Ref, pan account.PAN) ([]byte, error)
	OpenPAN(ref account.Ref, sealed []byte) (account.PAN, error)

	// Seal and Unseal keep other things of an account, such as stored answers. The
	// purpose is a short text: what was sealed for one does not open for another.
	Seal(purpose string, ref account.Ref, clear []byte) ([]byte, error)
	Unseal(purpose string, ref account.Ref, sealed []byte) (secret.Value, error)

	// Personalise makes a card under a set of issuer master keys. A profile that
	// has other keys of its own is refused with ErrNoKey.
	Personalise(p perso.Profile, set uint8, o perso.Options) (perso.Card, error)

	// InitialKeyTDES and InitialKeyAES return the key that is loaded into a
	// terminal.
	InitialKeyTDES(n dukpt.TDESKSN) (secret.Key, error)
	InitialKeyAES(id dukpt.InitialKeyID) (secret.Key, error)
}

// Card names a card and how it was personalised, as issuer/store has it in a
// Record.
type Card struct {
	secret.Opaque
	PAN            account.PAN
	SequenceNumber account.SequenceNumber
	KeySet         uint8             // number of the set of issuer master keys
	Option         cryptogram.Option // derivation of the card's keys; 0 takes the set's
	Cryptogram     string            // row of emv/cryptogram
	Script         string            // row of emv/script
}

// Script says where a script goes.
type Script struct {
	Phase      script.Phase
	Identifier [emv.ScriptIdentifierSize]byte
	Context    script.Context
}
