package trace_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/hardware/trace"
)

// inserted returns a reader with a card in it.
func inserted(t *testing.T, chip hardware.Chip) hardware.Reader {
	t.Helper()
	s := slot.New("replay")
	s.Insert(chip)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// TestReplay sends recorded commands to a card that answers some of them otherwise.
func TestReplay(t *testing.T) {
	recorded := parse(t, "C: 80CA9F1700\nR: 9F1701039000\nC: 0084000000\nR: 11223344556677889000\nC: 80CA9F3600\nR: 9F360200019000\n")
	card := hardwaretest.NewScript(t).Expect("80CA9F1700", "9F1701029000").Expect("0084000000", "88776655443322119000").Expect("80CA9F3600", "9F360200029000")
	wrapped := 0
	again, err := trace.Replay(t.Context(), inserted(t, card), recorded, func(c hardware.Card) hardware.Card {
		wrapped++
		return c
	})
	require.NoError(t, err)
	assert.Equal(t, 1, wrapped)
	require.Equal(t, recorded.Len(), again.Len(), "the reset is none of the recording's")
	lines := func(ignored ...emv.Tag) (all []string) {
		for _, d := range trace.Diff(recorded, again, ignored...) {
			all = append(all, d.String())
		}
		return all
	}
	const tries = "step 1, GET DATA, answer 9F17 Personal Identification Number (PIN) Try Counter: 03 | 02"
	assert.Len(t, lines(), 3)
	assert.Equal(t, []string{tries}, lines(trace.VolatileAnswerData()...))
	assert.Equal(t, []string{tries, "step 3, GET DATA, answer 9F36 Application Transaction Counter (ATC): 0001 | 0002"}, lines(0x9F26))
	assert.Empty(t, lines(0x9F17, 0x9F36))
}

// TestReplayWithResets: each recorded reset is one, and a card that is gone ends it.
func TestReplayWithResets(t *testing.T) {
	recorded := parse(t, "ATR: 3B600000\nC: 80CA9F1700\nR: 6A88\nATR: 3B600000\nC: 80CA9F1700\nR: 6A88\nC: 80CA9F3600\nR: 6A88\n")
	card := hardwaretest.NewScript(t).Expect("80CA9F1700", "6A88").ExpectError("80CA9F1700", hardware.ErrCardRemoved)
	again, err := trace.Replay(t.Context(), inserted(t, card), recorded, nil)
	require.NoError(t, err)
	var all []string
	for _, d := range trace.Diff(recorded, again) {
		all = append(all, d.String())
	}
	assert.Equal(t, []string{"step 4, GET DATA, answer: there | card removed", "step 5 | -, GET DATA: only in the first"}, all)

	_, err = trace.Replay(t.Context(), inserted(t, hardwaretest.NewScript(t)), parse(t, "ATR: 3B600000\nwarm ATR: 3B600000\n"), nil)
	require.ErrorContains(t, err, "step 2: this reader can not reset a card warm")
	_, err = trace.Replay(t.Context(), inserted(t, ableChip{hardwaretest.NewScript(t)}), parse(t, "ATR: 3B600000\nwarm ATR: 3B600000\n"), nil)
	require.NoError(t, err)
}

// TestReplayOfPINPad: a PIN that was entered at the reader is entered again, and never
// replaced by the empty block of the template.
func TestReplayOfPINPad(t *testing.T) {
	recorded := parse(t, "P: 002000800820FFFFFFFFFFFFFF\nR: 9000\n")
	_, err := trace.Replay(t.Context(), inserted(t, hardwaretest.NewScript(t)), recorded, nil)
	require.ErrorContains(t, err, "step 1: the recorded PIN was entered at the reader")
	again, err := trace.Replay(t.Context(), padReader{inserted(t, hardwaretest.NewScript(t))}, recorded, nil)
	require.NoError(t, err)
	assert.Empty(t, trace.Diff(recorded, again))
}

// padReader is a reader with a PIN pad.
type padReader struct{ hardware.Reader }

func (p padReader) WaitCard(ctx context.Context) (hardware.Card, error) {
	c, err := p.Reader.WaitCard(ctx)
	return able{c}, err
}

// ableChip is a chip that can be reset warm.
type ableChip struct{ hardware.Chip }

func (a ableChip) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	c, err := a.Chip.PowerOn(p)
	return able{c}, err
}

// TestReplayOfMaskedPIN: a masked recording would spend PIN tries with wrong PINs.
func TestReplayOfMaskedPIN(t *testing.T) {
	clear := parse(t, "C: 80CA9F1700\nR: 6A88\nC: 0020008008241234FFFFFFFFFF\nR: 9000\n")
	masked, _, err := trace.Read(strings.NewReader(writtenAs(t, clear, trace.Pairs, false)))
	require.NoError(t, err)
	_, err = trace.Replay(t.Context(), inserted(t, hardwaretest.NewScript(t)), masked, nil)
	require.ErrorContains(t, err, "the recording is masked")
}

func TestTestCardsOnly(t *testing.T) {
	for lines, want := range map[string]bool{
		"C: 00B2010C00\nR: 700A5A08374245001741007F9000\n":                                                         true,
		"C: 00B2010C00\nR: 700A5A08371449635398431F9000\n":                                                         false,
		"C: 00B2010C00\nR: 700A5A08374245001741007F9000\nC: 00B2020C00\nR: 700E570C371449635398431D3512201F9000\n": false,
		"C: 00B2010C00\nR: 6A83\n":                                                                                 true,
	} {
		assert.Equal(t, want, parse(t, lines).TestCardsOnly(), lines)
	}
}
