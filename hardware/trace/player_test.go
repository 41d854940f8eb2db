package trace_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/testdata/need"
)

// recorded has a CDOL1 of authorisation response code and unpredictable number.
const recorded = `ATR: 3B650000
C: 00A4040007A000000003101000
R: 6F098407A00000000310109000
C: 00B2010C00
R: 70078C058A029F37049000
C: 0020008008241234FFFFFFFFFF
R: 9000
C: 80AE800006303001020304
R: 6985
`

func player(t *testing.T, lines string, mayDiffer ...emv.Tag) (*trace.Player, hardware.Card) {
	t.Helper()
	p := trace.NewPlayer(trace.PlayerConfig{Recording: parse(t, lines), MayDiffer: mayDiffer})
	card, err := p.PowerOn(hardware.Contactless)
	require.NoError(t, err)
	return p, card
}

// sendAll transmits commands until one fails.
func sendAll(t *testing.T, card hardware.Card, commands ...string) error {
	t.Helper()
	for _, c := range commands {
		if _, err := card.Transmit(t.Context(), unhex(t, c)); err != nil {
			return err
		}
	}
	return nil
}

func TestPlayerIsStrict(t *testing.T) {
	right := []string{"00A4040007A000000003101000", "00B2010C00", "0020008008241234FFFFFFFFFF", "80AE800006303001020304"}
	for name, c := range map[string]struct {
		step      int
		command   string
		mayDiffer []emv.Tag
		want      string // "" where it is played
	}{
		"the same":                       {4, right[3], nil, ""},
		"another command":                {2, "80CA9F1700", nil, "play step 3: GET DATA instead of READ RECORD: "},
		"another record":                 {2, "00B2020C00", nil, "play step 3: READ RECORD differs in header: "},
		"another AID":                    {1, "00A4040007A000000004101000", nil, "play step 2: SELECT differs in data: "},
		"another Le":                     {2, "00B2010C", nil, "play step 3: READ RECORD differs in Le: "},
		"another PIN":                    {3, "0020008008241235FFFFFFFFFF", nil, "play step 4: VERIFY differs in 99 Transaction Personal Identification Number (PIN) Data: "},
		"another PIN, allowed":           {3, "0020008008241235FFFFFFFFFF", []emv.Tag{0x99}, ""},
		"another kind of PIN":            {3, "0020008808241235FFFFFFFFFF", []emv.Tag{0x99}, "play step 4: VERIFY differs in header: "},
		"another number":                 {4, "80AE800006303001020305", nil, "play step 5: GENERATE AC differs in 9F37 Unpredictable Number: "},
		"another number, allowed":        {4, "80AE800006303001020305", []emv.Tag{0x9F37}, ""},
		"another code, number allowed":   {4, "80AE800006303101020305", []emv.Tag{0x9F37}, "play step 5: GENERATE AC differs in 8A Authorisation Response Code: "},
		"another type, number allowed":   {4, "80AE400006303001020305", []emv.Tag{0x9F37}, "play step 5: GENERATE AC differs in header: "},
		"another length, number allowed": {4, "80AE8000053030010203", []emv.Tag{0x9F37}, "play step 5: GENERATE AC differs in data objects from number 1 on: "},
		"no command":                     {4, "80", nil, "play step 5: malformed command instead of GENERATE AC: "},
	} {
		t.Run(name, func(t *testing.T) {
			p, card := player(t, recorded, c.mayDiffer...)
			require.NoError(t, sendAll(t, card, right[:c.step-1]...))
			err := sendAll(t, card, c.command)
			if c.want == "" {
				require.NoError(t, err)
				require.NoError(t, sendAll(t, card, right[c.step:]...))
				require.NoError(t, p.Close())
				return
			}
			require.ErrorIs(t, err, trace.ErrMismatch)
			assert.Equal(t, c.want+"does not match the recording", err.Error())
			assert.Equal(t, err, sendAll(t, card, right[c.step-1]), "the replay has ended")
			assert.Equal(t, err, p.Close())
		})
	}
}

func TestPlayerEnds(t *testing.T) {
	p, card := player(t, "ATR: 3B650000\nC: 0084000000\nR: 6D00\nC: 0084000000\nE: card removed\nATR: 3B00\nC: 80CA9F1700\nE: cancelled\n")
	assert.Equal(t, []byte{0x3B, 0x65, 0, 0}, card.ATR())
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card))
	assert.EqualError(t, p.Close(), "close player: 4 of 5 steps are left, next is step 2, GET CHALLENGE: does not match the recording")
	require.NoError(t, sendAll(t, card, "0084000000"))
	require.ErrorIs(t, sendAll(t, card, "0084000000"), hardware.ErrCardRemoved)
	require.NoError(t, card.PowerOff())
	require.ErrorIs(t, sendAll(t, card, "0084000000"), hardware.ErrCardRemoved, "no power")
	again, err := p.PowerOn(hardware.Contact)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x3B, 0x00}, again.ATR())
	require.NoError(t, card.PowerOff(), "the session before has ended")
	require.ErrorIs(t, sendAll(t, again, "80CA9F1700"), context.Canceled)
	require.NoError(t, p.Close())
	assert.EqualError(t, sendAll(t, again, "80CA9F1700"), "play step 6: GET DATA after the last step: does not match the recording")
	assert.ErrorIs(t, p.Close(), trace.ErrMismatch)
}

func TestPlayerResets(t *testing.T) {
	p, _ := player(t, "C: 0084000000\nR: 6D00")
	_, err := p.PowerOn(hardware.Contact)
	require.NoError(t, err, "nothing was played yet")
	for name, c := range map[string]struct{ lines, want string }{
		"command to come": {"ATR: 3B\nC: 0084000000\nR: 6D00", "play step 2: cold reset instead of GET CHALLENGE: "},
		"nothing to come": {"ATR: 3B", "play step 2: cold reset after the last step: "},
	} {
		p, _ := player(t, c.lines)
		_, err := p.PowerOn(hardware.Contact)
		require.ErrorIs(t, err, trace.ErrMismatch, name)
		assert.Contains(t, err.Error(), c.want, name)
	}
	_, err = trace.NewPlayer(trace.PlayerConfig{Recording: parse(t, "warm ATR: 3B")}).PowerOn(hardware.Contact)
	assert.EqualError(t, err, "play step 1: cold reset instead of warm reset: does not match the recording")
}

func TestPlayerAbilities(t *testing.T) {
	p, card := player(t, "ATR: 3B\nP: 0020008000\nR: 63C2\nwarm ATR: 3B01\nC: 0084000000\nE: reader failed\nwarm ATR:\nE: reader failed\n")
	resetter, pad := card.(hardware.WarmResetter), card.(hardware.PINVerifier)
	other, without := player(t, "ATR: 3B\nP: 0020008000\nR: 63C2")
	assert.ErrorContains(t, sendAll(t, without, "0020008000"), "play step 2: VERIFY instead of VERIFY by the reader: ")
	assert.Error(t, other.Close())
	response, err := pad.VerifyPIN(t.Context(), unhex(t, "0020008000"))
	require.NoError(t, err)
	assert.Equal(t, []byte{0x63, 0xC2}, response)
	atr, err := resetter.WarmReset(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []byte{0x3B, 0x01}, atr)
	err = sendAll(t, card, "0084000000")
	assert.EqualError(t, err, "play recording: the reader failed when this was recorded")
	_, err = resetter.WarmReset(t.Context())
	assert.Error(t, err)
	require.NoError(t, p.Close())
	_, err = resetter.WarmReset(t.Context())
	assert.ErrorContains(t, err, "warm reset after the last step")

	_, plain := player(t, "ATR: 3B")
	_, isResetter := plain.(hardware.WarmResetter)
	_, isVerifier := plain.(hardware.PINVerifier)
	assert.False(t, isResetter || isVerifier)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = plain.Transmit(ctx, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

// TestPlayerInASlot records a replay through a slot: the recordings are the
// same.
func TestPlayerInASlot(t *testing.T) {
	original := parse(t, recorded)
	p := trace.NewPlayer(trace.PlayerConfig{Recording: original})
	s := slot.New("slot")
	s.Insert(p)
	recorder := trace.NewRecorder(nil)
	card, err := recorder.Reader(s).WaitCard(t.Context())
	require.NoError(t, err)
	play(t, card, recorded)
	require.NoError(t, p.Close())
	assert.Empty(t, trace.Diff(original, recorder.Recording()))
}

func TestDiff(t *testing.T) {
	base := "ATR: 3B600000\nC: 00A4040007A000000003101000\nR: 6F098407A00000000310109000\nC: 80CA9F1700\nR: 9F1701039000\n"
	for name, c := range map[string]struct {
		a, b string
		want []string
	}{
		"same": {base, base, nil},
		"ATR":  {base, strings.Replace(base, "3B600000", "3B00", 1), []string{"step 1, cold reset, ATR: 3B600000 | 3B00"}},
		"status word": {base, strings.Replace(base, "9F1701039000", "6A88", 1), []string{
			"step 3, GET DATA, answer data objects from number 1 on: 9F17 Personal Identification Number (PIN) Try Counter | none",
			"step 3, GET DATA, answer status word: 9000 success | 6A88 data not found"}},
		"value":    {base, strings.Replace(base, "9F170103", "9F170102", 1), []string{"step 3, GET DATA, answer 9F17 Personal Identification Number (PIN) Try Counter: 03 | 02"}},
		"encoding": {base, strings.Replace(base, "9F170103", "9F17810103", 1), []string{"step 3, GET DATA, answer encoding of the same data objects:  | "}},
		"no TLV": {base, strings.Replace(base, "9F1701039000", "9F17", 1), []string{
			"step 3, GET DATA, answer data objects from number 1 on: 9F17 Personal Identification Number (PIN) Try Counter | none",
			"step 3, GET DATA, answer status word: 9000 success | 9F17"}},
		"malformed":         {"C: 00\nR: 9000", "C: 00\nR: 90", []string{"step 1, malformed command, answer malformed response: [2 bytes] | [1 bytes]"}},
		"malformed command": {"C: 00\nR: 9000", "C: 01\nR: 9000", []string{"step 1, malformed command, command malformed command: [1 bytes] | [1 bytes]"}},
		"P1":                {"C: 80AE8000\nR: 6985", "C: 80AE4000\nR: 6985", []string{"step 1, GENERATE AC, command header: 80AE8000 GENERATE AC | 80AE4000 GENERATE AC"}},
		"one more":          {base, strings.Replace(base, "C: 80CA", "C: 0084000000\nR: 6D00\nC: 80CA", 1), []string{"step - | 3, GET CHALLENGE: only in the second"}},
		"one fewer":         {"C: 0084000000\nR: 6D00\n" + base, base, []string{"step 1 | -, GET CHALLENGE: only in the first"}},
		"nothing alike": {"C: 0084000000\nR: 6D00\n", "C: 80CA9F1700\nR: 6D00\nC: 80CA9F3600\nR: 6D00\n", []string{
			"step 1 | -, GET CHALLENGE: only in the first", "step - | 1, GET DATA: only in the second", "step - | 2, GET DATA: only in the second"}},
		"issuer authentication": {"C: 00820000020102\nR: 9000", "C: 00820000020103\nR: 9000",
			[]string{"step 1, EXTERNAL AUTHENTICATE, command 91 Issuer Authentication Data: 0102 | 0103"}},
		"PIN change": {"C: 842400020A01020000010203040506\nR: 9000", "C: 842400020A01020000010203040507\nR: 9000",
			[]string{"step 1, PIN CHANGE/UNBLOCK, command data: [10 bytes] | [10 bytes]"}},
		"no template": {"C: 80A800000101\nR: 6700", "C: 80A800000102\nR: 6700",
			[]string{"step 1, GET PROCESSING OPTIONS, command data: [1 bytes] | [1 bytes]"}},
		"format 1": {"C: 80A8000002830000\nR: 80065800080101009000", "C: 80A8000002830000\nR: 80067C00080101009000",
			[]string{"step 1, GET PROCESSING OPTIONS, answer 82 Application Interchange Profile: 5800 | 7C00"}},
		"format 1 of what has none": {"C: 00B2010C00\nR: 8001019000", "C: 00B2010C00\nR: 8001029000",
			[]string{"step 1, READ RECORD, answer data: [1 bytes] | [1 bytes]"}},
		"no answer": {base + "C: 0084000000\nE: cancelled\n", base + "C: 0084000000\nE: card removed\n",
			[]string{"step 4, GET CHALLENGE, answer: cancelled | card removed"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range trace.Diff(parse(t, c.a), parse(t, c.b)) {
				got = append(got, d.String())
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// TestForeignDialoguesAreStrict changes P2 of each recorded command: the replay
// ends there and nowhere else.
func TestForeignDialoguesAreStrict(t *testing.T) {
	text, err := os.ReadFile(need.Foreign(t, "traces", "mastercard-contact.txt"))
	require.NoError(t, err)
	var commands []string
	for line := range strings.Lines(string(text)) {
		if digits, ok := strings.CutPrefix(strings.TrimSpace(line), "C: "); ok {
			commands = append(commands, digits)
		}
	}
	require.Greater(t, len(commands), 5)
	for i, command := range commands {
		p, card := player(t, string(text))
		require.NoError(t, sendAll(t, card, commands[:i]...))
		other := unhex(t, command)
		other[3] ^= 0x40
		_, err := card.Transmit(t.Context(), other)
		require.ErrorIs(t, err, trace.ErrMismatch)
		assert.ErrorContains(t, err, fmt.Sprintf("play step %d: ", i+1))
		assert.Equal(t, err, p.Close())
	}
}
