package emv

import "encoding/binary"

// ATC is the application transaction counter (tag 9F36). The card raises it at
// GET PROCESSING OPTIONS and it never falls. EMV Book 3, Annex A.
type ATC uint16

// Bytes returns the counter as the two bytes of tag 9F36.
func (c ATC) Bytes() [2]byte {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], uint16(c))
	return b
}

// AC is an application cryptogram (tag 9F26): an ARQC, a TC or an AAC.
type AC [8]byte

// UnpredictableNumber is the terminal's random contribution to a cryptogram
// (tag 9F37).
type UnpredictableNumber [4]byte
