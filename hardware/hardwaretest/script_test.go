package hardwaretest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
)

// failing is a test that notes why it failed and goes on.
type failing struct {
	testing.TB
	cleanup  func()
	failures []string
}

func (f *failing) Helper()          {}
func (f *failing) Cleanup(c func()) { f.cleanup = c }
func (f *failing) Error(a ...any)   { f.failures = append(f.failures, fmt.Sprint(a...)) }
func (f *failing) Errorf(s string, a ...any) {
	f.failures = append(f.failures, fmt.Sprintf(s, a...))
}

func TestScriptAnswers(t *testing.T) {
	broken := errors.New("broken reader")
	script := hardwaretest.NewScript(t).Expect("00A40400", "6A82").ExpectError("00B2", broken)
	card, err := script.PowerOn(hardware.Contactless)
	require.NoError(t, err)
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card))
	assert.Equal(t, []byte{0x3B, 0x60, 0x00, 0x00}, card.ATR())
	response, err := card.Transmit(t.Context(), []byte{0x00, 0xA4, 0x04, 0x00})
	require.NoError(t, err)
	assert.Equal(t, []byte{0x6A, 0x82}, response)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xB2})
	assert.ErrorIs(t, err, broken)
}

func TestScriptFails(t *testing.T) {
	for want, use := range map[string]func(*hardwaretest.Script, hardware.Card){
		"script: 1 of 1 commands did not come, next is 00A4": func(*hardwaretest.Script, hardware.Card) {},
		"script: step 1: got command 00B2, want 00A4": func(_ *hardwaretest.Script, c hardware.Card) {
			_, err := c.Transmit(t.Context(), []byte{0x00, 0xB2})
			assert.Error(t, err)
		},
		"script: step 1: got command VERIFY 00200080, 8 data bytes, want 00A4": func(_ *hardwaretest.Script, c hardware.Card) {
			_, err := c.Transmit(t.Context(), []byte{0x00, 0x20, 0x00, 0x80, 0x08, 0x24, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
			assert.Error(t, err)
		},
		"script: command 00 after the end": func(_ *hardwaretest.Script, c hardware.Card) {
			_, err := c.Transmit(t.Context(), []byte{0x00, 0xA4})
			assert.NoError(t, err)
			_, err = c.Transmit(t.Context(), []byte{0x00})
			assert.Error(t, err)
		},
		"script: command without power": func(_ *hardwaretest.Script, c hardware.Card) {
			assert.NoError(t, c.PowerOff())
			_, err := c.Transmit(t.Context(), []byte{0x00, 0xA4})
			assert.ErrorIs(t, err, hardware.ErrCardRemoved)
		},
		"script: power on of a card that has power": func(s *hardwaretest.Script, _ hardware.Card) {
			_, err := s.PowerOn(hardware.Contact)
			assert.NoError(t, err)
		},
	} {
		f := &failing{TB: t}
		script := hardwaretest.NewScript(f).Expect("00A4", "9000")
		card, err := script.PowerOn(hardware.Contact)
		require.NoError(t, err)
		use(script, card)
		f.cleanup()
		assert.Contains(t, f.failures, want)
	}
}
