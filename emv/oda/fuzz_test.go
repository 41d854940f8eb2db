package oda_test

import (
	"slices"
	"testing"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
)

// fuzzRemainder, fuzzExponent and fuzzStaticData stand behind every message.
var (
	fuzzRemainder  = make([]byte, 36)
	fuzzExponent   = []byte{3}
	fuzzStaticData = []byte{1, 2}
)

// FuzzRecover signs any body with a good hash, so that what lies behind the hash
// check is reached too, and recovers it in every way. Nothing may panic, and
// what verifies is what was signed.
func FuzzRecover(f *testing.F) {
	key := testKey(f, 1024, oda.Exponent3, 1)
	for format := range byte(6) {
		f.Add([]byte{format, 1, 8}, true)
	}
	f.Add([]byte("\x05\x01\xFF\x09"), true)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, body []byte, sign bool) {
		signature := slices.Concat(body, make([]byte, 128))[:128]
		if sign {
			signature = oda.SignBody(key, body, fuzzRemainder, fuzzExponent, fuzzStaticData)
		}
		recoverAll(key.Public(), signature)
		recoverAll(key.Public(), body)
	})
}

// recoverAll reads a signature as each of the kinds.
func recoverAll(key oda.PublicKey, signature []byte) {
	pan, _ := account.ParsePAN([]byte(testPANDigits))
	terms := oda.Terms{PAN: pan, Date: day(2026, time.January, 1)}
	certificate := oda.Certificate{Signed: signature, Remainder: fuzzRemainder, Exponent: fuzzExponent}
	if c, err := oda.RecoverIssuerCertificate(key, certificate); err == nil {
		checkKey(c.Verify(terms), c.Key)
	}
	if c, err := oda.RecoverICCCertificate(key, certificate); err == nil {
		checkKey(c.Verify(fuzzStaticData, terms), c.Key)
	}
	if s, err := oda.RecoverSignedStaticData(key, signature); err == nil {
		_ = s.Verify(fuzzStaticData)
	}
	_, _ = oda.VerifyDDA(key, signature, fuzzStaticData)
	_, _ = oda.VerifyCDA(key, signature, emv.UnpredictableNumber{}, 0x80, oda.Hash{})
}

func checkKey(err error, key oda.PublicKey) {
	if err == nil && key.IsZero() {
		panic("a certificate verifies without a key")
	}
}
