package skeleton

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// The sizes of the keys of the test CA, and bounds of those below it, in bits:
// docs/profiles.md.
var caBits = [...]int{1024, 1152, 1408, 1984}

const (
	issuerBitsMax = 1976
	bitsMin       = 512
	bitsOfByte    = 8
)

// The bytes of a certificate that are not the key in it. EMV Book 2, 5.1 and 6.1.
const (
	issuerOverhead = 36
	iccOverhead    = 42
)

// certified reports whether the card showed the certificate of its issuer.
func (a *application) certified() bool { return len(a.data.value(tagIssuerCertificate)) > 0 }

// signedAIP returns the AIP, without the methods of authentication for which the
// dialogue shows no certificates.
func (a *application) signedAIP() []byte {
	aip := a.aip
	without := func(b emv.Bit[emv.AIP]) { aip[b.Byte()-1] &^= b.Mask() }
	if !a.certified() || len(a.data.value(tagICCCertificate)) == 0 {
		without(emv.AIPDDASupported)
		without(emv.AIPCDASupported)
	}
	if !a.certified() {
		without(emv.AIPSDASupported)
	}
	return aip[:]
}

func (a *application) method() string {
	aip := emv.AIP(a.signedAIP())
	switch {
	case aip.Has(emv.AIPCDASupported):
		return "cda"
	case aip.Has(emv.AIPDDASupported):
		return "dda"
	case aip.Has(emv.AIPSDASupported):
		return "sda"
	}
	return "none"
}

// authenticationLines are the keys: as long as the recorded ones, as far as the test
// CA can sign such.
func (a *application) authenticationLines() []string {
	method := a.method()
	if method == "none" {
		return nil
	}
	ca := caBits[len(caBits)-1]
	for _, bits := range caBits {
		if bits >= bitsOfByte*len(a.data.value(tagIssuerCertificate)) {
			ca = bits
			break
		}
	}
	issuer := min(a.issuerBits(), ca, issuerBitsMax)
	lines := []string{"oda:", "  method: " + method, fmt.Sprintf("  ca: %d", ca), fmt.Sprintf("  issuer: %d", issuer)}
	if method != "sda" {
		lines = append(lines, fmt.Sprintf("  icc: %d", bounded(a.iccBits(), issuer)))
	}
	if certificate := a.data.value(tagPINCertificate); len(certificate) > 0 && method != "sda" {
		lines = append(lines, fmt.Sprintf("  pin: %d", bounded(keyBits(certificate, a.data.value(tagPINRemainder), iccOverhead), issuer)))
	}
	if exponent := a.data.value(tagIssuerExponent); len(exponent) == 3 {
		lines = append(lines, "  exponent: 65537")
	}
	return append(lines, fmt.Sprintf("  sign_aip: %t", len(a.data.value(tagTagList)) > 0))
}

func bounded(bits, highest int) int { return max(bitsMin, min(bits, highest)) }

// issuerBits returns the length of the issuer's key, which is that of what it has
// signed.
func (a *application) issuerBits() int {
	for _, tag := range []emv.Tag{tagICCCertificate, tagPINCertificate, tagSignedStaticData} {
		if signed := a.data.value(tag); len(signed) > 0 {
			return bitsOfByte * len(signed)
		}
	}
	return keyBits(a.data.value(tagIssuerCertificate), a.data.value(tagIssuerRemainder), issuerOverhead)
}

func (a *application) iccBits() int {
	if a.signature > 0 {
		return bitsOfByte * a.signature
	}
	return keyBits(a.data.value(tagICCCertificate), a.data.value(tagICCRemainder), iccOverhead)
}

// keyBits returns how long a key can be at most of which a certificate and a
// remainder are there.
func keyBits(certificate, remainder []byte, overhead int) int {
	return bitsOfByte * (len(certificate) - overhead + len(remainder))
}
