package oda

import (
	"crypto/sha1"
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// The bytes that frame recovered data. EMV Book 2, A2.1.
const (
	recoveredHeader  = 0x6A
	recoveredTrailer = 0xBC
	padding          = 0xBB
)

// format is the byte behind the header, which tells what was signed.
type format byte

// The formats of RSA signed data. EMV Book 2, 5 and 6.
const (
	formatIssuerCertificate format = 0x02
	formatStaticData        format = 0x03
	formatICCCertificate    format = 0x04
	formatDynamicData       format = 0x05
)

// The algorithm indicators of EMV Book 2, B2 and B3.
const (
	algorithmSHA1 = 0x01
	algorithmRSA  = 0x01
)

// message is what was recovered from a signature, without its frame.
type message struct {
	body []byte // from the format to the last byte before the hash
	hash Hash
}

// recoverMessage recovers the message of a signature and checks, in this order,
// its length, trailer, header and format. EMV Book 2, A2.1.3.
func recoverMessage(key PublicKey, signature []byte, want format) (message, error) {
	recovered, err := key.Recover(signature)
	if err != nil {
		return message{}, err
	}
	end := len(recovered) - 1
	switch {
	case recovered[end] != recoveredTrailer:
		return message{}, fmt.Errorf("trailer is not %X: %w", recoveredTrailer, emv.ErrBadTrailer)
	case recovered[0] != recoveredHeader:
		return message{}, fmt.Errorf("header is not %X: %w", recoveredHeader, emv.ErrBadHeader)
	case format(recovered[1]) != want:
		return message{}, fmt.Errorf("format is not %02X: %w", byte(want), emv.ErrBadFormat)
	}
	hashed := end - sha1.Size
	return message{body: recovered[1:hashed], hash: Hash(recovered[hashed:end])}, nil
}

// digest is the hash result over data that has been fixed and what follows it.
type digest func(following ...[]byte) Hash

// digest returns the hash over the body of the message and what follows.
func (m message) digest(fixed ...[]byte) digest {
	return func(following ...[]byte) Hash {
		h := sha1.New()
		h.Write(m.body)
		for _, part := range fixed {
			h.Write(part)
		}
		for _, part := range following {
			h.Write(part)
		}
		return Hash(h.Sum(nil))
	}
}

// verifyHash compares a hash result with the recovered one. An algorithm that
// is not SHA-1 is emv.ErrBadAlgorithm, since its hash can not be computed.
func verifyHash(algorithm byte, computed, recovered Hash) error {
	if algorithm != algorithmSHA1 {
		return fmt.Errorf("hash algorithm indicator is not %02X: %w", algorithmSHA1, emv.ErrBadAlgorithm)
	}
	if computed != recovered {
		return fmt.Errorf("hash result differs: %w", emv.ErrBadHash)
	}
	return nil
}
