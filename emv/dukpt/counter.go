package dukpt

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// ErrExhausted says that a device has used its last counter and needs a new
// initial key.
var ErrExhausted = errors.New("every counter of the initial key has been used")

// rules are the numbers in which TDES and AES DUKPT differ.
type rules struct {
	counterBits int // the width of the transaction counter
	onesMax     int // the one bits that a counter may have, which bound the steps of the host
}

// check refuses counters that no device uses.
func (r rules) check(counter uint32) error {
	if counter == 0 {
		return fmt.Errorf("check counter: 0 belongs to the initial key: %w", emv.ErrBadCounter)
	}
	if n := bits.OnesCount32(counter); n > r.onesMax {
		return fmt.Errorf("check counter: %d one bits, at most %d: %w", n, r.onesMax, emv.ErrBadCounter)
	}
	return nil
}

// step derives the key of a counter from the key of the same counter without
// its lowest one bit.
type step func(parent secret.Key, counter uint32) secret.Key

// walk derives the key of a counter from the initial key: one step for each one
// bit, highest first.
func walk(initial secret.Key, counter uint32, next step) secret.Key {
	key := initial
	for reached := uint32(0); reached != counter; {
		reached |= 1 << (bits.Len32(counter^reached) - 1)
		key = next(key, reached)
	}
	return key
}

// registers are a device's future keys: register i holds the key of the next
// counter whose lowest one bit is bit i, or nothing where that key has been
// used. They are all that a device keeps, so no key that was used, nor the
// initial key, can be worked out from what it holds.
type registers struct {
	rules
	step    step
	keys    [32]secret.Key // AES uses all, TDES 21
	counter uint64         // the counter that is used next; it can outgrow 32 bits
}

// load fills the registers from the initial key, which is not kept.
func load(initial secret.Key, r rules, next step) registers {
	regs := registers{rules: r, step: next, counter: 1}
	regs.fill(initial, 0, r.counterBits)
	return regs
}

// fill derives the keys of all counters that are the given one with one more
// bit set, below bit end.
func (r *registers) fill(parent secret.Key, counter uint32, end int) {
	for i := range end {
		r.keys[i] = r.step(parent, counter|1<<i)
	}
}

// next returns the next counter and its key, and forgets the key. The counters
// rise and leave out those with too many one bits. ANSI X9.24-1:2009, A.2;
// ANSI X9.24-3:2017, 6.1.
func (r *registers) next() (uint32, secret.Key, error) {
	if r.counter>>r.counterBits != 0 {
		return 0, secret.Key{}, ErrExhausted
	}
	counter := uint32(r.counter)
	lowest := bits.TrailingZeros32(counter)
	key := r.keys[lowest]
	if key.IsZero() {
		panic("dukpt: the register of an unused counter is empty")
	}
	r.keys[lowest] = secret.Key{}
	if bits.OnesCount32(counter) < r.onesMax {
		r.fill(key, counter, lowest)
		r.counter++
	} else {
		// One more bit is one too many, so the next counter carries over.
		r.counter += 1 << lowest
	}
	return counter, key, nil
}
