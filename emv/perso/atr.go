package perso

import (
	"errors"

	"github.com/f510b0cf/till/emv/atr"
)

// The answers to reset of cards whose profile has none: no voltage to program, no
// extra guard time, four historical bytes; for T=1 with information fields of 254
// bytes and a check byte. EMV Book 1, 8.
const (
	atrT0 = "\x3B\x64\x00\x00till"
	atrT1 = "\x3B\xE4\x00\x00\x81\x31\xFE\x45till\xF2"
)

// defaultATR returns the answer to reset of a protocol.
func defaultATR(p protocolText) []byte {
	if p == protocolT1 {
		return []byte(atrT1)
	}
	return []byte(atrT0)
}

func (c *checker) atr(b []byte) {
	c.where = ""
	length, _, err := atr.Announced(b)
	if err != nil {
		c.fail("ATR: want TS, 3B or 3F, and T0 at least, and 33 bytes at most")
		return
	}
	switch _, err := atr.Parse(b); {
	case length != len(b):
		c.warn("ATR: %d bytes, its interface and historical bytes want %d: a reader does not answer such a card", len(b), length)
	case errors.Is(err, atr.ErrCheckByte):
		c.warn("ATR: the check byte TCK does not fit: a reader does not answer such a card")
	}
}
