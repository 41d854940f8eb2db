// Package kernel is an EMV kernel: it takes a card through a transaction, phase
// by phase, as EMV Book 3, 10 orders them, and comes to an outcome.
//
// A status word is the card's answer, an outcome is the kernel's verdict, and a
// Go error says that a call was wrong: a card that is pulled, answers nonsense or
// lies, and a host that can not be reached, all end in a Result.
//
// The kernel knows no reader, no clock, no network and no card key. It uses one
// card at a time and starts no goroutine. docs/kernel.md says where each rule
// lives and what is not there.
package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/profile"
)

// Config says how a kernel is set up.
type Config struct {
	Profile profile.Profile
	// Rand gives unpredictable numbers, the padding of enciphered PINs and the
	// draw of random selection. Nil is the system's generator.
	Rand io.Reader
	// ExceptionFile reports whether an account is on an exception file beside the
	// exceptions of the profile. Nil is none. EMV Book 4, 6.3.5.
	ExceptionFile func(account.PAN, account.SequenceNumber) bool
	// ReferenceKey is the key of account references; it need not be there where the
	// exceptions of the profile have none.
	ReferenceKey secret.Value
}

// Kernel takes cards through transactions. It keeps nothing from one to the
// next and may be used by several goroutines where Rand may.
type Kernel struct {
	config        Config
	terminalData  []profile.Object // of every transaction
	approvalCodes []emv.ARC
}

// New returns a kernel, or an error that says what is wrong with the set-up.
func New(c Config) (*Kernel, error) {
	if err := checkApplications(c.Profile.Applications); err != nil {
		return nil, fmt.Errorf("set up kernel: %w", err)
	}
	objects, err := terminalData(c.Profile)
	if err != nil {
		return nil, fmt.Errorf("set up kernel: %w", err)
	}
	if c.Profile.Exceptions.UsesReferences() && c.ReferenceKey.Len() < referenceKeyBytesMin {
		return nil, errors.New("set up kernel: exceptions of the profile are account references, and there is no key for them: write them as masked account numbers")
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	k := &Kernel{config: c, terminalData: objects, approvalCodes: c.Profile.ApprovalCodes}
	if k.approvalCodes == nil {
		k.approvalCodes = profile.DefaultApprovalCodes()
	}
	return k, nil
}

// The lengths in bytes that an AID may have. EMV Book 1, 12.2.1.
const (
	aidBytesMin = 5
	aidBytesMax = 16
)

// referenceKeyBytesMin is the length of the shortest key of account references.
const referenceKeyBytesMin = 16

// percentageMax is the highest percentage of random selection. EMV Book 3, 10.6.2.
const percentageMax = 99

func checkApplications(applications []profile.Application) error {
	if len(applications) == 0 {
		return errors.New("profile has no application")
	}
	for _, a := range applications {
		if len(a.AID) < aidBytesMin || len(a.AID) > aidBytesMax {
			return fmt.Errorf("AID of %d bytes, want %d to %d", len(a.AID), aidBytesMin, aidBytesMax)
		}
		r := a.RandomSelection
		if r.TargetPercentage > r.MaximumTargetPercentage || r.MaximumTargetPercentage > percentageMax {
			return fmt.Errorf("AID %X: percentages of random selection out of order or above %d", a.AID, percentageMax)
		}
	}
	return nil
}

// Transact takes a card through one transaction. A nil Online is a terminal that
// can not go online. The error says that tx has a value that no data object
// holds, or that there are no random bytes; nothing has been sent to the card or
// the host then. All else is a Result.
func (k *Kernel) Transact(ctx context.Context, card apdu.Transmitter, h Cardholder, o Online, tx Transaction) (*Result, error) {
	if card == nil || h == nil {
		return nil, errors.New("transact: no card or no cardholder")
	}
	objects, err := transactionData(tx)
	if err != nil {
		return nil, fmt.Errorf("transact: %w", err)
	}
	t := &transaction{
		kernel: k, profile: &k.config.Profile, ctx: ctx, card: card, cardholder: h, online: o, tx: tx,
		transactionData: objects, data: newDataObjects(), cvmResults: emv.NoCVMPerformed(emv.CVMUnknown),
	}
	if _, err := io.ReadFull(k.config.Rand, t.unpredictableNumber[:]); err != nil {
		return nil, fmt.Errorf("transact: draw unpredictable number: %w", err)
	}
	t.end(t.run())
	return &t.result, nil
}
