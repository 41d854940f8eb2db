package pin

// nibbleAt returns half a byte of b, counted from the left.
func nibbleAt(b []byte, i int) byte { return b[i/2] >> (4 - 4*(i%2)) & 0x0F }

// xorNibble combines half a byte of b, counted from the left, with v by
// exclusive or; where it was zero, that sets it.
func xorNibble(b []byte, i int, v byte) { b[i/2] ^= v << (4 - 4*(i%2)) }
