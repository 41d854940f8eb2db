package card_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
)

// split cuts fuzz input into commands: a byte with the length of each before it.
func split(input []byte) [][]byte {
	var commands [][]byte
	for len(input) > 0 {
		n := min(int(input[0]), len(input)-1)
		commands = append(commands, input[1:1+n])
		input = input[1+n:]
	}
	return commands
}

// join is the inverse of split.
func join(commands ...[]byte) []byte {
	var b []byte
	for _, c := range commands {
		b = append(append(b, byte(len(c))), c...)
	}
	return b
}

// storyBytes are the commands of the story, for a card whose answers do not
// depend on anything random.
func storyBytes(t tb) []byte {
	d := inserted(t, opened(t, created(t)))
	d.atc = 1
	var commands [][]byte
	for i, s := range story {
		command, err := s.command(d).Encode()
		require.NoError(t, err)
		r := d.raw(command)
		if i == stepFirstAC {
			d.arqc = arqcOf(t, r.Data)
		}
		commands = append(commands, command)
	}
	return join(commands...)
}

// FuzzDispatch sends any bytes, one command after the other. Each gets an answer,
// and what the card remembers changes only as it may: the ATC by one at GET
// PROCESSING OPTIONS, the try counter down by VERIFY and up by the right PIN.
func FuzzDispatch(f *testing.F) {
	f.Add(storyBytes(f))
	f.Add(join(nil, []byte{0}, []byte{0, 0xA4, 4, 0}, make([]byte, 255)))
	for _, command := range []string{"80AE9000", "0084000000", "0020008800", "0088000004000000000000", "8424000008"} {
		f.Add(join(unhex(f, "00A4040005A000000025"), unhex(f, "80A8000003830122"), unhex(f, command)))
	}
	base := created(f, everything)
	f.Fuzz(func(t *testing.T, input []byte) {
		icc, err := card.Open(card.Config{Medium: base.Clone(), Key: storageKey(t, 1), Rand: stream("fuzz")})
		require.NoError(t, err)
		d := inserted(t, icc)
		for _, command := range split(input) {
			before := icc.Status()
			r := d.raw(command)
			after := icc.Status()
			require.NotZero(t, r.SW)
			require.LessOrEqual(t, len(r.Data), 256)
			if r.SW.Class() == apdu.Error {
				require.Empty(t, r.Data)
			}
			for i := range after {
				checkChange(t, command, r.SW, before[i], after[i])
			}
		}
	})
}

// checkChange holds a change against the command that made it. The fuzzer knows
// no key, but it may find the right PIN and repeat the story's script.
func checkChange(t *testing.T, command []byte, sw apdu.SW, before, after card.Status) {
	t.Helper()
	isOptions := after.ATC != before.ATC
	require.Equal(t, isOptions, after.ATC == before.ATC+1)
	if isOptions {
		require.Equal(t, byte(0xA8), command[1])
		require.Equal(t, apdu.SWSuccess, sw)
	}
	if after.TriesLeft != before.TriesLeft {
		switch command[1] {
		case 0x20:
			require.True(t, after.TriesLeft == before.TriesLeft-1 || sw == apdu.SWSuccess)
		default:
			require.Equal(t, byte(0x24), command[1])
			require.Equal(t, apdu.SWSuccess, sw)
		}
	}
	require.True(t, after.PINSet)
	require.LessOrEqual(t, after.LastOnlineATC, after.ATC)
	require.False(t, after.Blocked)
}

// FuzzOpen opens any memory: it is a card, or it is refused and left alone.
func FuzzOpen(f *testing.F) {
	memory, sizes, _ := recorded(f)
	f.Add([]byte{})
	f.Add(memory)
	f.Add(memory[:sizes[1]+30])
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, m, err := open(t, b)
		if err == nil {
			inserted(t, c).begin()
			return
		}
		require.True(t, errors.Is(err, card.ErrDamaged) || errors.Is(err, card.ErrNoCard) || errors.Is(err, secret.ErrUnseal), "%v", err)
		require.Equal(t, len(b), len(content(t, m)))
	})
}
