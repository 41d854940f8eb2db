package pin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/testdata/vectors"
)

type pvvIn struct {
	PVK  vectors.Bytes `json:"pvk"`
	PAN  string        `json:"pan"`
	PVKI uint8         `json:"pvki"`
	PIN  string        `json:"pin"`
	PVV  string        `json:"pvv"`
}

type pvvOut struct {
	PVV         string        `json:"pvv"`
	Cryptogram  vectors.Bytes `json:"cryptogram"`
	LettersUsed bool          `json:"letters_used"`
}

func TestPVVVectors(t *testing.T) {
	vectors.Run(t, "pvv", func(t *testing.T, c vectors.Case[pvvIn, pvvOut]) {
		k := pin.PVK{Key: mustTDES(t, c.In.PVK), Index: c.In.PVKI}
		p, pan := mustPIN(t, c.In.PIN), mustPAN(t, c.In.PAN)
		r, err := k.PVV(pan, p)
		require.NoError(t, err)
		assert.Equal(t, c.Out.PVV, r.PVV.String())
		assert.Equal(t, c.Out.Cryptogram, vectors.Bytes(r.Cryptogram[:]))
		assert.Equal(t, c.Out.LettersUsed, r.LettersUsed)
		require.NoError(t, k.Verify(pan, p, r.PVV))
		if c.In.PVV != "" {
			recorded, err := pin.ParsePVV([]byte(c.In.PVV))
			require.NoError(t, err)
			assert.ErrorIs(t, k.Verify(pan, p, recorded), c.Expect)
		}
	})
}

func TestMatchIndexes(t *testing.T) {
	k := pin.PVK{Key: mustTDES(t, vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210")), Index: 1}
	pan, p := mustPAN(t, "1122334455667788"), mustPIN(t, "4524")
	assert.Equal(t, []uint8{3}, k.MatchIndexes(pan, p, pin.PVV([]byte("4021"))), "vector pvv-pvki-3")
	assert.Equal(t, []uint8{1}, k.MatchIndexes(pan, p, pin.PVV([]byte("8523"))), "vector pvv-1")
	assert.Empty(t, k.MatchIndexes(pan, p, pin.PVV([]byte("0000"))))
}

// TestPVVDigits holds that a PVV is four decimal digits of the cryptogram in
// order, whatever the PIN, and that only another PIN fails.
func TestPVVDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := pin.PVK{Key: mustTDES(t, rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")), Index: rapid.Uint8Range(0, 9).Draw(t, "index")}
		pan := mustPAN(t, rapid.StringMatching(`[0-9]{12,19}`).Draw(t, "PAN"))
		p := mustPIN(t, drawPIN(t))
		r, err := k.PVV(pan, p)
		require.NoError(t, err)
		_, err = pin.ParsePVV(r.PVV[:])
		require.NoError(t, err)
		var digits, letters []byte
		for _, nibble := range []byte(vectors.Bytes(r.Cryptogram[:]).String()) {
			if nibble <= '9' {
				digits = append(digits, nibble)
			} else {
				letters = append(letters, nibble-'A'+'0')
			}
		}
		require.Equal(t, string(append(digits, letters...)[:4]), r.PVV.String())
		require.Equal(t, len(digits) < 4, r.LettersUsed)
		for i := range r.PVV {
			wrong := r.PVV
			wrong[i] ^= 1
			require.ErrorIs(t, k.Verify(pan, p, wrong), emv.ErrWrongPIN)
		}
	})
}

func TestPVVRefusals(t *testing.T) {
	key := mustTDES(t, make([]byte, 16))
	pan, p := mustPAN(t, "374245001741007"), mustPIN(t, "1234")
	for name, c := range map[string]func() error{
		"AES key":   func() error { _, err := pin.PVK{Key: mustAES(t, make([]byte, 16))}.PVV(pan, p); return err },
		"no key":    func() error { _, err := pin.PVK{}.PVV(pan, p); return err },
		"index 10":  func() error { _, err := pin.PVK{Key: key, Index: 10}.PVV(pan, p); return err },
		"short PAN": func() error { _, err := pin.PVK{Key: key}.PVV(mustPAN(t, "12345678901"), p); return err },
		"no PIN":    func() error { return pin.PVK{Key: key}.Verify(pan, pin.PIN{}, pin.PVV{}) },
	} {
		t.Run(name, func(t *testing.T) {
			err := c()
			require.Error(t, err)
			assert.NotErrorIs(t, err, emv.ErrWrongPIN)
		})
	}
	for _, s := range []string{"", "123", "12345", "12A4"} {
		_, err := pin.ParsePVV([]byte(s))
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}

func BenchmarkPVV(b *testing.B) {
	k := pin.PVK{Key: mustTDES(b, vectors.Unhex(b, "0123456789ABCDEFFEDCBA9876543210")), Index: 1}
	pan, p := mustPAN(b, "374245001741007"), mustPIN(b, "2580")
	recorded := pin.PVV([]byte("8937"))
	b.ReportAllocs()
	for b.Loop() {
		if err := k.Verify(pan, p, recorded); err != nil {
			b.Fatal(err)
		}
	}
}
