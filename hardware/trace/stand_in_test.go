package trace_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/testdata/need"
)

// standIn powers a stand-in on.
func standIn(t *testing.T, lines string) (*trace.StandIn, hardware.Card) {
	t.Helper()
	s := trace.NewStandIn(parse(t, lines))
	card, err := s.PowerOn(hardware.Contactless)
	require.NoError(t, err)
	return s, card
}

func answer(t *testing.T, card hardware.Card, command string) string {
	t.Helper()
	b, err := card.Transmit(t.Context(), unhex(t, command))
	require.NoError(t, err)
	return fmt.Sprintf("%X", b)
}

// TestStandIn: the recorded answer to the same command, in whatever order; to another
// one of the kind where the terminal makes the data; and "not found" to the rest.
func TestStandIn(t *testing.T) {
	s, card := standIn(t, "ATR: 3B6A00\nC: 00A4040007A000000004101000\nR: 6F009000\nC: 80A8000002830000\nR: 80069000\nC: 00B2020C00\nR: 6C04\nC: 00B2020C04\nR: 70029F009000\n"+
		"C: 80CA9F1700\nR: 9F1701039000\nC: 80AE80000511223344550"+"0\nR: 80019000\nC: 80AE400001AA00\nR: 80029000\nC: 80CA9F3600\nE: card removed\n")
	assert.Equal(t, unhex(t, "3B6A00"), card.ATR())
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card))
	for _, exchange := range [][2]string{
		{"00A404000E315041592E5359532E444446303100", "6A82"},                   // not recorded
		{"80CA9F1700", "9F1701039000"},                                         // out of order
		{"00A4040007A0000000041010", "6F009000"},                               // another Le
		{"00A4040005A000000004", "6F009000"}, {"00A4040205A000000004", "6A82"}, // the first of that scheme, and no other
		{"80A8000004830212340" + "0", "80069000"}, // other data
		{"00B2020C00", "6C04"}, {"00B2020C04", "70029F009000"},
		{"00B2030C00", "6A83"}, {"80CA9F1300", "6A88"}, {"0084000000", "6D00"}, {"00", "6700"},
		{"80AE800005AABBCCDDEE00", "80019000"}, {"80AE000001AA00", "80029000"}, // an AAC was not recorded, a TC was
	} {
		assert.Equal(t, exchange[1], answer(t, card, exchange[0]), exchange[0])
	}
	assert.Equal(t, []string{
		"SELECT 00A40400 is not in the recording", "SELECT differs in data", "SELECT 00A40402 is not in the recording", "GET PROCESSING OPTIONS differs in data objects from number 1 on", "READ RECORD 00B2030C is not in the recording",
		"GET DATA 80CA9F13 is not in the recording", "GET CHALLENGE 00840000 is not in the recording", "GENERATE AC differs in data", "GENERATE AC differs in header",
	}, s.Deviations())
	_, err := card.Transmit(t.Context(), unhex(t, "80CA9F3600"))
	require.ErrorIs(t, err, hardware.ErrCardRemoved, "as it was recorded")

	again, err := s.PowerOn(hardware.Contact)
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), unhex(t, "80CA9F1700"))
	require.ErrorIs(t, err, hardware.ErrCardRemoved, "its session is over")
	assert.Equal(t, "9F1701039000", answer(t, again, "80CA9F1700"))
	require.NoError(t, again.PowerOff())
	_, err = again.Transmit(t.Context(), unhex(t, "80CA9F1700"))
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
}

// TestStandInForeign: what others recorded is answered to the byte when it is asked
// for in the recorded order.
func TestStandInForeign(t *testing.T) {
	for _, name := range []string{"visa-contact", "mastercard-contact", "test-card-t0-full"} {
		text, err := os.ReadFile(filepath.Join(need.Foreign(t, "traces"), name+".txt"))
		require.NoError(t, err)
		s, card := standIn(t, string(text))
		play(t, card, string(text))
		assert.Empty(t, s.Deviations(), name)
	}
}

func FuzzStandIn(f *testing.F) {
	f.Add("C: 80CA9F1700\nR: 9F1701039000\nC: 80AE80000101\nR: 80009000\n", []byte{0x80, 0xAE, 0x40, 0x00, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, lines string, command []byte) {
		r, err := trace.ParseLines(strings.NewReader(lines))
		if err != nil {
			return
		}
		s := trace.NewStandIn(r)
		card, err := s.PowerOn(hardware.Contact)
		require.NoError(t, err)
		for range 3 {
			_, _ = card.Transmit(t.Context(), command)
		}
		require.LessOrEqual(t, len(s.Deviations()), 3)
	})
}
