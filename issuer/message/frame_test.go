package message_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

func TestFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frames := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 1, 300)).Draw(t, "frames")
		var stream bytes.Buffer
		for _, f := range frames {
			require.NoError(t, message.FramingBinary.WriteMessage(&stream, f))
		}
		r := io.Reader(&stream)
		if rapid.Bool().Draw(t, "byte by byte") {
			r = iotest.OneByteReader(r)
		}
		for _, f := range frames {
			got, err := message.FramingBinary.ReadMessage(r)
			require.NoError(t, err)
			require.Equal(t, f, got)
		}
		_, err := message.FramingBinary.ReadMessage(r)
		require.Equal(t, io.EOF, err)
	})
}

func TestFrameIsStrict(t *testing.T) {
	for name, c := range map[string]struct {
		stream []byte
		want   error
	}{
		"half a length": {[]byte{0}, io.ErrUnexpectedEOF},
		"length alone":  {[]byte{0, 2}, io.ErrUnexpectedEOF},
		"half a frame":  {[]byte{0, 2, 1}, io.ErrUnexpectedEOF},
		"empty":         {[]byte{0, 0, 1}, emv.ErrMalformed},
		"too long":      {[]byte{0x10, 0x01, 1}, emv.ErrMalformed},
		"64k":           {[]byte{0xFF, 0xFF, 1}, emv.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.FramingBinary.ReadMessage(bytes.NewReader(c.stream))
			require.ErrorIs(t, err, c.want)
		})
	}
	require.Error(t, message.FramingBinary.WriteMessage(io.Discard, nil))
	require.Error(t, message.FramingBinary.WriteMessage(io.Discard, make([]byte, message.BytesMax+1)))
	require.NoError(t, message.FramingBinary.WriteMessage(io.Discard, make([]byte, message.BytesMax)))
}

// TestFrameOfWrongLengthIsNotAllocated counts what a length of 64k costs.
func TestFrameOfWrongLengthIsNotAllocated(t *testing.T) {
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = message.FramingBinary.ReadMessage(bytes.NewReader([]byte{0xFF, 0xFF}))
		}
	})
	assert.Less(t, result.AllocedBytesPerOp(), int64(1024))
}

// countingWriter counts calls of Write, or fails.
type countingWriter struct {
	calls int
	err   error
}

func (w *countingWriter) Write(b []byte) (int, error) { w.calls++; return len(b), w.err }

func TestFrameIsOneWrite(t *testing.T) {
	w := &countingWriter{}
	require.NoError(t, message.FramingBinary.WriteMessage(w, []byte("message")))
	assert.Equal(t, 1, w.calls)
	broken := errors.New("line is down")
	require.ErrorIs(t, message.FramingBinary.WriteMessage(&countingWriter{err: broken}, []byte("message")), broken)
	_, err := message.FramingBinary.ReadMessage(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}
