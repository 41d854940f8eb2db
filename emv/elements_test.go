package emv_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
)

func TestParseAFL(t *testing.T) {
	afl, err := emv.ParseAFL([]byte{0x08, 0x01, 0x01, 0x00, 0x10, 0x01, 0x05, 0x05, 0xF0, 0x02, 0xFF, 0x00})
	require.NoError(t, err)
	assert.Equal(t, emv.AFL{{SFI: 1, First: 1, Last: 1}, {SFI: 2, First: 1, Last: 5, ODACount: 5}, {SFI: 30, First: 2, Last: 255}}, afl)
	assert.Equal(t, 254, afl[2].Records())
}

func TestParseAFLRefuses(t *testing.T) {
	for name, afl := range map[string][]byte{
		"empty":                  {},
		"not a multiple of 4":    {0x08, 1, 1, 0, 0x10},
		"SFI 0":                  {0x00, 1, 1, 0},
		"SFI 31":                 {0xF8, 1, 1, 0},
		"bits behind the SFI":    {0x09, 1, 1, 0},
		"first record 0":         {0x08, 0, 1, 0},
		"first after last":       {0x08, 2, 1, 0},
		"more signed than there": {0x08, 1, 2, 3},
		"bad second entry":       {0x08, 1, 1, 0, 0x10, 0, 0, 0},
		"longer than 252":        make([]byte, 256),
	} {
		_, err := emv.ParseAFL(afl)
		assert.ErrorIs(t, err, emv.ErrMalformed, name)
	}
}

func TestAFLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		afl := emv.AFL{}
		for range rapid.IntRange(1, 63).Draw(t, "entries") {
			first := rapid.IntRange(1, 255).Draw(t, "first")
			last := rapid.IntRange(first, 255).Draw(t, "last")
			afl = append(afl, emv.AFLEntry{
				SFI: byte(rapid.IntRange(1, 30).Draw(t, "SFI")), First: byte(first), Last: byte(last),
				ODACount: byte(rapid.IntRange(0, last-first+1).Draw(t, "signed")),
			})
		}
		again, err := emv.ParseAFL(afl.Append(nil))
		require.NoError(t, err)
		require.Equal(t, afl, again)
	})
}

func TestCID(t *testing.T) {
	for b, want := range map[emv.CID]emv.ACType{0x00: emv.ACTypeAAC, 0x40: emv.ACTypeTC, 0x80: emv.ACTypeARQC, 0xC0: emv.ACTypeRFU} {
		assert.Equal(t, want, b.Type())
		assert.Equal(t, b, emv.NewCID(want, false, emv.ReasonNone))
	}
	cid := emv.NewCID(emv.ACTypeAAC, true, emv.ReasonPINTryLimitExceeded)
	assert.Equal(t, emv.CID(0x0A), cid)
	assert.True(t, cid.AdviceRequired())
	assert.Equal(t, "PIN Try Limit exceeded", cid.Reason().String())
	assert.Equal(t, "RFU", emv.CID(0x04).Reason().String())
	assert.Equal(t, "0A", cid.String())
	assert.False(t, emv.CID(0x80).AdviceRequired())
}

func TestTerminalType(t *testing.T) {
	for b, want := range map[byte][4]bool{ // attended, online only, offline only, merchant
		0x11: {true, true, false, false},
		0x22: {true, false, false, true},
		0x23: {true, false, true, true},
		0x24: {false, true, false, true},
		0x25: {false, false, false, true},
		0x26: {false, false, true, true},
		0x34: {false, true, false, false},
	} {
		tt, err := emv.ParseTerminalType(b)
		require.NoError(t, err, "%02X", b)
		assert.Equal(t, want, [4]bool{tt.Attended(), tt.OnlineOnly(), tt.OfflineOnly(), tt.Merchant()}, "%v", tt)
	}
	for _, b := range []byte{0x00, 0x01, 0x10, 0x17, 0x20, 0x31, 0x32, 0x33, 0x37, 0x41, 0x1F, 0xFF} {
		_, err := emv.ParseTerminalType(b)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%02X", b)
	}
	assert.True(t, emv.TerminalType(0x34).Cardholder())
	assert.Equal(t, "34", emv.TerminalType(0x34).String())
	var cash emv.AdditionalTerminalCapabilities
	cash.Set(emv.AdditionalCash)
	assert.True(t, emv.TerminalType(0x14).ATM(cash))
	assert.False(t, emv.TerminalType(0x14).ATM(emv.AdditionalTerminalCapabilities{}), "pays out no cash")
	assert.False(t, emv.TerminalType(0x11).ATM(cash), "a branch terminal")
	assert.False(t, emv.TerminalType(0x24).ATM(cash), "a merchant's machine")
}

func TestARC(t *testing.T) {
	for text, want := range map[string]struct {
		arc      emv.ARC
		terminal bool
		meaning  string
	}{
		"00": {0x3030, false, "Issuer's response"},
		"Y1": {emv.ARCOfflineApproved, true, "Offline approved"},
		"Z1": {emv.ARCOfflineDeclined, true, "Offline declined"},
		"Y3": {emv.ARCUnableToGoOnlineAccept, true, "Unable to go online, offline approved"},
		"Z3": {emv.ARCUnableToGoOnlineRefuse, true, "Unable to go online, offline declined"},
		"05": {0x3035, false, "Issuer's response"},
	} {
		arc, err := emv.ParseARC([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want.arc, arc)
		assert.Equal(t, want.terminal, arc.Terminal())
		assert.Equal(t, want.meaning, arc.Text())
		assert.Equal(t, text, arc.String())
		assert.Equal(t, [2]byte([]byte(text)), arc.Bytes())
	}
	for _, bad := range []string{"", "0", "000", "0\x00", "-1"} {
		_, err := emv.ParseARC([]byte(bad))
		assert.ErrorIs(t, err, emv.ErrMalformed, "%q", bad)
	}
}

func TestActionCodeMatches(t *testing.T) {
	// The Amex-style TAC Online and IAC Online against the TVR of a wrong PIN.
	tac, err := emv.ParseActionCode([]byte{0xDE, 0x00, 0xFC, 0x98, 0x00})
	require.NoError(t, err)
	assert.True(t, tac.Matches(emv.TVR{0, 0, 0x80}))
	assert.False(t, tac.Matches(emv.TVR{0, 0x08}))
	assert.False(t, tac.Matches(emv.TVR{0, 0, 0, 0, 0xFF}), "byte 5 of that code is zero")
	assert.False(t, emv.ActionCode{}.Matches(emv.TVR{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))
	assert.Equal(t, "DE00FC9800", tac.String())
	_, err = emv.ParseActionCode(make([]byte, 4))
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

func TestActionCodeMatchesIsAnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var code emv.ActionCode
		var tvr emv.TVR
		position := rapid.IntRange(0, 39).Draw(t, "bit")
		code[position/8] |= 0x80 >> (position % 8)
		copy(tvr[:], rapid.SliceOfN(rapid.Byte(), 5, 5).Draw(t, "TVR"))
		require.Equal(t, tvr[position/8]&code[position/8] != 0, code.Matches(tvr))
	})
}

func TestApplicationPriorityIndicator(t *testing.T) {
	i := emv.ApplicationPriorityIndicator(0x81)
	assert.True(t, i.ConfirmationRequired())
	assert.Equal(t, 1, i.Priority())
	assert.Equal(t, "81", i.String())
	assert.False(t, emv.ApplicationPriorityIndicator(0x0F).ConfirmationRequired())
	assert.Equal(t, 15, emv.ApplicationPriorityIndicator(0x7F).Priority(), "bits 7-5 are RFU")
}

func TestNumeric(t *testing.T) {
	b, err := emv.EncodeN(1234, 6)
	require.NoError(t, err)
	assert.Equal(t, []byte{0, 0, 0, 0, 0x12, 0x34}, b)
	_, err = emv.EncodeN(1_000_000_000_000, 6)
	require.EqualError(t, err, "encode number: more than 12 digits")
	b, err = emv.EncodeN(999_999_999_999, 6)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x99, 0x99, 0x99, 0x99, 0x99, 0x99}, b)
	for _, length := range []int{-1, 0, 10} {
		_, err = emv.EncodeN(0, length)
		assert.Error(t, err, length)
	}
	for _, bad := range [][]byte{nil, {0x1A}, {0xA1}, {0x12, 0x0F}, make([]byte, 10)} {
		_, err := emv.DecodeN(bad)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%X", bad)
	}
}

func TestNumericRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Uint64Range(0, 999_999_999_999_999_999).Draw(t, "value")
		b, err := emv.EncodeN(value, 9)
		require.NoError(t, err)
		again, err := emv.DecodeN(b)
		require.NoError(t, err)
		require.Equal(t, value, again)
	})
}

func TestDate(t *testing.T) {
	for want, b := range map[string][]byte{
		"2019-11-05": {0x19, 0x11, 0x05},
		"2049-12-31": {0x49, 0x12, 0x31},
		"1950-01-01": {0x50, 0x01, 0x01},
		"2000-02-29": {0x00, 0x02, 0x29},
	} {
		d, err := emv.ParseDate(b)
		require.NoError(t, err)
		assert.Equal(t, want, d.String())
		assert.Equal(t, [3]byte(b), d.Bytes())
	}
	for _, bad := range [][]byte{{0x19, 0x11}, {0x19, 0x00, 0x01}, {0x19, 0x13, 0x01}, {0x19, 0x02, 0x29}, {0x19, 0x01, 0x00}, {0x19, 0x01, 0x32}, {0x1A, 0x01, 0x01}} {
		_, err := emv.ParseDate(bad)
		assert.ErrorIs(t, err, emv.ErrMalformed, "%X", bad)
	}
}

func TestDateCompare(t *testing.T) {
	day := emv.Date{Year: 2026, Month: time.May, Day: 9}
	assert.Equal(t, day, emv.DateOf(time.Date(2026, 5, 9, 23, 59, 0, 0, time.FixedZone("", 3600))))
	for _, later := range []emv.Date{{2027, 1, 1}, {2026, 6, 1}, {2026, 5, 10}} {
		assert.Equal(t, -1, day.Compare(later))
		assert.Equal(t, 1, later.Compare(day))
	}
	assert.Equal(t, 0, day.Compare(day))
	last, first := emv.Date{2049, 12, 31}, emv.Date{1950, 1, 1}
	assert.Equal(t, 1, last.Compare(first), "the century counts")
}

func TestFullYear(t *testing.T) {
	for yy, want := range map[int]int{0: 2000, 49: 2049, 50: 1950, 99: 1999} {
		assert.Equal(t, want, emv.FullYear(yy))
	}
}

func TestDecimal(t *testing.T) {
	assert.True(t, emv.Decimal([]byte("0123456789")))
	for _, s := range []string{"/", ":", "12A", " 1", "1-"} {
		assert.False(t, emv.Decimal([]byte(s)), s)
	}
}

func TestNibble(t *testing.T) {
	b := []byte{0x12, 0x34}
	for i := range 4 {
		assert.Equal(t, byte(i+1), emv.Nibble(b, i))
	}
	emv.XorNibble(b, 0, 0x0F)
	emv.XorNibble(b, 3, 0x01)
	assert.Equal(t, []byte{0xE2, 0x35}, b)
}
