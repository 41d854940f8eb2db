package authorization

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// Module is what authorisation asks of the security module; hsm.Module has it.
type Module interface {
	Ref(pan account.PAN, n account.SequenceNumber) account.Ref
	VerifyARQC(c hsm.Card, in *cryptogram.Input, ac emv.AC) error
	AnswerARPC(c hsm.Card, in *cryptogram.Input, arqc emv.AC, r cryptogram.IssuerResponse) ([]byte, error)
	ComparePIN(c hsm.Card, b hsm.PINBlock, live []hsm.SealedPIN) ([]pinlife.Generation, error)
	CID(c hsm.Card, expiry account.Expiry, digits int) (secret.Value, error)
	CheckAEVV(c hsm.Card, value []byte) error
	BuildPINChange(c hsm.Card, s hsm.Script, newPIN, current hsm.SealedPIN) ([]byte, error)
	BuildUnblock(c hsm.Card, s hsm.Script) ([]byte, error)
	Seal(purpose string, ref account.Ref, clear []byte) ([]byte, error)
	Unseal(purpose string, ref account.Ref, sealed []byte) (secret.Value, error)
}

// PINTriesMax is how many wrong PINs in DE 52 a card has until a right one. The
// chip counts its own.
const PINTriesMax = 3

// Config is what an Authorizer is made of. Store, Module and Dialect are
// necessary; the zero Policy is pinlife.DefaultPolicy.
type Config struct {
	Store   store.Store
	Module  Module
	Dialect *message.Dialect // in which answers are written
	Policy  pinlife.Policy
	Risk    Risk
	StandIn StandIn
	Clock   clock.Clock   // nil is the system's
	Random  io.Reader     // of the keys of digests; nil is the system's
	Logger  kitlog.Logger // nil is none
}

// Authorizer answers the messages of terminals. It is safe for concurrent use.
type Authorizer struct {
	config Config
	turns  turns
}

// New returns an Authorizer.
func New(c Config) (*Authorizer, error) {
	if c.Store == nil || c.Module == nil || c.Dialect == nil {
		return nil, errors.New("make authorizer: a store, a module and a dialect are needed")
	}
	if c.Policy == (pinlife.Policy{}) {
		c.Policy = pinlife.DefaultPolicy()
	}
	if err := c.Policy.Validate(); err != nil {
		return nil, fmt.Errorf("make authorizer: %w", err)
	}
	if err := cmp.Or(c.Risk.Validate(), c.StandIn.Validate()); err != nil {
		return nil, fmt.Errorf("make authorizer: %w", err)
	}
	c.Clock = clock.Or(c.Clock)
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = kitlog.NewNopLogger()
	}
	return &Authorizer{config: c}, nil
}

// Answer returns the packed answer to a message, which is committed by then. A
// message that was answered before gets the bytes that it got then. Where an error
// comes, the terminal must get no answer: it then reverses the payment, whether it
// was committed or not.
func (a *Authorizer) Answer(ctx context.Context, m message.Message) ([]byte, error) {
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		b, err := a.answer(ctx, m, &m.Transaction, decideRequest(m))
		return a.standIn(m, b, err)
	case *message.Advice:
		return a.answer(ctx, m, &m.Transaction, decideAdvice(m))
	case *message.Reversal:
		return a.answer(ctx, m, &m.Transaction, decideReversal(m))
	}
	return nil, fmt.Errorf("answer %s: not a message for the issuer", m.Kind())
}
