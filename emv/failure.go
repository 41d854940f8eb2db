package emv

// Failure is the class of a failed check. Checks wrap it with their own words,
// so that errors.Is(err, emv.ErrBadHash) tells one class from another and the
// text still says which object was checked. The strings are part of the
// program's output (`till calc --json`) and do not change.
type Failure string

// The classes of failure, one for each thing that a checker can find wrong.
const (
	ErrWrongMAC     Failure = "wrong-mac"     // an AC, ARPC or script MAC differs from the right one
	ErrWrongPIN     Failure = "wrong-pin"     // a PIN does not match its reference
	ErrBadPINBlock  Failure = "bad-pin-block" // control nibble, length, digits or filler of a PIN block
	ErrBadLength    Failure = "bad-length"    // a certificate or signature is not as long as its key's modulus
	ErrBadTrailer   Failure = "bad-trailer"   // recovered data does not end in BC
	ErrBadHeader    Failure = "bad-header"    // recovered data does not begin with 6A
	ErrBadFormat    Failure = "bad-format"    // certificate or signed data format byte
	ErrBadHash      Failure = "bad-hash"      // hash result differs
	ErrBadIssuerID  Failure = "bad-issuer-id" // issuer identifier does not match the PAN
	ErrBadPAN       Failure = "bad-pan"       // PAN in the ICC certificate differs from the card's
	ErrExpired      Failure = "expired"       // certificate expiration date has passed
	ErrBadAlgorithm Failure = "bad-algorithm" // hash or public key algorithm indicator is unknown
	ErrBadCID       Failure = "bad-cid"       // CID in the signed data differs from the one in the answer
	ErrBadCounter   Failure = "bad-counter"   // a DUKPT counter that no device may use
	ErrMalformed    Failure = "malformed"     // bytes that can not be parsed
)

// Error returns the name of the class.
func (f Failure) Error() string { return string(f) }
