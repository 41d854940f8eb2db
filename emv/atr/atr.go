// Package atr reads the answer to reset of a chip card. ISO/IEC 7816-3.
package atr

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
	bytesMin       = 2  // TS and T0
	bytesMax       = 33 // TS and 32 more
	direct         = 0x3B
	inverse        = 0x3F
	nibbleMask     = 0x0F // of T0: how many historical bytes; of TDi: the protocol
	interfaceShift = 4
	tdBit          = 8  // of the nibble that says which interface bytes follow
	globalProtocol = 15 // T=15 qualifies bytes for all protocols, it is none itself
)

// The errors of Parse.
var (
	ErrMalformed = errors.New("answer to reset is malformed: it is no card, or it lies the wrong way round")
	ErrCheckByte = errors.New("check byte of the answer to reset is wrong: clean the contacts and insert the card again")
)

// Parse takes an answer to reset apart. The error wraps ErrMalformed, or
// ErrCheckByte where the bytes are whole and do not add up.
func Parse(b []byte) (ATR, error) {
	length, checked, err := Announced(b)
	if err != nil || len(b) != length {
		return ATR{}, fmt.Errorf("parse ATR: %w", ErrMalformed)
	}
	end, offered := interfaceBytes(b)
	a := ATR{
		Inverse:    b[0] == inverse,
		Protocols:  slices.DeleteFunc(offered, func(p Protocol) bool { return p == globalProtocol }),
		Interface:  slices.Clone(b[bytesMin:end]),
		Historical: slices.Clone(b[end : end+int(b[1]&nibbleMask)]),
		Checked:    checked,
	}
	if checked && !addsUp(b[1:]) {
		return a, fmt.Errorf("parse ATR: %w", ErrCheckByte)
	}
	return a, nil
}

// Announced returns how many bytes an answer to reset says that it has, there or
// not, and whether the last of them is a check byte: there is one unless T=0 is
// the only protocol. The error wraps ErrMalformed where TS or T0 is missing, TS
// is neither 3B nor 3F, or there are more bytes than an answer can have.
func Announced(b []byte) (length int, checked bool, err error) {
	if len(b) < bytesMin || len(b) > bytesMax || b[0] != direct && b[0] != inverse {
		return 0, false, fmt.Errorf("read length of ATR: %w", ErrMalformed)
	}
	end, offered := interfaceBytes(b)
	length = end + int(b[1]&nibbleMask)
	checked = slices.ContainsFunc(offered, func(p Protocol) bool { return p != T0 })
	if checked {
		length++
	}
	return length, checked, nil
}

// interfaceBytes returns where the interface bytes that follow T0 end, which is
// behind b where some are missing, and the protocols that they offer: T=0 where
// they name none.
func interfaceBytes(b []byte) (end int, offered []Protocol) {
	end = bytesMin
	for follow := b[1] >> interfaceShift; follow != 0; {
		for bit := range 3 {
			end += int(follow >> bit & 1) // TA, TB, TC
		}
		if follow&tdBit == 0 {
			break
		}
		end++
		if end > len(b) {
			break
		}
		td := b[end-1]
		if p := Protocol(td & nibbleMask); !slices.Contains(offered, p) {
			offered = append(offered, p)
		}
		follow = td >> interfaceShift
	}
	if len(offered) == 0 {
		offered = []Protocol{T0}
	}
	return end, offered
}

// addsUp reports whether the exclusive or of all bytes is zero.
func addsUp(b []byte) bool {
	sum := byte(0)
	for _, v := range b {
		sum ^= v
	}
	return sum == 0
}
