package pinpad_test

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
)

// The cardholders of this package.
var (
	_ kernel.Cardholder = pinpad.TTY{}
	_ kernel.Cardholder = &pinpad.Scripted{}
)

func parsePIN(t *testing.T, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

// isEntered reports whether an entry is a PIN; which one shows at the card alone.
func isEntered(e kernel.PINEntry) bool {
	return !assert.ObjectsAreEqual(kernel.Bypassed(), e) && !assert.ObjectsAreEqual(kernel.PadFailed(), e)
}

func TestScriptedPlaysItsEntries(t *testing.T) {
	s := pinpad.NewScripted(kernel.Bypassed(), kernel.Entered(parsePIN(t, "1234")), kernel.PadFailed()).Choose(1, kernel.NoApplication)
	assert.ErrorContains(t, s.Done(), "3 PIN entries and 2 choices of an application are left over")

	prompt := kernel.PINPrompt{Method: emv.CVMOnlinePIN, Amount: 5}
	ask := func() kernel.PINEntry {
		entry, err := s.PIN(t.Context(), prompt)
		require.NoError(t, err)
		return entry
	}
	assert.Equal(t, kernel.Bypassed(), ask())
	assert.True(t, isEntered(ask()))
	assert.Equal(t, kernel.PadFailed(), ask())
	_, err := s.PIN(t.Context(), prompt)
	assert.ErrorIs(t, err, pinpad.ErrScriptEnded)
	assert.Equal(t, []kernel.PINPrompt{prompt, prompt, prompt, prompt}, s.Prompts())

	for _, want := range []int{1, kernel.NoApplication, 0} {
		choice, err := s.SelectApplication(t.Context(), make([]kernel.Candidate, 2))
		require.NoError(t, err)
		assert.Equal(t, want, choice)
	}
	s.Show(t.Context(), kernel.MessageApproved)
	assert.Equal(t, []kernel.Message{kernel.MessageApproved}, s.Messages())
	require.NoError(t, s.Done())
}

func TestScriptedRefusesAChoiceThatIsNotThere(t *testing.T) {
	_, err := pinpad.NewScripted().Choose(2).SelectApplication(t.Context(), make([]kernel.Candidate, 2))
	assert.ErrorContains(t, err, "the script wants number 2 of 2")
}

// lines is a cardholder at a file with what is typed.
func lines(t *testing.T, typed string) (tty pinpad.TTY, shown *strings.Builder) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	_, err = io.WriteString(w, typed)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	shown = &strings.Builder{}
	return pinpad.TTY{In: r, Out: shown}, shown
}

func TestTTYSelectsAnApplication(t *testing.T) {
	candidates := []kernel.Candidate{
		{Name: []byte{0xA0, 1}, Label: "AMERICAN EXPRESS"},
		{Name: []byte{0xA0, 2}, Label: "LABEL", PreferredName: "Préféré"},
		{Name: []byte{0xA0, 0x00, 0x25}},
	}
	for typed, want := range map[string]int{"1\n": 0, "3\n": 2, "\n": kernel.NoApplication} {
		tty, shown := lines(t, typed)
		choice, err := tty.SelectApplication(t.Context(), candidates)
		require.NoError(t, err)
		assert.Equal(t, want, choice)
		assert.Equal(t, "1  AMERICAN EXPRESS\n2  Préféré\n3  A00025\nApplication 1 to 3 (empty line for none): ", shown.String())
	}
	tty, _ := lines(t, "")
	_, err := tty.SelectApplication(t.Context(), candidates)
	assert.ErrorIs(t, err, keyboard.ErrCancelled)
}

func TestTTYWantsATerminalForAPIN(t *testing.T) {
	tty, _ := lines(t, "1234\n")
	_, err := tty.PIN(t.Context(), kernel.PINPrompt{})
	assert.ErrorIs(t, err, keyboard.ErrNoTTY)
}

func TestTTYShowsMessages(t *testing.T) {
	tty, shown := lines(t, "")
	tty.Show(t.Context(), kernel.MessageIncorrectPIN)
	tty.Show(t.Context(), kernel.Message(0x77))
	assert.Equal(t, "Incorrect PIN\nMessage 77\n", shown.String())
}

// cardAtPad is a card in a reader with a PIN pad that answers what it holds.
type cardAtPad struct {
	hardware.Card
	answer   []byte
	err      error
	template []byte
}

func (c *cardAtPad) VerifyPIN(_ context.Context, template []byte) ([]byte, error) {
	c.template = template
	return c.answer, c.err
}

func TestReaderPadVerifies(t *testing.T) {
	plaintext := kernel.PINPrompt{Method: emv.CVMPlaintextPIN, Bypass: true}
	for name, c := range map[string]struct {
		answer []byte
		want   kernel.PINEntry
	}{
		"right":     {[]byte{0x90, 0x00}, kernel.VerifiedByReader(apdu.SWSuccess)},
		"wrong":     {[]byte{0x63, 0xC2}, kernel.VerifiedByReader(apdu.VerifyFailed(2))},
		"cancelled": {[]byte{0x64, 0x01}, kernel.Bypassed()},
		"timed out": {[]byte{0x64, 0x00}, kernel.Bypassed()},
		"nonsense":  {[]byte{0x90}, kernel.PadFailed()},
	} {
		t.Run(name, func(t *testing.T) {
			card := &cardAtPad{answer: c.answer}
			inner := pinpad.NewScripted()
			entry, err := pinpad.WithReaderPad(card, inner).PIN(t.Context(), plaintext)
			require.NoError(t, err)
			assert.Equal(t, c.want, entry)
			// VERIFY with an empty format 2 block. EMV Book 3, 6.5.12.
			assert.Equal(t, []byte{0x00, 0x20, 0x00, 0x80, 0x08, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, card.template)
			assert.Empty(t, inner.Prompts())
		})
	}
}

func TestReaderPadFails(t *testing.T) {
	prompt := kernel.PINPrompt{Method: emv.CVMPlaintextPIN}
	_, err := pinpad.WithReaderPad(&cardAtPad{answer: []byte{0x64, 0x01}}, pinpad.NewScripted()).PIN(t.Context(), prompt)
	assert.ErrorContains(t, err, "no PIN was keyed in")
	_, err = pinpad.WithReaderPad(&cardAtPad{err: hardware.ErrCardRemoved}, pinpad.NewScripted()).PIN(t.Context(), prompt)
	assert.ErrorIs(t, err, hardware.ErrCardRemoved)
}

func TestReaderPadLeavesOtherPINsToTheTerminal(t *testing.T) {
	card := &cardAtPad{}
	for _, method := range []emv.CVM{emv.CVMEncipheredPIN, emv.CVMOnlinePIN} {
		inner := pinpad.NewScripted(kernel.Bypassed())
		entry, err := pinpad.WithReaderPad(card, inner).PIN(t.Context(), kernel.PINPrompt{Method: method})
		require.NoError(t, err)
		assert.Equal(t, kernel.Bypassed(), entry)
		require.NoError(t, inner.Done())
	}
	assert.Nil(t, card.template)

	var plain struct{ hardware.Card }
	inner := pinpad.NewScripted()
	assert.Same(t, inner, pinpad.WithReaderPad(plain, inner))
}
