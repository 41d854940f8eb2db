package message_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// eachFraming runs a test for all of them.
func eachFraming(t *testing.T, test func(t *testing.T, f message.Framing)) {
	for _, name := range message.FramingNames() {
		f, err := message.FramingNamed(name)
		require.NoError(t, err)
		require.Equal(t, name, f.String())
		t.Run(name, func(t *testing.T) { test(t, f) })
	}
}

// TestFramesByHand: three bytes of message in each framing.
func TestFramesByHand(t *testing.T) {
	for name, want := range map[string]string{
		"binary": "0003" + "A1B2C3", "binary-inclusive": "0005" + "A1B2C3", "ascii": "30303033" + "A1B2C3", "bcd": "0003" + "A1B2C3",
		"binary+tpdu": "0008" + "6000010000" + "A1B2C3", "binary-inclusive+tpdu": "000A" + "6000010000" + "A1B2C3",
		"ascii+tpdu": "30303038" + "6000010000" + "A1B2C3", "bcd+tpdu": "0008" + "6000010000" + "A1B2C3",
	} {
		f, err := message.FramingNamed(name)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, f.WriteMessage(&b, []byte{0xA1, 0xB2, 0xC3}))
		assert.Equal(t, want, vectors.Bytes(b.Bytes()).String(), name)
	}
	_, err := message.FramingNamed("vml")
	require.ErrorContains(t, err, "binary-inclusive")
	var b bytes.Buffer
	require.NoError(t, message.FramingBCD.WriteMessage(&b, make([]byte, 1234)))
	assert.Equal(t, []byte{0x12, 0x34}, b.Bytes()[:2])
}

func TestReplyGoesBack(t *testing.T) {
	f := message.Frame{Message: []byte{1}, TPDU: [5]byte{0x60, 0x00, 0x07, 0x12, 0x34}}
	assert.Equal(t, message.Frame{Message: []byte{2}, TPDU: [5]byte{0x60, 0x12, 0x34, 0x00, 0x07}}, f.Reply([]byte{2}))
}

func TestFrames(t *testing.T) {
	eachFraming(t, func(t *testing.T, f message.Framing) {
		rapid.Check(t, func(t *rapid.T) {
			frames := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 1, 300)).Draw(t, "frames")
			var stream bytes.Buffer
			for _, m := range frames {
				require.NoError(t, f.WriteMessage(&stream, m))
			}
			r := io.Reader(&stream)
			if rapid.Bool().Draw(t, "byte by byte") {
				r = iotest.OneByteReader(r)
			}
			for _, m := range frames {
				got, err := f.ReadMessage(r)
				require.NoError(t, err)
				require.Equal(t, m, got)
			}
			_, err := f.ReadMessage(r)
			require.Equal(t, io.EOF, err)
		})
	})
}

// TestFrameIsStrict: streams in hexadecimal digits.
func TestFrameIsStrict(t *testing.T) {
	for name, c := range map[string]struct {
		framing message.Framing
		stream  string
		want    error
	}{
		"half a length":                    {message.FramingBinary, "00", io.ErrUnexpectedEOF},
		"length alone":                     {message.FramingBinary, "0002", io.ErrUnexpectedEOF},
		"half a frame":                     {message.FramingBinary, "000201", io.ErrUnexpectedEOF},
		"empty":                            {message.FramingBinary, "000001", emv.ErrMalformed},
		"too long":                         {message.FramingBinary, "100101", emv.ErrMalformed},
		"64k":                              {message.FramingBinary, "FFFF01", emv.ErrMalformed},
		"inclusive, half":                  {message.FramingInclusive, "000401", io.ErrUnexpectedEOF},
		"inclusive, length of 1":           {message.FramingInclusive, "0001", emv.ErrMalformed},
		"inclusive, length alone":          {message.FramingInclusive, "0002", emv.ErrMalformed},
		"inclusive, too long":              {message.FramingInclusive, "1003", emv.ErrMalformed},
		"inclusive, 64k":                   {message.FramingInclusive, "FFFF", emv.ErrMalformed},
		"ASCII, half a length":             {message.FramingASCII, "303030", io.ErrUnexpectedEOF},
		"ASCII, letters":                   {message.FramingASCII, "30303041", emv.ErrMalformed},
		"ASCII, sign":                      {message.FramingASCII, "2B303031", emv.ErrMalformed},
		"ASCII, empty":                     {message.FramingASCII, "30303030", emv.ErrMalformed},
		"ASCII, too long":                  {message.FramingASCII, "34303937", emv.ErrMalformed},
		"ASCII, longest":                   {message.FramingASCII, "39393939", emv.ErrMalformed},
		"BCD, no digit":                    {message.FramingBCD, "000A", emv.ErrMalformed},
		"BCD, separator":                   {message.FramingBCD, "00D1", emv.ErrMalformed},
		"BCD, empty":                       {message.FramingBCD, "0000", emv.ErrMalformed},
		"BCD, too long":                    {message.FramingBCD, "4097", emv.ErrMalformed},
		"BCD, half":                        {message.FramingBCD, "001000", io.ErrUnexpectedEOF},
		"TPDU, length without message":     {message.FramingBinary.WithTPDU(), "00056000010000", emv.ErrMalformed},
		"TPDU, half":                       {message.FramingBinary.WithTPDU(), "0008600001", io.ErrUnexpectedEOF},
		"TPDU, message missing":            {message.FramingBinary.WithTPDU(), "00086000010000", io.ErrUnexpectedEOF},
		"TPDU, too long":                   {message.FramingBinary.WithTPDU(), "1006", emv.ErrMalformed},
		"TPDU, inclusive, without message": {message.FramingInclusive.WithTPDU(), "00076000010000", emv.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.framing.ReadMessage(bytes.NewReader(vectors.Unhex(t, c.stream)))
			require.ErrorIs(t, err, c.want)
		})
	}
	eachFraming(t, func(t *testing.T, f message.Framing) {
		require.Error(t, f.WriteMessage(io.Discard, nil))
		require.Error(t, f.WriteMessage(io.Discard, make([]byte, message.BytesMax+1)))
		var b bytes.Buffer
		require.NoError(t, f.WriteMessage(&b, make([]byte, message.BytesMax)))
		assert.Equal(t, f.Overhead()+message.BytesMax, b.Len())
		m, err := f.ReadMessage(&b)
		require.NoError(t, err)
		assert.Len(t, m, message.BytesMax)
	})
}

// TestPolls: one framing has them, and they hold nothing.
func TestPolls(t *testing.T) {
	eachFraming(t, func(t *testing.T, f message.Framing) {
		var b bytes.Buffer
		err := f.Write(&b, message.Frame{})
		if !strings.HasPrefix(f.String(), "binary-inclusive") {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		assert.Equal(t, []byte{0, 0}, b.Bytes())
		frame, err := f.Read(&b)
		require.NoError(t, err)
		assert.True(t, frame.IsPoll())
	})
}

// TestFrameOfWrongLengthIsNotAllocated counts what a length above the bound costs.
func TestFrameOfWrongLengthIsNotAllocated(t *testing.T) {
	eachFraming(t, func(t *testing.T, f message.Framing) {
		head := []byte{0xFF, 0xFF}
		switch {
		case strings.HasPrefix(f.String(), "ascii"):
			head = []byte("9999")
		case strings.HasPrefix(f.String(), "bcd"):
			head = []byte{0x99, 0x99}
		}
		const times = 1000
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			_, err := f.Read(bytes.NewReader(head))
			require.ErrorIs(t, err, emv.ErrMalformed)
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/times, uint64(2048))
	})
}

// countingWriter counts calls of Write, or fails.
type countingWriter struct {
	calls int
	err   error
}

func (w *countingWriter) Write(b []byte) (int, error) { w.calls++; return len(b), w.err }

func TestFrameIsOneWrite(t *testing.T) {
	eachFraming(t, func(t *testing.T, f message.Framing) {
		w := &countingWriter{}
		require.NoError(t, f.WriteMessage(w, []byte("message")))
		assert.Equal(t, 1, w.calls)
		broken := errors.New("line is down")
		require.ErrorIs(t, f.WriteMessage(&countingWriter{err: broken}, []byte("message")), broken)
		_, err := f.ReadMessage(iotest.ErrReader(broken))
		require.ErrorIs(t, err, broken)
	})
}
