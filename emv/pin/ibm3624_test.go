package pin_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/testdata/vectors"
)

type ibmIn struct {
	PVK    vectors.Bytes `json:"pvk"`
	Table  string        `json:"table"`
	PAN    string        `json:"pan"`
	Start  int           `json:"start"`
	Length int           `json:"length"`
	Pad    string        `json:"pad"`
	PIN    string        `json:"pin"`
	Offset string        `json:"offset"`
}

type ibmOut struct {
	NaturalPIN string `json:"natural_pin"`
	Offset     string `json:"offset"`
	GoodPIN    string `json:"good_pin"`
}

func (in ibmIn) method(t require.TestingT) pin.IBM3624 {
	table, err := pin.ParseDecimalisation([]byte(in.Table))
	require.NoError(t, err)
	pad, err := strconv.ParseUint(in.Pad, 16, 4)
	require.NoError(t, err)
	return pin.IBM3624{PVK: mustTDES(t, in.PVK), Table: table, Start: in.Start, Length: in.Length, Pad: byte(pad)}
}

func TestIBM3624Vectors(t *testing.T) {
	vectors.Run(t, "ibm3624", func(t *testing.T, c vectors.Case[ibmIn, ibmOut]) {
		m, p, pan := c.In.method(t), mustPIN(t, c.In.PIN), mustPAN(t, c.In.PAN)
		natural, err := m.NaturalPIN(pan, p.Len())
		require.NoError(t, err)
		assert.Equal(t, c.Out.NaturalPIN, string(clear(natural)))
		if c.Expect != vectors.OK {
			assert.ErrorIs(t, m.Verify(pan, p, c.In.Offset), c.Expect)
			good, err := m.PIN(pan, c.In.Offset)
			require.NoError(t, err)
			assert.Equal(t, c.Out.GoodPIN, string(clear(good)))
			return
		}
		offset, err := m.Offset(pan, p)
		require.NoError(t, err)
		assert.Equal(t, c.Out.Offset, offset)
		assert.NoError(t, m.Verify(pan, p, offset))
	})
}

var ibmExample = ibmIn{PVK: make([]byte, 16), Table: "0123456789012345", Length: 16, Pad: "F"}

// TestOffsetsRoundTrip holds for PINs of every length that offset and PIN belong
// to each other and that one digit off is a wrong PIN.
func TestOffsetsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := ibmExample.method(t)
		pan, digits := mustPAN(t, rapid.StringMatching(`[0-9]{16,19}`).Draw(t, "PAN")), drawPIN(t)
		p := mustPIN(t, digits)
		offset, err := m.Offset(pan, p)
		require.NoError(t, err)
		require.Len(t, offset, len(digits))
		again, err := m.PIN(pan, offset)
		require.NoError(t, err)
		require.True(t, p.Equal(again))
		require.NoError(t, m.Verify(pan, p, offset))
		i := rapid.IntRange(0, len(digits)-1).Draw(t, "place")
		wrong := []byte(digits)
		wrong[i] = '0' + (wrong[i]-'0'+1)%10
		require.ErrorIs(t, m.Verify(pan, mustPIN(t, string(wrong)), offset), emv.ErrWrongPIN)
	})
}

// TestOffsetOfOtherLength: a PIN of another length than the offset is wrong.
func TestOffsetOfOtherLength(t *testing.T) {
	m, pan := ibmExample.method(t), mustPAN(t, "1122334455667788")
	offset, err := m.Offset(pan, mustPIN(t, "123456"))
	require.NoError(t, err)
	assert.ErrorIs(t, m.Verify(pan, mustPIN(t, "1234"), offset), emv.ErrWrongPIN)
	assert.ErrorIs(t, m.Verify(pan, mustPIN(t, "1234567"), offset), emv.ErrWrongPIN)
}

// TestValidationData compares ways to say the same 16 digits.
func TestValidationData(t *testing.T) {
	whole := ibmExample
	natural := func(in ibmIn, pan string) string {
		p, err := in.method(t).NaturalPIN(mustPAN(t, pan), 12)
		require.NoError(t, err)
		return string(clear(p))
	}
	part := whole
	part.Start, part.Length, part.Pad = 3, 10, "0"
	assert.Equal(t, natural(whole, "1234567890000000"), natural(part, "9991234567890999"))
	part.Pad = "1"
	assert.NotEqual(t, natural(whole, "1234567890000000"), natural(part, "9991234567890999"))
}

func TestIBM3624Refusals(t *testing.T) {
	p := mustPIN(t, "1234")
	for name, change := range map[string]func(m *pin.IBM3624){
		"AES key":        func(m *pin.IBM3624) { m.PVK = mustAES(t, make([]byte, 16)) },
		"no table":       func(m *pin.IBM3624) { m.Table = pin.Decimalisation{} },
		"length 0":       func(m *pin.IBM3624) { m.Length = 0 },
		"length 17":      func(m *pin.IBM3624) { m.Length = 17 },
		"start negative": func(m *pin.IBM3624) { m.Start = -1 },
		"past the end":   func(m *pin.IBM3624) { m.Start = 1 },
		"start huge":     func(m *pin.IBM3624) { m.Start = int(^uint(0) >> 1) },
		"pad 16":         func(m *pin.IBM3624) { m.Pad = 16 },
	} {
		t.Run(name, func(t *testing.T) {
			m := ibmExample.method(t)
			change(&m)
			_, err := m.Offset(mustPAN(t, "1122334455667788"), p)
			require.Error(t, err)
			assert.NotErrorIs(t, m.Verify(mustPAN(t, "1122334455667788"), p, "0000"), emv.ErrWrongPIN)
		})
	}
	m := ibmExample.method(t)
	for _, offset := range []string{"", "123", "1234567890123", "12A4"} {
		assert.ErrorIs(t, m.Verify(mustPAN(t, "1122334455667788"), p, offset), emv.ErrMalformed)
		_, err := m.PIN(mustPAN(t, "1122334455667788"), offset)
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
	for _, digits := range []int{-1, 0, 3, 13, 17} {
		_, err := m.NaturalPIN(mustPAN(t, "1122334455667788"), digits)
		assert.Error(t, err, fmt.Sprint(digits))
	}
	_, err := m.Offset(mustPAN(t, "1122334455667788"), pin.PIN{})
	assert.Error(t, err)
	for _, table := range []string{"", "012345678901234", "01234567890123456", "0123456789ABCDEF"} {
		_, err := pin.ParseDecimalisation([]byte(table))
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
}
