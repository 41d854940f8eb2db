package oda_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/oda"
)

func BenchmarkRSAPublic(b *testing.B) {
	for _, bits := range []int{1024, 1152, 1408, 1984} {
		public := testKey(b, bits, oda.Exponent3, 1).Public()
		block := make([]byte, public.Size())
		_, _ = seeded(1).Read(block)
		b.Run(fmt.Sprint(bits), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = public.Recover(block)
			}
		})
	}
}

// BenchmarkRSAPrivate has crypto/rsa beside ours: its signature has the same
// private operation at its heart and is checked likewise.
func BenchmarkRSAPrivate(b *testing.B) {
	for _, bits := range []int{1024, 1152, 1408, 1984} {
		k := testKey(b, bits, oda.Exponent3, 1)
		block := make([]byte, k.Public().Size())
		block[0] = 0x6A
		b.Run(fmt.Sprintf("%d/ours", bits), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = oda.Power(k, block)
			}
		})
		key, hash := rsaKey(b, k), sha1.Sum(block)
		b.Run(fmt.Sprintf("%d/crypto-rsa", bits), func(b *testing.B) {
			for b.Loop() {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA1, hash[:]); err != nil {
					b.Skip(err)
				}
			}
		})
	}
}

// BenchmarkRecoverDDA is a terminal's whole work: issuer and ICC certificate and
// the dynamic signature.
func BenchmarkRecoverDDA(b *testing.B) {
	c := newCard(b, 1408, 1152, 1024, oda.Exponent3)
	signature, err := oda.SignDDA(c.icc, make([]byte, 8), testStaticData)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		issuer, err := c.chain.Issuer()
		require.NoError(b, err)
		icc, err := c.chain.ICC(issuer.Key, testStaticData)
		require.NoError(b, err)
		_, err = oda.VerifyDDA(icc.Key, signature, testStaticData)
		require.NoError(b, err)
	}
}

// BenchmarkGenerateKey draws another key each time.
func BenchmarkGenerateKey(b *testing.B) {
	for _, bits := range []int{1152, 1984} {
		b.Run(fmt.Sprint(bits), func(b *testing.B) {
			random := seeded(1)
			for b.Loop() {
				_, err := oda.GenerateKey(random, bits, oda.Exponent3)
				require.NoError(b, err)
			}
		})
	}
}
