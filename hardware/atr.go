package hardware

import (
	"errors"
	"fmt"
	"slices"
)

// Protocol is a transmission protocol between reader and card. ISO/IEC 7816-3.
type Protocol uint8

// The protocols of EMV.
const (
	T0 Protocol = 0 // characters
	T1 Protocol = 1 // blocks
)

// String returns "T=0" or "T=1".
func (p Protocol) String() string { return fmt.Sprintf("T=%d", uint8(p)) }

// Protocoler is a Card that knows the protocol that its reader speaks with it.
type Protocoler interface{ Protocol() Protocol }

// ATR is an answer to reset, taken apart. ISO/IEC 7816-3, 8.2 (from memory).
type ATR struct {
	Inverse    bool       // inverse convention: TS is 3F
	Protocols  []Protocol // in the order of the interface bytes, T=0 where none is named
	Interface  []byte     // TA1 up to the last TDi
	Historical []byte
	// Checked says that there is a check byte; an answer that offers T=0 alone has
	// none.
	Checked bool
}

// Bounds and bytes of an answer to reset.
const (
	atrBytesMax    = 33 // TS and 32 more
	atrDirect      = 0x3B
	atrInverse     = 0x3F
	globalProtocol = 15 // T=15 qualifies bytes for all protocols, it is none itself
)

// The errors of ParseATR.
var (
	ErrATRMalformed = errors.New("answer to reset is malformed: it is no card, or it lies the wrong way round")
	ErrATRCheckByte = errors.New("check byte of the answer to reset is wrong: clean the contacts and insert the card again")
)

// ParseATR takes an answer to reset apart. The error wraps ErrATRMalformed, or
// ErrATRCheckByte where the bytes are whole and do not add up.
func ParseATR(b []byte) (ATR, error) {
	if len(b) < 2 || len(b) > atrBytesMax || b[0] != atrDirect && b[0] != atrInverse {
		return ATR{}, fmt.Errorf("parse ATR: %w", ErrATRMalformed)
	}
	a := ATR{Inverse: b[0] == atrInverse}
	at, ok := a.readInterface(b)
	historical := int(b[1] & 0x0F)
	a.Checked = slices.ContainsFunc(a.offered(), func(p Protocol) bool { return p != T0 })
	want := at + historical
	if a.Checked {
		want++
	}
	if !ok || len(b) != want {
		return ATR{}, fmt.Errorf("parse ATR: %w", ErrATRMalformed)
	}
	a.Historical = slices.Clone(b[at : at+historical])
	a.Protocols = slices.DeleteFunc(a.offered(), func(p Protocol) bool { return p == globalProtocol })
	if a.Checked && !addsUp(b[1:]) {
		return a, fmt.Errorf("parse ATR: %w", ErrATRCheckByte)
	}
	return a, nil
}

// readInterface reads the interface bytes that follow T0, and returns where they
// end.
func (a *ATR) readInterface(b []byte) (at int, ok bool) {
	at = 2
	for follow := b[1] >> 4; follow != 0; {
		for bit := range 3 {
			at += int(follow >> bit & 1) // TA, TB, TC
		}
		if follow&8 == 0 {
			break
		}
		if at >= len(b) {
			return at, false
		}
		td := b[at]
		at++
		if p := Protocol(td & 0x0F); !slices.Contains(a.Protocols, p) {
			a.Protocols = append(a.Protocols, p)
		}
		follow = td >> 4
	}
	if at > len(b) {
		return at, false
	}
	a.Interface = slices.Clone(b[2:at])
	return at, true
}

// offered returns what the interface bytes name: T=0 where they name nothing.
func (a *ATR) offered() []Protocol {
	if len(a.Protocols) == 0 {
		return []Protocol{T0}
	}
	return slices.Clone(a.Protocols)
}

// addsUp reports whether the exclusive or of all bytes is zero.
func addsUp(b []byte) bool {
	sum := byte(0)
	for _, v := range b {
		sum ^= v
	}
	return sum == 0
}
