package cryptogram_test

import (
	"crypto/cipher"
	"crypto/des"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/testdata/vectors"
)

// benchCases are the profiles measured, with the DES work that a transaction
// can not do without: blocks of single DES, and key schedules.
var benchCases = []struct {
	profile                               string
	blocks, schedules                     int // with the card key at hand
	derivationBlocks, derivationSchedules int // more of them to get there from the issuer's key
}{
	// MAC over 40 bytes 5+2, ARPC 3; the card key is two blocks of TDES.
	{"amex-style", 10, 0, 6, 2},
	// The same and a session key.
	{"mc-cvn20", 16, 2, 6, 2},
}

// BenchmarkARQCAndARPC is the host's part of a transaction: it verifies an ARQC
// and makes the issuer authentication data by ARPC method 1. With "derivation"
// it begins at the issuer master key, with "cached" at the card's.
func BenchmarkARQCAndARPC(b *testing.B) {
	imk := tdes(b, vectors.Unhex(b, testIMK))
	number := pan(b, "374245001741007")
	for _, c := range benchCases {
		p, ok := cryptogram.ProfileByName(c.profile)
		require.True(b, ok)
		in := sampleInput(b, c.profile)
		mk := cryptogram.MasterKey(imk, number, 0, cryptogram.OptionA)
		ac, err := p.Session(mk, in.ATC, in.UnpredictableNumber).Compute(&in)
		require.NoError(b, err)
		tag91 := make([]byte, 0, 16)
		response := cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}}
		b.Run("derivation/"+c.profile, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mk := cryptogram.MasterKey(imk, number, 0, cryptogram.OptionA)
				s := p.Session(mk, in.ATC, in.UnpredictableNumber)
				if err := s.Verify(&in, ac); err != nil {
					b.Fatal(err)
				}
				if _, err := s.AppendIssuerAuthenticationData(tag91[:0], ac, response); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("cached/"+c.profile, func(b *testing.B) {
			cache := cryptogram.NewCardKeyCache[int](cryptogram.CardKeysDefault)
			derive := func() cryptogram.MasterKeys { return cryptogram.MasterKeys{AC: mk} }
			b.ReportAllocs()
			for b.Loop() {
				s := p.Session(cache.Get(1, derive).AC, in.ATC, in.UnpredictableNumber)
				if err := s.Verify(&in, ac); err != nil {
					b.Fatal(err)
				}
				if _, err := s.AppendIssuerAuthenticationData(tag91[:0], ac, response); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("floor-derivation/"+c.profile, func(b *testing.B) {
			benchDES(b, c.blocks+c.derivationBlocks, c.schedules+c.derivationSchedules)
		})
		b.Run("floor-cached/"+c.profile, func(b *testing.B) { benchDES(b, c.blocks, c.schedules) })
	}
}

// benchDES does nothing but DES, with Go's standard library.
func benchDES(b *testing.B, blocks, schedules int) {
	raw := []byte("01234567")
	block, err := des.NewCipher(raw)
	require.NoError(b, err)
	var sink cipher.Block
	data := make([]byte, des.BlockSize)
	b.ReportAllocs()
	for b.Loop() {
		for range schedules {
			sink, _ = des.NewCipher(raw)
		}
		for range blocks {
			block.Encrypt(data, data)
		}
	}
	_ = sink
}

func BenchmarkParseInput(b *testing.B) {
	de55 := vectors.Unhex(b, sampleObjects)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cryptogram.ParseInput(de55); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	s := cryptogram.Search{Key: tdes(b, vectors.Unhex(b, testIMK)), PAN: pan(b, "374245001741007"), Input: sampleInput(b, "amex-style")}
	for b.Loop() {
		s.Matches()
	}
}
