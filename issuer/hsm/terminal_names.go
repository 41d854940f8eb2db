package hsm

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"

	"github.com/f510b0cf/till/emv/dukpt"
)

// Identifiers that are given to terminals of the base derivation key that an issuer
// begins with, which has none of its own.
const (
	firstIDTDES = "FFFF987654"
	firstIDAES  = "98765432"
)

// TerminalMax is the highest number of a terminal: what the 19 bits of a device hold
// in a key serial number of TDES DUKPT, as ours are divided.
const TerminalMax = 1<<19 - 1

// TerminalKSN returns the key serial number under which a terminal gets its initial key
// of TDES DUKPT, under the newest base derivation key.
func (s *Software) TerminalKSN(terminal uint32) (n dukpt.TDESKSN) {
	copy(n[:], identifier(cmp.Or(s.ring.bdkTDES.newest(), firstIDTDES)))
	tail := uint64(terminal&TerminalMax) << 21 // the counter is behind it
	binary.BigEndian.PutUint32(n[6:], uint32(tail))
	n[5] = byte(tail >> 32)
	return n
}

// TerminalKeyID returns the name of a terminal's initial key of AES DUKPT, under the
// newest base derivation key.
func (s *Software) TerminalKeyID(terminal uint32) (id dukpt.InitialKeyID) {
	copy(id[:], identifier(cmp.Or(s.ring.bdkAES.newest(), firstIDAES)))
	binary.BigEndian.PutUint32(id[4:], terminal)
	return id
}

// identifier returns the bytes of an identifier of the ring, which are digits.
func identifier(digits string) []byte {
	raw, _ := hex.DecodeString(digits)
	return raw
}
