package perso

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

// The parts of an answer to reset. ISO/IEC 7816-3.
const (
	atrBytesMin     = 2 // TS and T0
	atrTDBit        = 0x80
	historicalMask  = 0x0F
	interfaceShift  = 4
	atrDirect       = 0x3B
	atrInverse      = 0x3F
	protocolMask    = 0x0F
	interfaceGroups = 8 // more than a card has
)

func (c *checker) atr(atr []byte) {
	c.where = ""
	if len(atr) < atrBytesMin || atr[0] != atrDirect && atr[0] != atrInverse {
		c.fail("ATR: want TS, 3B or 3F, and T0 at least")
		return
	}
	length, checked := atrLength(atr)
	switch {
	case length != len(atr):
		c.warn("ATR: %d bytes, its interface and historical bytes want %d: a reader does not answer such a card", len(atr), length)
	case checked && xor(atr[1:]) != 0:
		c.warn("ATR: the check byte TCK does not fit: a reader does not answer such a card")
	}
}

// atrLength returns how many bytes an answer to reset announces, and whether the
// last of them is a check byte: there is one unless T=0 is the only protocol.
func atrLength(atr []byte) (length int, checked bool) {
	length = atrBytesMin + int(atr[1]&historicalMask)
	announced := atr[1]
	for at, group := 1, 0; group < interfaceGroups; group++ {
		present := announced >> interfaceShift
		for bit := byte(1); bit <= 8; bit <<= 1 {
			if present&bit != 0 {
				length++
				at++
			}
		}
		if announced&atrTDBit == 0 || at >= len(atr) {
			break
		}
		announced = atr[at]
		checked = checked || announced&protocolMask != 0
	}
	if checked {
		length++
	}
	return length, checked
}

// xor combines all bytes by exclusive or.
func xor(b []byte) (sum byte) {
	for _, x := range b {
		sum ^= x
	}
	return sum
}
