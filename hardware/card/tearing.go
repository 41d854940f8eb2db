package card

import "errors"

// ErrTorn is the error of a Tearing whose power is gone.
var ErrTorn = errors.New("medium has lost its power")

// Tearing is a Medium that loses its power after a number of steps and is dead
// from then on. A step is one byte appended, one Sync or one Truncate, so the
// numbers from 0 up are all the instants at which the writes of a card can be
// torn: in the middle of a record, before it is synced, and after. A Replace takes
// a step for each byte and one for a sync, which go to a place beside the content,
// one for the exchange, and one more to make that durable.
type Tearing struct {
	medium      Medium
	left, taken int64
	torn        bool
}

// NewTearing returns a medium that takes that many steps on m.
func NewTearing(m Medium, steps int64) *Tearing { return &Tearing{medium: m, left: steps} }

// Steps returns how many steps were taken.
func (t *Tearing) Steps() int64 { return t.taken }

// Torn reports whether the power is gone.
func (t *Tearing) Torn() bool { return t.torn }

// take takes up to n steps and returns how many there were power for.
func (t *Tearing) take(n int64) int64 {
	if t.torn {
		return 0
	}
	granted := min(n, t.left)
	t.torn = granted < n
	t.left -= granted
	t.taken += granted
	return granted
}

// ReadAt reads from the medium below while there is power; it takes no step.
func (t *Tearing) ReadAt(p []byte, offset int64) (int, error) {
	if t.torn {
		return 0, ErrTorn
	}
	return t.medium.ReadAt(p, offset)
}

// Append takes a step for each byte. What there was power for is written.
func (t *Tearing) Append(p []byte) error {
	granted := t.take(int64(len(p)))
	if err := t.medium.Append(p[:granted]); err != nil {
		return err
	}
	if t.torn {
		return ErrTorn
	}
	return nil
}

// Sync takes one step.
func (t *Tearing) Sync() error {
	if t.take(1) == 0 {
		return ErrTorn
	}
	return t.medium.Sync()
}

// Truncate takes one step.
func (t *Tearing) Truncate(size int64) error {
	if t.take(1) == 0 {
		return ErrTorn
	}
	return t.medium.Truncate(size)
}

// Replace exchanges the content in the step behind its bytes and their sync.
func (t *Tearing) Replace(p []byte) error {
	written := int64(len(p)) + 1
	if t.take(written) < written || t.take(1) == 0 {
		return ErrTorn
	}
	if err := t.medium.Replace(p); err != nil {
		return err
	}
	if t.take(1) == 0 {
		return ErrTorn
	}
	return nil
}

// Size asks the medium below while there is power; it takes no step.
func (t *Tearing) Size() (int64, error) {
	if t.torn {
		return 0, ErrTorn
	}
	return t.medium.Size()
}
