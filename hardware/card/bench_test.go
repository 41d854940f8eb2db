package card_test

import (
	"context"
	"crypto/des"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/hardware/card"
)

// benchBits are the lengths of ICC keys that are measured.
var benchBits = []int{1152, 1408, 1984}

// benchmark sends one command over and over, each time as the first behind GET
// PROCESSING OPTIONS, to a card in memory. What it writes has its part of the
// compactions in it.
func benchmark(b *testing.B, c apdu.Command, alter func(*image.Application)) {
	benchmarkFrom(b, created(b, alter), c, func(d *dialogue) { card.Restart(d.card) })
}

// benchmarkFrom sends one command over and over, each time from the same state of
// the session.
func benchmarkFrom(b *testing.B, m card.Medium, c apdu.Command, restart func(d *dialogue)) {
	command, err := c.Encode()
	require.NoError(b, err)
	d := inserted(b, opened(b, m)).begin()
	b.ReportAllocs()
	for b.Loop() {
		restart(d)
		response, err := d.card.Transmit(context.Background(), command)
		if err != nil || response[len(response)-2] != 0x90 {
			b.Fatal(err, response)
		}
	}
}

func same(*image.Application) {}

func BenchmarkVerify(b *testing.B) {
	b.Run("plaintext", func(b *testing.B) { benchmark(b, plaintext(b, "1234"), same) })
	b.Run("plaintext/file", func(b *testing.B) {
		benchmarkFrom(b, benchFile(b), plaintext(b, "1234"), func(d *dialogue) { card.Restart(d.card) })
	})
	b.Run("floor/file", benchAppends)
	for _, bits := range benchBits {
		b.Run(fmt.Sprintf("enciphered/%d", bits), func(b *testing.B) {
			m := created(b, func(a *image.Application) { a.PINKey = rsaKey(b, bits) })
			c := enciphered(b, rsaKey(b, bits).Public(), "1234", make([]byte, 8))
			benchmarkFrom(b, m, c, func(d *dialogue) { card.Restart(d.card); card.Challenge(d.card) })
		})
	}
}

// benchFile is the test's card in a file.
func benchFile(b *testing.B) *card.File {
	f, err := card.CreateFile(filepath.Join(b.TempDir(), "a.card"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, f.Close()) })
	require.NoError(b, card.Create(f, storageKey(b, 1), testImage(b), nil))
	return f
}

// benchAppends does nothing but append and sync what a VERIFY does: two records.
func benchAppends(b *testing.B) {
	f, err := card.CreateFile(filepath.Join(b.TempDir(), "floor"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, f.Close()) })
	record := make([]byte, 120)
	for b.Loop() {
		for range 2 {
			if err := errors.Join(f.Append(record), f.Sync()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPINChange is the script: a MAC, two blocks of PIN and a write.
func BenchmarkPINChange(b *testing.B) {
	d := dialogue{t: b, atc: 1, arqc: emv.AC{1, 2, 3}}
	online := func(to *dialogue) { card.Online(to.card, 1, d.arqc, true) }
	b.Run("memory", func(b *testing.B) { benchmarkFrom(b, created(b), d.pinChange("5678"), online) })
	b.Run("file", func(b *testing.B) { benchmarkFrom(b, benchFile(b), d.pinChange("5678"), online) })
	// The MAC covers 40 bytes: 5 blocks of single DES and 2 more; the keys take
	// none, and the PIN block 2 of TDES.
	b.Run("floor", func(b *testing.B) { benchDES(b, 7+2*3) })
}

func BenchmarkGenerateAC(b *testing.B) {
	d := dialogue{t: b}
	b.Run("TC", func(b *testing.B) {
		benchmark(b, apdu.GenerateAC(emv.ACTypeTC, false, d.fill(cdol1, nil)), same)
	})
	for _, bits := range benchBits[:2] {
		b.Run(fmt.Sprintf("TC with CDA/%d", bits), func(b *testing.B) {
			benchmark(b, apdu.GenerateAC(emv.ACTypeTC, true, d.fill(cdol1, nil)), func(a *image.Application) { a.ICCKey = rsaKey(b, bits) })
		})
	}
	// A cryptogram of this row is a MAC over 40 bytes: 5 blocks of single DES and
	// 2 more at its end.
	b.Run("floor", func(b *testing.B) { benchDES(b, 7) })
}

func BenchmarkInternalAuthenticate(b *testing.B) {
	for _, bits := range benchBits {
		b.Run(fmt.Sprint(bits), func(b *testing.B) {
			benchmark(b, apdu.InternalAuthenticate(make([]byte, 4)), func(a *image.Application) {
				a.ICCKey = rsaKey(b, bits)
				a.Contact.AIP, a.Contactless.AIP = emv.AIP{0x3C, 0}, emv.AIP{0x3C, 0} // no CDA: its answer would be too long at 1984
			})
		})
		b.Run(fmt.Sprintf("floor/%d", bits), func(b *testing.B) { benchRSA(b, rsaKey(b, bits)) })
	}
}

// BenchmarkTransaction is the card's part of a whole online transaction without
// offline data authentication: SELECT, GET PROCESSING OPTIONS, two records,
// VERIFY, two cryptograms, EXTERNAL AUTHENTICATE and PIN CHANGE.
func BenchmarkTransaction(b *testing.B) {
	base := created(b)
	m := base.Clone()
	icc := opened(b, m)
	b.ReportAllocs()
	for b.Loop() {
		d := inserted(b, icc).begin()
		d.ok(apdu.ReadRecord(1, 1))
		d.ok(apdu.ReadRecord(1, 2))
		d.ok(plaintext(b, "1234"))
		d.online()
		d.authenticated("00").complete(emv.ACTypeTC, "00")
		d.ok(d.pinChange("1234"))
		if d.atc == 0xFF00 {
			m = base.Clone()
			icc = opened(b, m)
		}
	}
}

// BenchmarkOpen opens a card that was never used, and one whose memory is about to
// be compacted, in memory and in a file.
func BenchmarkOpen(b *testing.B) {
	fresh, old := created(b), created(b)
	icc := opened(b, old)
	for {
		d := inserted(b, icc)
		d.begin()
		if size, _ := old.Size(); size > 250<<10 {
			break
		}
	}
	for name, m := range map[string]*card.Memory{"fresh": fresh, "long": old} {
		b.Run(name+"/memory", func(b *testing.B) {
			b.SetBytes(int64(len(content(b, m))))
			for b.Loop() {
				opened(b, m)
			}
		})
		b.Run(name+"/file", func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "a.card")
			require.NoError(b, os.WriteFile(path, content(b, m), 0o600))
			b.SetBytes(int64(len(content(b, m))))
			for b.Loop() {
				f, err := card.OpenFile(path)
				require.NoError(b, err)
				opened(b, f)
				require.NoError(b, f.Close())
			}
		})
	}
}

// benchDES does nothing but blocks of DES.
func benchDES(b *testing.B, blocks int) {
	block, err := des.NewCipher([]byte("01234567"))
	require.NoError(b, err)
	data := make([]byte, des.BlockSize)
	b.ReportAllocs()
	for b.Loop() {
		for range blocks {
			block.Encrypt(data, data)
		}
	}
}

// benchRSA does nothing but the private operation by the Chinese remainder
// theorem.
func benchRSA(b *testing.B, key oda.PrivateKey) {
	var p, q big.Int
	key.Open(func(rawP, rawQ []byte) { p.SetBytes(rawP); q.SetBytes(rawQ) })
	one, three := big.NewInt(1), big.NewInt(3)
	dp := new(big.Int).ModInverse(three, new(big.Int).Sub(&p, one))
	dq := new(big.Int).ModInverse(three, new(big.Int).Sub(&q, one))
	inverse := new(big.Int).ModInverse(&q, &p)
	base := new(big.Int).Sub(new(big.Int).Mul(&p, &q), big.NewInt(0x6A6A6A))
	b.ReportAllocs()
	for b.Loop() {
		x := new(big.Int).Exp(new(big.Int).Mod(base, &p), dp, &p)
		y := new(big.Int).Exp(new(big.Int).Mod(base, &q), dq, &q)
		x.Mod(x.Mul(x.Sub(x, y), inverse), &p)
		x.Add(x.Mul(x, &q), y)
	}
}
