package hsm

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// ChallengeSize is the length of a Challenge in bytes.
const ChallengeSize = 32

// Challenge makes a transported PIN good for one request. Who gives it out takes it
// once.
type Challenge [ChallengeSize]byte

// TransportKey is the public key under which holders' own devices encipher a PIN.
type TransportKey struct {
	ID   string // hexadecimal digits of the first bytes of SHA-256 of SPKI
	SPKI []byte // SubjectPublicKeyInfo, DER; RSA
}

// TransportedPIN is a PIN as a holder's device sends it: enciphered by RSA-OAEP with
// SHA-256 (RFC 8017) and the label TransportLabel. The content is a PIN block of ISO
// 9564-1 format 1, the challenge and the reference of the card. A format 1 block is
// bound to no account, so that the device needs no PAN; the reference binds it.
type TransportedPIN struct {
	KeyID      string
	Challenge  Challenge
	Enciphered []byte
}

// TransportLabel is the OAEP label of transported PINs.
const TransportLabel = "till PIN transport 1"

// ErrTransport says that a transported PIN is not what it should be: for another
// key, challenge or card, or garbled. It does not say which.
var ErrTransport = errors.New("transported PIN is of another key, challenge or card, or damaged")

const (
	transportBits = 2048
	keyIDBytes    = 8
	blockBytes    = 8 // of a format 1 block
)

// transport is the key pair of one process. It is drawn when it is first asked for
// and lies nowhere: what was recorded on its way opens no more once the process has
// ended.
type transport struct {
	secret.Opaque
	key    *rsa.PrivateKey
	public TransportKey
}

// newTransport draws a key pair from the system's generator: crypto/rsa takes no
// other.
func newTransport() (transport, error) {
	key, err := rsa.GenerateKey(rand.Reader, transportBits)
	if err != nil {
		return transport{}, fmt.Errorf("draw transport key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return transport{}, fmt.Errorf("encode transport key: %w", err)
	}
	sum := sha256.Sum256(spki)
	return transport{key: key, public: TransportKey{ID: hex.EncodeToString(sum[:keyIDBytes]), SPKI: spki}}, nil
}

// TransportKey returns the public key of transported PINs.
func (s *Software) TransportKey() (TransportKey, error) {
	t, err := s.transport()
	return t.public, err
}

// AcceptTransported is AcceptPIN for a PIN that comes from a holder's device.
func (s *Software) AcceptTransported(c Card, g pinlife.Generation, t TransportedPIN, live []SealedPIN, personal ...secret.Value) (AcceptedPIN, error) {
	own, err := s.transport()
	if err != nil {
		return AcceptedPIN{}, err
	}
	digits, err := own.open(t, s.ref(c))
	if err != nil {
		return AcceptedPIN{}, fmt.Errorf("accept PIN: %w", err)
	}
	return s.AcceptPIN(c, g, digits, live, personal...)
}

// open returns the digits of a transported PIN for the card with that reference.
func (t transport) open(sent TransportedPIN, ref [16]byte) (digits secret.Value, err error) {
	if sent.KeyID != t.public.ID {
		return secret.Value{}, ErrTransport
	}
	clear, err := rsa.DecryptOAEP(sha256.New(), nil, t.key, sent.Enciphered, []byte(TransportLabel))
	defer secret.Wipe(clear)
	if err != nil || len(clear) != blockBytes+ChallengeSize+len(ref) {
		return secret.Value{}, ErrTransport
	}
	bound := append(sent.Challenge[:], ref[:]...)
	if subtle.ConstantTimeCompare(clear[blockBytes:], bound) != 1 {
		return secret.Value{}, ErrTransport
	}
	block, err := pin.ParseBlock(clear[:blockBytes])
	if err != nil {
		return secret.Value{}, ErrTransport
	}
	p, err := pin.Decode(pin.Format1, block, account.PAN{}) // bound to none
	if err != nil {
		return secret.Value{}, ErrTransport
	}
	p.Open(func(d []byte) { digits = secret.New(d) })
	return digits, nil
}
