package cryptogram

import (
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// Len returns the length of the cryptogram that begins tag 91, in bytes. EMV Book
// 2, 8.2.
func (m ARPCMethod) Len() int {
	if m == ARPCMethod1 {
		return 8
	}
	return 4
}

// proprietaryBytesMax is the longest proprietary authentication data of ARPC
// method 2, in bytes. EMV Book 2, 8.2.2.
const proprietaryBytesMax = 8

// IssuerResponse is what the issuer tells the card under the protection of the
// ARPC.
type IssuerResponse struct {
	ARC         [2]byte // method 1: ARPC response code, most often the value of tag 8A
	CSU         [4]byte // method 2: card status update
	Proprietary []byte  // method 2: proprietary authentication data, 0 to 8 bytes
}

// ARPC1 returns the authorisation response cryptogram by method 1: the ARQC with
// the response code combined into its first two bytes by exclusive or,
// enciphered. EMV Book 2, 8.2.1.
func ARPC1(key secret.Key, arqc emv.AC, arc [2]byte) (arpc [8]byte) {
	arpc = arqc
	subtle.XORBytes(arpc[:2], arpc[:2], arc[:])
	key.Encrypt(arpc[:], arpc[:])
	return arpc
}

// ARPC2 returns the authorisation response cryptogram by method 2: the first
// four bytes of the MAC over ARQC, card status update and proprietary
// authentication data, with padding method 2. More than 8 bytes of proprietary
// data are emv.ErrMalformed. EMV Book 2, 8.2.2.
func ARPC2(key secret.Key, arqc emv.AC, csu [4]byte, proprietary []byte) (arpc [4]byte, err error) {
	if len(proprietary) > proprietaryBytesMax {
		return arpc, fmt.Errorf("compute ARPC: %d bytes of proprietary data, at most %d: %w", len(proprietary), proprietaryBytesMax, emv.ErrMalformed)
	}
	mac := key.MAC(secret.Padding2, arqc[:], csu[:], proprietary)
	return [4]byte(mac[:4]), nil
}

// AppendIssuerAuthenticationData appends the value of tag 91 that answers the
// ARQC to dst. By method 1 it has 10 bytes, ARPC and response code; by method 2
// 8 to 16, ARPC, card status update and proprietary data. EMV Book 2, 8.2.
func (s Session) AppendIssuerAuthenticationData(dst []byte, arqc emv.AC, r IssuerResponse) ([]byte, error) {
	if s.Profile.ARPC == ARPCMethod1 {
		arpc := ARPC1(s.ARPC, arqc, r.ARC)
		return append(append(dst, arpc[:]...), r.ARC[:]...), nil
	}
	arpc, err := ARPC2(s.ARPC, arqc, r.CSU, r.Proprietary)
	if err != nil {
		return nil, err
	}
	dst = append(append(dst, arpc[:]...), r.CSU[:]...)
	return append(dst, r.Proprietary...), nil
}

// VerifyIssuerAuthenticationData is the card's side of issuer authentication:
// it takes the value of tag 91 apart and checks the ARPC in constant time
// against the ARQC that the card had sent. A difference is emv.ErrWrongMAC, a
// wrong length emv.ErrMalformed. Proprietary shares the memory of data. EMV
// Book 2, 8.2.
func (s Session) VerifyIssuerAuthenticationData(arqc emv.AC, data []byte) (IssuerResponse, error) {
	r, err := s.Profile.ARPC.Split(data)
	if err != nil {
		return IssuerResponse{}, err
	}
	if err := s.CheckIssuerAuthenticationData(arqc, r, data); err != nil {
		return IssuerResponse{}, err
	}
	return r, nil
}

// CheckIssuerAuthenticationData compares the value of tag 91 with the right one
// for a response that is known, in constant time. A difference is
// emv.ErrWrongMAC. EMV Book 2, 8.2.
func (s Session) CheckIssuerAuthenticationData(arqc emv.AC, r IssuerResponse, data []byte) error {
	var buffer [8 + 8]byte
	want, err := s.AppendIssuerAuthenticationData(buffer[:0], arqc, r)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(want, data) != 1 {
		return fmt.Errorf("verify issuer authentication data: %w", emv.ErrWrongMAC)
	}
	return nil
}

// Split returns what stands behind the ARPC in the value of tag 91, unverified.
// A wrong length is emv.ErrMalformed. Proprietary shares the memory of data. EMV
// Book 2, 8.2.
func (m ARPCMethod) Split(data []byte) (r IssuerResponse, err error) {
	shortest, longest := 10, 10
	if m == ARPCMethod2 {
		shortest, longest = 8, 8+proprietaryBytesMax
	}
	if len(data) < shortest || len(data) > longest {
		return r, fmt.Errorf("read issuer authentication data (91): %d bytes, want %d to %d: %w", len(data), shortest, longest, emv.ErrMalformed)
	}
	if m == ARPCMethod1 {
		r.ARC = [2]byte(data[8:])
		return r, nil
	}
	r.CSU, r.Proprietary = [4]byte(data[4:8]), slices.Clip(data[8:])
	return r, nil
}
