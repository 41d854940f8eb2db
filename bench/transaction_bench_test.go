package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/kernel"
)

// BenchmarkPurchase is a whole insertion: card, slot, kernel and a host that
// verifies the ARQC, with DDA, an enciphered PIN and issuer authentication.
// BenchmarkPurchaseFloor is the RSA and TDES work in it and nothing else.
func BenchmarkPurchase(b *testing.B) {
	c := personalised(b, "amex-pin")
	icc := open(b, issue(b, c))
	host, k := newIssuer(b, c), till(b)
	b.ReportAllocs()
	for b.Loop() {
		result, _ := insertion{chip: icc, online: host, pins: []string{oldPIN}, till: k}.run(b)
		if result.Outcome != kernel.ApprovedOnline {
			b.Fatal(result.Outcome, result.Reason)
		}
	}
}

// BenchmarkPurchaseFloor does what the cryptography of one purchase is: two
// private RSA operations of the card, the terminal's recoveries of three
// certificates and signatures and its encipherment of the PIN, and two
// application cryptograms and an ARPC at both ends.
func BenchmarkPurchaseFloor(b *testing.B) {
	stream := random.Seeded(3).Stream("floor")
	ca, err := oda.GenerateKey(stream, 1408, oda.Exponent3)
	require.NoError(b, err)
	issuerKey, err := oda.GenerateKey(stream, 1152, oda.Exponent3)
	require.NoError(b, err)
	icc, err := oda.GenerateKey(stream, 1024, oda.Exponent3)
	require.NoError(b, err)
	block, err := pin.Encode(pin.Format2, mustPIN(b, oldPIN), personalised(b, "amex-pin").Image.Applications[0].PAN, nil)
	require.NoError(b, err)
	key, err := secret.GenerateTDES(stream)
	require.NoError(b, err)
	ca144, issuer144 := make([]byte, 176), make([]byte, 144)
	ca144[1], issuer144[1] = 1, 1
	b.ReportAllocs()
	for b.Loop() {
		signature, err := oda.SignDDA(icc, make([]byte, 8), make([]byte, 4))
		require.NoError(b, err)
		_, err = oda.VerifyDDA(icc.Public(), signature, make([]byte, 4))
		require.NoError(b, err)
		_, err = ca.Public().Recover(ca144)
		require.NoError(b, err)
		_, err = issuerKey.Public().Recover(issuer144)
		require.NoError(b, err)
		enciphered, err := oda.EncipherPIN(icc.Public(), block, oda.Challenge{}, stream)
		require.NoError(b, err)
		_, err = oda.DecipherPIN(icc, enciphered, oda.Challenge{})
		require.NoError(b, err)
		for range 4 {
			cryptogram.Compute(key, secret.Padding1, make([]byte, 40))
		}
		for range 2 {
			cryptogram.ARPC1(key, emv.AC{}, [2]byte{})
		}
	}
}
