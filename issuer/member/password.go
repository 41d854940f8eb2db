package member

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"

	"github.com/f510b0cf/till/emv/secret"
)

// The parameters of new hashes: argon2id as RFC 9106 defines it, with the first
// of the settings that the OWASP password storage guide names.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	sumBytes  = 32
)

// The bounds of a password, in bytes.
const (
	PasswordMin = 8
	PasswordMax = 256
)

// ErrPasswordLength says that a password is shorter or longer than it may be.
var ErrPasswordLength = fmt.Errorf("password has not %d to %d bytes", PasswordMin, PasswordMax)

// Passwords hashes and checks passwords. Each one takes memory and time, so that
// no more than a few run at once; the others wait. It is safe for concurrent use.
type Passwords struct {
	rand  io.Reader
	slots chan struct{}
}

// NewPasswords returns a Passwords that draws salts from rand and lets that many
// run at once, at least one. rand must be safe for concurrent use where there is
// more than one.
func NewPasswords(rand io.Reader, atOnce int) *Passwords {
	return &Passwords{rand: rand, slots: make(chan struct{}, max(atOnce, 1))}
}

// Hash returns the hash of a password under a new salt. The error wraps
// ErrPasswordLength, or the context's error where its turn did not come.
func (p *Passwords) Hash(ctx context.Context, password secret.Value) (Hash, error) {
	if password.Len() < PasswordMin || password.Len() > PasswordMax {
		return Hash{}, fmt.Errorf("hash password: %w", ErrPasswordLength)
	}
	if err := p.enter(ctx); err != nil {
		return Hash{}, fmt.Errorf("hash password: %w", err)
	}
	defer p.leave()
	h := Hash{memory: memoryKiB, passes: passes, lanes: lanes, salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(p.rand, h.salt); err != nil {
		return Hash{}, fmt.Errorf("draw salt: %w", err)
	}
	h.sum = h.sumOf(password, sumBytes)
	return h, nil
}

// Verify reports whether the password is that of the hash, in time that does not
// depend on how they differ. The zero Hash, that of a member who is not there or
// has no login, takes as long as another and has no password. The error is the
// context's, where its turn did not come.
func (p *Passwords) Verify(ctx context.Context, h Hash, password secret.Value) (bool, error) {
	known := !h.IsZero()
	if !known {
		h = Hash{memory: memoryKiB, passes: passes, lanes: lanes, salt: make([]byte, saltBytes), sum: make([]byte, sumBytes)}
	}
	if password.Len() > PasswordMax {
		password = secret.Value{}
	}
	if err := p.enter(ctx); err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	defer p.leave()
	sum := h.sumOf(password, len(h.sum))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1 && known, nil
}

// enter waits for a slot.
func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Passwords) leave() { <-p.slots }

// sumOf computes the n bytes of the hash of a password.
func (h Hash) sumOf(password secret.Value, n int) (sum []byte) {
	password.Open(func(clear []byte) {
		sum = argon2.IDKey(clear, h.salt, h.passes, h.memory, h.lanes, uint32(n))
	})
	return sum
}
