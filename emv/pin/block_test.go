package pin_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

type blockIn struct {
	Format string        `json:"format"`
	Op     string        `json:"op"`
	Key    vectors.Bytes `json:"key"`
	PIN    string        `json:"pin"`
	PAN    string        `json:"pan"`
	Block  vectors.Bytes `json:"block"`
	Random vectors.Bytes `json:"random"`
}

type blockOut struct {
	Block    vectors.Bytes `json:"block"`
	PIN      string        `json:"pin"`
	PINField vectors.Bytes `json:"pin_field"`
	PANField vectors.Bytes `json:"pan_field"`
}

func TestBlockVectors(t *testing.T) {
	vectors.Run(t, "pin-block", func(t *testing.T, c vectors.Case[blockIn, blockOut]) {
		f, err := pin.ParseFormat(c.In.Format)
		require.NoError(t, err)
		if c.Out.PANField != nil {
			field, err := pin.PANField4(mustPAN(t, c.In.PAN))
			require.NoError(t, err)
			assert.Equal(t, c.Out.PANField, clear(field))
		}
		switch c.In.Op {
		case "encode":
			block, err := pin.Encode(f, mustPIN(t, c.In.PIN), mustPAN(t, c.In.PAN), nil)
			require.NoError(t, err)
			assert.Equal(t, c.Out.Block, clear(block))
		case "encrypt":
			checkEncipher4(t, c.In, c.Out)
		case "decode":
			p, err := decode(f, c.In.Block, mustPAN(t, c.In.PAN))
			checkPIN(t, c, p, err)
		case "decrypt":
			p, err := pin.Decipher4(mustAES(t, c.In.Key), [16]byte(c.In.Block), mustPAN(t, c.In.PAN))
			checkPIN(t, c, p, err)
		default:
			require.Equal(t, "pan-field", c.In.Op)
		}
	})
}

func checkEncipher4(t *testing.T, in blockIn, out blockOut) {
	t.Helper()
	field, err := pin.PINField4(mustPIN(t, in.PIN), bytes.NewReader(in.Random))
	require.NoError(t, err)
	assert.Equal(t, out.PINField, clear(field))
	block, err := pin.Encipher4(mustAES(t, in.Key), mustPIN(t, in.PIN), mustPAN(t, in.PAN), bytes.NewReader(in.Random))
	require.NoError(t, err)
	assert.Equal(t, out.Block, vectors.Bytes(block[:]))
}

func checkPIN(t *testing.T, c vectors.Case[blockIn, blockOut], p pin.PIN, err error) {
	t.Helper()
	if c.Expect != vectors.OK {
		assert.ErrorIs(t, err, c.Expect)
		assert.True(t, p.IsZero())
		return
	}
	require.NoError(t, err)
	assert.Equal(t, c.Out.PIN, string(clear(p)))
}

// decode decodes clear bytes.
func decode(f pin.Format, b []byte, pan account.PAN) (pin.PIN, error) {
	block, err := pin.ParseBlock(b)
	if err != nil {
		return pin.PIN{}, err
	}
	return pin.Decode(f, block, pan)
}

// TestDecodeIsStrict alters a good block in one place each.
func TestDecodeIsStrict(t *testing.T) {
	pan := mustPAN(t, "000000000000000") // combines with nothing
	for name, c := range map[string]struct {
		f     pin.Format
		block string
		good  bool
	}{
		"format 0, 4 digits":         {pin.Format0, "041234FFFFFFFFFF", true},
		"format 0, 12 digits":        {pin.Format0, "0C123456789012FF", true},
		"format 0, 3 digits":         {pin.Format0, "03123FFFFFFFFFFF", false},
		"format 0, 13 digits":        {pin.Format0, "0D1234567890123F", false},
		"format 0, 15 digits":        {pin.Format0, "0F12345678901234", false},
		"format 0, no digits":        {pin.Format0, "00FFFFFFFFFFFFFF", false},
		"format 0, digit A":          {pin.Format0, "04123AFFFFFFFFFF", false},
		"format 0, digit F":          {pin.Format0, "05123FFFFFFFFFFF", false},
		"format 0, filler E":         {pin.Format0, "041234FFFFEFFFFF", false},
		"format 0, filler digit":     {pin.Format0, "0412345FFFFFFFFF", false},
		"format 0, last filler":      {pin.Format0, "041234FFFFFFFFFE", false},
		"format 0 read as 1":         {pin.Format1, "041234FFFFFFFFFF", false},
		"format 0 read as 3":         {pin.Format3, "041234FFFFFFFFFF", false},
		"format 1, any filler":       {pin.Format1, "14123400A9FF1234", true},
		"format 1, digit A":          {pin.Format1, "14A23400A9FF1234", false},
		"format 2":                   {pin.Format2, "2C123456789012FF", true},
		"format 2, filler A":         {pin.Format2, "241234AAAAAAAAAA", false},
		"format 3, filler A to F":    {pin.Format3, "341234ABCDEFABCD", true},
		"format 3, filler 9":         {pin.Format3, "341234ABCDEF9BCD", false},
		"format 4 field as format 0": {pin.Format0, "441234AAAAAAAAAA", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := decode(c.f, vectors.Unhex(t, c.block), pan)
			if c.good {
				require.NoError(t, err)
				assert.True(t, strings.HasPrefix(c.block[2:], string(clear(p))))
				return
			}
			require.ErrorIs(t, err, emv.ErrBadPINBlock)
			assert.True(t, p.IsZero())
			_, other := decode(pin.Format2, make([]byte, 8), pan)
			assert.Equal(t, other.Error(), err.Error(), "one text for every cause")
		})
	}
}

// TestShortPAN: an account of fewer than 12 digits before its check digit counts
// as one with zeros on the left.
func TestShortPAN(t *testing.T) {
	block, err := pin.Encode(pin.Format0, mustPIN(t, "1234"), mustPAN(t, "12345678"), nil)
	require.NoError(t, err)
	assert.Equal(t, "041234FFFEDCBA98", clear(block).String())
	field, err := pin.PANField4(mustPAN(t, "12345678"))
	require.NoError(t, err)
	assert.Equal(t, "00000123456780000000000000000000", clear(field).String())
	field, err = pin.PANField4(mustPAN(t, "1234567890123456789"))
	require.NoError(t, err)
	assert.Equal(t, "71234567890123456789000000000000", clear(field).String())
}

func TestParseBlockLength(t *testing.T) {
	for _, length := range []int{0, 7, 9, 16} {
		_, err := pin.ParseBlock(make([]byte, length))
		assert.ErrorIs(t, err, emv.ErrBadPINBlock)
	}
}

// drawPIN and drawPAN draw any PIN and any PAN.
func drawPIN(t *rapid.T) string { return rapid.StringMatching(`[0-9]{4,12}`).Draw(t, "PIN") }
func drawPAN(t *rapid.T) string { return rapid.StringMatching(`[0-9]{8,19}`).Draw(t, "PAN") }

func TestBlocksRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits, pan := drawPIN(t), mustPAN(t, drawPAN(t))
		f := rapid.SampledFrom([]pin.Format{pin.Format0, pin.Format1, pin.Format2, pin.Format3}).Draw(t, "format")
		key := mustTDES(t, rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		block, err := pin.Encode(f, mustPIN(t, digits), pan, rand.Reader)
		require.NoError(t, err)
		require.Contains(t, pin.Formats(block, pan), f)
		deciphered := pin.DecipherBlock(key, block.Encipher(key))
		require.True(t, block.Equal(deciphered))
		p, err := pin.Decode(f, deciphered, pan)
		require.NoError(t, err)
		require.Equal(t, digits, string(clear(p)))
	})
}

func TestFormat4RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits, pan := drawPIN(t), mustPAN(t, drawPAN(t))
		key := mustAES(t, rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		block, err := pin.Encipher4(key, mustPIN(t, digits), pan, rand.Reader)
		require.NoError(t, err)
		p, err := pin.Decipher4(key, block, pan)
		require.NoError(t, err)
		require.Equal(t, digits, string(clear(p)))
		block[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		p, err = pin.Decipher4(key, block, pan)
		require.ErrorIs(t, err, emv.ErrBadPINBlock, "a garbled field is a PIN field about once in 2^24 times")
		require.True(t, p.IsZero())
	})
}

// TestFillers draws many blocks: format 1 has every nibble behind the PIN,
// format 3 the letters A to F and each about as often as the others.
func TestFillers(t *testing.T) {
	const blocks = 6000
	pan := mustPAN(t, "000000000000000")
	for f, letters := range map[pin.Format]string{pin.Format1: "0123456789ABCDEF", pin.Format3: "ABCDEF"} {
		counts := map[rune]int{}
		for range blocks {
			block, err := pin.Encode(f, mustPIN(t, "1234"), pan, rand.Reader)
			require.NoError(t, err)
			for _, nibble := range clear(block).String()[6:] {
				counts[nibble]++
			}
		}
		require.Len(t, counts, len(letters))
		want := float64(10 * blocks / len(letters))
		for _, letter := range letters {
			// Ten standard deviations are 9 and 16 % of the figure; with the
			// remainder of a nibble, E and F would be off by 25 %.
			assert.InEpsilon(t, want, counts[letter], 0.16, "format %v, %c", f, letter)
		}
	}
}

// TestLettersAreDrawnFairly pins which bytes are drawn again.
func TestLettersAreDrawnFairly(t *testing.T) {
	source := bytes.NewReader(append(bytes.Repeat([]byte{252, 255}, 7), []byte{0, 1, 2, 3, 4, 5, 6, 251, 250, 249, 0, 0, 0, 0}...))
	block, err := pin.Encode(pin.Format3, mustPIN(t, "1234"), mustPAN(t, "000000000000000"), source)
	require.NoError(t, err)
	assert.Equal(t, "341234EFAFEDAAAA", clear(block).String())
}

// stuck is a broken source of random bytes.
type stuck byte

func (s stuck) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s)
	}
	return len(b), nil
}

func TestEncodeRefusals(t *testing.T) {
	p, pan := mustPIN(t, "1234"), mustPAN(t, "374245001741007")
	for name, encode := range map[string]func() error{
		"no PIN":       func() error { _, err := pin.Encode(pin.Format0, pin.PIN{}, pan, nil); return err },
		"no PAN":       func() error { _, err := pin.Encode(pin.Format0, p, account.PAN{}, nil); return err },
		"no PAN, 3":    func() error { _, err := pin.Encode(pin.Format3, p, account.PAN{}, rand.Reader); return err },
		"format 4":     func() error { _, err := pin.Encode(pin.Format4, p, pan, nil); return err },
		"no format":    func() error { _, err := pin.Encode(0, p, pan, nil); return err },
		"dry source":   func() error { _, err := pin.Encode(pin.Format1, p, pan, bytes.NewReader(make([]byte, 13))); return err },
		"dry source 3": func() error { _, err := pin.Encode(pin.Format3, p, pan, bytes.NewReader(make([]byte, 13))); return err },
		"stuck source": func() error { _, err := pin.Encode(pin.Format3, p, pan, stuck(0xFF)); return err },
		"4, no PIN": func() error {
			_, err := pin.Encipher4(mustAES(t, make([]byte, 16)), pin.PIN{}, pan, rand.Reader)
			return err
		},
		"4, no PAN": func() error {
			_, err := pin.Encipher4(mustAES(t, make([]byte, 16)), p, account.PAN{}, rand.Reader)
			return err
		},
		"4, TDES key": func() error { _, err := pin.Encipher4(mustTDES(t, make([]byte, 16)), p, pan, rand.Reader); return err },
		"4, dry": func() error {
			_, err := pin.Encipher4(mustAES(t, make([]byte, 16)), p, pan, bytes.NewReader(nil))
			return err
		},
		"decode nothing":     func() error { _, err := pin.Decode(pin.Format0, pin.Block{}, pan); return err },
		"decode format 4":    func() error { _, err := decode(pin.Format4, make([]byte, 8), pan); return err },
		"decode without PAN": func() error { _, err := decode(pin.Format0, make([]byte, 8), account.PAN{}); return err },
		"decipher under TDES": func() error {
			_, err := pin.Decipher4(mustTDES(t, make([]byte, 16)), [16]byte{}, pan)
			return err
		},
		"decipher without PAN": func() error {
			_, err := pin.Decipher4(mustAES(t, make([]byte, 16)), [16]byte{}, account.PAN{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := encode()
			require.Error(t, err)
			assert.NotErrorIs(t, err, emv.ErrBadPINBlock, "it is misuse, not a block that failed")
		})
	}
}

func TestBlockUnderWrongAlgorithmPanics(t *testing.T) {
	block, err := pin.ParseBlock(make([]byte, 8))
	require.NoError(t, err)
	assert.Panics(t, func() { block.Encipher(mustAES(t, make([]byte, 16))) })
	assert.Panics(t, func() { pin.DecipherBlock(secret.Key{}, [8]byte{}) })
	assert.Panics(t, func() { pin.Block{}.Encipher(mustTDES(t, make([]byte, 16))) })
}

func TestParseFormat(t *testing.T) {
	for i, f := range []pin.Format{pin.Format0, pin.Format1, pin.Format2, pin.Format3, pin.Format4} {
		assert.Equal(t, string(rune('0'+i)), f.String())
		parsed, err := pin.ParseFormat(f.String())
		require.NoError(t, err)
		assert.Equal(t, f, parsed)
	}
	for _, s := range []string{"", "5", "00", "Format(0)"} {
		_, err := pin.ParseFormat(s)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
	assert.Equal(t, "Format(0)", pin.Format(0).String())
}

// FuzzDecodeBlock decodes any bytes: what decodes encodes to the same block
// where the format has no random part.
func FuzzDecodeBlock(f *testing.F) {
	for _, c := range vectors.Load[blockIn, blockOut](f, "pin-block") {
		f.Add([]byte(c.In.Block), c.In.PAN)
		f.Add([]byte(c.Out.Block), c.In.PAN)
	}
	f.Fuzz(func(t *testing.T, b []byte, digits string) {
		pan, _ := account.ParsePAN([]byte(digits))
		block, err := pin.ParseBlock(b)
		if err != nil {
			require.NotEqual(t, 8, len(b))
			return
		}
		for _, format := range pin.Formats(block, pan) {
			p, err := pin.Decode(format, block, pan)
			require.NoError(t, err)
			_, err = pin.Parse(clear(p))
			require.NoError(t, err)
			if format == pin.Format0 || format == pin.Format2 {
				again, err := pin.Encode(format, p, pan, nil)
				require.NoError(t, err)
				require.True(t, again.Equal(block))
			}
		}
	})
}

func BenchmarkFormat0(b *testing.B) {
	key := mustTDES(b, vectors.Unhex(b, "0123456789ABCDEFFEDCBA9876543210"))
	p, pan := mustPIN(b, "2580"), mustPAN(b, "374245001741007")
	b.ReportAllocs()
	for b.Loop() {
		block, err := pin.Encode(pin.Format0, p, pan, nil)
		if err != nil {
			b.Fatal(err)
		}
		block.Encipher(key)
	}
}

func BenchmarkFormat4(b *testing.B) {
	key := mustAES(b, vectors.Unhex(b, "000102030405060708090A0B0C0D0E0F"))
	p, pan := mustPIN(b, "2580"), mustPAN(b, "374245001741007")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pin.Encipher4(key, p, pan, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}
