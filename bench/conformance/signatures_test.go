package conformance_test

import (
	"bytes"
	"crypto/sha1" // EMV Book 2, B3.1
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/random"
)

// The certificates and signatures here are laid out from EMV Book 2, 5 and 6, by
// field, so that a case can set any of them wrong. Of emv/oda only the generation
// of keys is used.

// signer is a key pair as numbers.
type signer struct {
	modulus, private *big.Int
	exponent         []byte
	size             int
}

// sign raises a message to the private exponent. EMV Book 2, B2.1.
func (s signer) sign(message []byte) []byte {
	return new(big.Int).Exp(new(big.Int).SetBytes(message), s.private, s.modulus).FillBytes(make([]byte, s.size))
}

func newSigner(name string, bits int) signer {
	key, err := oda.GenerateKey(random.Seeded(77).Stream("conformance "+name), bits, oda.Exponent3)
	if err != nil {
		panic(err)
	}
	public := key.Public()
	s := signer{modulus: new(big.Int).SetBytes(public.Modulus()), exponent: public.Exponent(), size: public.Size()}
	key.Open(func(p, q []byte) {
		one := big.NewInt(1)
		pp, qq := new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)
		phi := new(big.Int).Mul(pp.Sub(pp, one), qq.Sub(qq, one))
		s.private = new(big.Int).ModInverse(new(big.Int).SetBytes(s.exponent), phi)
	})
	return s
}

// keyset are the keys from the CA down to a card.
type keyset struct{ ca, issuer, icc, pin signer }

// keys are the keys of all cards here but those with short keys: each is so long
// that its certificate has no room for it, and there are remainders.
var keys = sync.OnceValue(func() keyset {
	return keyset{ca: newSigner("ca", 1024), issuer: newSigner("issuer", 1000), icc: newSigner("icc", 976), pin: newSigner("pin", 976)}
})

// shortKeys fit into their certificates.
var shortKeys = sync.OnceValue(func() keyset {
	return keyset{ca: newSigner("long ca", 1408), issuer: newSigner("short issuer", 1112), icc: newSigner("short icc", 768), pin: newSigner("short pin", 768)}
})

// keys returns the keys of this case: "keys = 00" is for short ones.
func (e *environment) keys() keyset {
	if _, ok := e.definition.values["keys"]; ok {
		return shortKeys()
	}
	return keys()
}

// part returns the named field of a signed object, or its right value.
func (e *environment) part(object, field string, right ...byte) []byte {
	b, err := e.value(object + "." + field)
	if err != nil {
		e.err = err
	}
	if b == nil {
		return right
	}
	return b
}

// signed lays out header, body, padding, hash and trailer, and signs them. body
// begins with the format; hashed is what the hash covers behind the body.
func (e *environment) signed(object string, by signer, body, hashed []byte) []byte {
	const around = 1 + sha1.Size + 1
	padding := bytes.Repeat([]byte{0xBB}, max(0, by.size-around-len(body)))
	body = slices.Concat(body, padding)
	hash := sha1.Sum(slices.Concat(body, hashed))
	message := slices.Concat(e.part(object, "header", 0x6A), body, e.part(object, "hash", hash[:]...), e.part(object, "trailer", 0xBC))
	signature := by.sign(message)
	if cut := e.part(object, "short"); cut != nil {
		signature = signature[:len(signature)-int(cut[0])]
	}
	return signature
}

// certificate returns a certificate with remainder and exponent of the certified
// key. EMV Book 2, tables 6 and 14.
func (e *environment) certificate(object string, by, of signer, format byte, owner, static []byte) (signature, remainder []byte) {
	room := by.size - 22 - 14
	if format == 4 {
		room = by.size - 22 - 20
	}
	modulus := of.modulus.FillBytes(make([]byte, of.size))
	digits := modulus[:min(room, len(modulus))]
	padding := bytes.Repeat([]byte{0xBB}, room-len(digits))
	remainder = modulus[len(digits):]
	body := slices.Concat(
		e.part(object, "format", format), e.part(object, "owner", owner...), e.part(object, "expiry", 0x12, 0x29),
		e.part(object, "serial", 0, 0, 1), e.part(object, "hashalg", 1), e.part(object, "keyalg", 1),
		e.part(object, "keylen", byte(of.size)), e.part(object, "explen", byte(len(of.exponent))), digits, padding)
	return e.signed(object, by, body, slices.Concat(remainder, of.exponent, static)), remainder
}

func (e *environment) issuerCertificate() ([]byte, []byte) {
	k := e.keys()
	return e.certificate("issuer", k.ca, k.issuer, 2, []byte{0x37, 0x42, 0x45, 0xFF}, nil)
}

func (e *environment) iccCertificate() ([]byte, []byte, error) {
	k := e.keys()
	static, err := e.bytes("@static")
	pan := []byte{0x37, 0x42, 0x45, 0x00, 0x17, 0x41, 0x00, 0x7F, 0xFF, 0xFF}
	signature, remainder := e.certificate("icc", k.issuer, k.icc, 4, pan, static)
	return signature, remainder, err
}

// pinCertificate is that of the key for enciphered PINs. EMV Book 2, 7.1.
func (e *environment) pinCertificate() ([]byte, []byte) {
	k := e.keys()
	pan := []byte{0x37, 0x42, 0x45, 0x00, 0x17, 0x41, 0x00, 0x7F, 0xFF, 0xFF}
	return e.certificate("pin", k.issuer, k.pin, 4, pan, nil)
}

// staticSignature is tag 93. EMV Book 2, 5.1.
func (e *environment) staticSignature() ([]byte, error) {
	static, err := e.bytes("@static")
	body := slices.Concat(e.part("sda", "format", 3), e.part("sda", "hashalg", 1), e.part("sda", "dac", 0xDA, 0xC1))
	return e.signed("sda", e.keys().issuer, body, static), err
}

// dynamicSignature is tag 9F4B of DDA. EMV Book 2, 6.5.1.
func (e *environment) dynamicSignature() ([]byte, error) {
	ddol, err := e.bytes("@ddoldata")
	ddol = e.part("dda", "over", ddol...)
	dynamic := e.part("dda", "data", 4, 0xA1, 0xA2, 0xA3, 0xA4)
	body := slices.Concat(e.part("dda", "format", 5), e.part("dda", "hashalg", 1), e.part("dda", "length", byte(len(dynamic))), dynamic)
	return e.signed("dda", e.keys().icc, body, ddol), err
}

// combinedSignature is tag 9F4B of CDA, in the first or the second answer to
// GENERATE AC. EMV Book 2, 6.6.1.
func (e *environment) combinedSignature(which string, sent ...string) ([]byte, error) {
	object := "cda" + which
	var covered []byte
	for _, name := range append(sent, "@gac"+which+"out") {
		b, err := e.bytes(name)
		if err != nil {
			return nil, err
		}
		covered = append(covered, b...)
	}
	cid, err1 := e.bytes("@cid" + which)
	ac, err2 := e.bytes("@ac" + which)
	un, err3 := e.bytes("@un")
	if err := errorOf(err1, err2, err3); err != nil {
		return nil, err
	}
	hash := sha1.Sum(covered)
	dynamic := slices.Concat([]byte{4, 0xB1, 0xB2, 0xB3, 0xB4}, e.part(object, "cid", cid...), ac, e.part(object, "datahash", hash[:]...))
	body := slices.Concat(e.part(object, "format", 5), e.part(object, "hashalg", 1), e.part(object, "length", byte(len(dynamic))), dynamic)
	return e.signed(object, e.keys().icc, body, e.part(object, "un", un...)), nil
}

// tdolHash is the TC hash value over what a TDOL asks for. EMV Book 3, 9.2.2.
func (e *environment) tdolHash() ([]byte, error) {
	data, err := e.bytes("@tdoldata")
	hash := sha1.Sum(data)
	return hash[:], err
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// decipheredPIN answers VERIFY as a card with the PIN in value "pin" does: 9000
// where the deciphered data is right, 63C2 where the PIN is not, and 6988 for
// anything else. EMV Book 2, 7.2.
func (e *environment) decipheredPIN(with signer) ([]byte, error) {
	enciphered, err1 := e.bytes("@enciphered")
	want, err2 := e.bytes("7F @pin @challenge")
	if err := errorOf(err1, err2); err != nil {
		return nil, err
	}
	clear := new(big.Int).Exp(new(big.Int).SetBytes(enciphered), with.private, with.modulus).FillBytes(make([]byte, with.size))
	switch {
	case bytes.Equal(clear[:len(want)], want):
		return []byte{0x90, 0x00}, nil
	case clear[0] == 0x7F && bytes.Equal(clear[9:17], want[9:17]):
		return []byte{0x63, 0xC2}, nil
	}
	return []byte{0x69, 0x88}, fmt.Errorf("enciphered PIN data of the wrong form")
}

// functions are the values that are computed.
func (e *environment) functions() map[string]func() ([]byte, error) {
	first := func(a, _ []byte) ([]byte, error) { return a, nil }
	second := func(_, b []byte) ([]byte, error) { return b, nil }
	return map[string]func() ([]byte, error){
		"issuercert": func() ([]byte, error) { return first(e.issuerCertificate()) },
		"issuerrem":  func() ([]byte, error) { return second(e.issuerCertificate()) },
		"icccert":    func() ([]byte, error) { a, _, err := e.iccCertificate(); return a, err },
		"iccrem":     func() ([]byte, error) { _, b, err := e.iccCertificate(); return b, err },
		"pincert":    func() ([]byte, error) { return first(e.pinCertificate()) },
		"pinrem":     func() ([]byte, error) { return second(e.pinCertificate()) },
		"ssad":       e.staticSignature,
		"dda":        e.dynamicSignature,
		"cda1":       func() ([]byte, error) { return e.combinedSignature("1", "@pdoldata", "@cdol1data") },
		"cda2":       func() ([]byte, error) { return e.combinedSignature("2", "@pdoldata", "@cdol1data", "@cdol2data") },
		"tdolhash":   e.tdolHash,
		"pincheck":   func() ([]byte, error) { return e.decipheredPIN(e.keys().pin) },
		"icccheck":   func() ([]byte, error) { return e.decipheredPIN(e.keys().icc) },
	}
}
