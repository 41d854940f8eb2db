package card

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
)

// drawState draws any state that can be encoded.
func drawState(t *rapid.T) *state {
	s := &state{blocked: rapid.Bool().Draw(t, "blocked")}
	for range rapid.IntRange(0, 3).Draw(t, "applications") {
		a := applicationState{counters: counters{
			atc:           emv.ATC(rapid.Uint16().Draw(t, "ATC")),
			lastOnlineATC: emv.ATC(rapid.Uint16().Draw(t, "last online ATC")),
			triesLeft:     rapid.Byte().Draw(t, "tries"),
			scriptCount:   rapid.Byte().Draw(t, "scripts"),
			flags:         flags(rapid.Byte().Draw(t, "flags")),
		}}
		if digits := rapid.StringMatching(`([0-9]{4,12})?`).Draw(t, "PIN"); digits != "" {
			p, err := pin.Parse([]byte(digits))
			require.NoError(t, err)
			a.pin = p
		}
		s.applications = append(s.applications, a)
	}
	return s
}

func TestStateEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		b := s.encode()
		require.Len(t, b, 3+20*len(s.applications), "whatever the length of the PIN")
		got, err := decodeState(b)
		require.NoError(t, err)
		require.Equal(t, s.blocked, got.blocked)
		require.Len(t, got.applications, len(s.applications))
		for i, a := range s.applications {
			assert.Equal(t, a.counters, got.applications[i].counters)
			assert.True(t, a.pin.Equal(got.applications[i].pin))
		}
	})
}

func TestDecodeStateRefuses(t *testing.T) {
	good := (&state{applications: make([]applicationState, 1)}).encode()
	for name, alter := range map[string]func(b []byte) []byte{
		"nothing":       func([]byte) []byte { return nil },
		"version":       func(b []byte) []byte { b[0]++; return b },
		"blocked":       func(b []byte) []byte { b[1] = 2; return b },
		"count":         func(b []byte) []byte { b[2]++; return b },
		"cut":           func(b []byte) []byte { return b[:len(b)-1] },
		"long PIN":      func(b []byte) []byte { b[stateHeadSize+pinLengthOffset] = 13; return b },
		"short PIN":     func(b []byte) []byte { b[stateHeadSize+pinLengthOffset] = 3; return b },
		"no digits":     func(b []byte) []byte { b[stateHeadSize+pinLengthOffset] = 4; return b },
		"one byte more": func(b []byte) []byte { return append(b, 0) },
	} {
		b := (&state{applications: make([]applicationState, 1)}).encode()
		require.Equal(t, good, b)
		_, err := decodeState(alter(b))
		require.Error(t, err, name)
	}
}

func TestStateCheck(t *testing.T) {
	p, err := pin.Parse([]byte("1234"))
	require.NoError(t, err)
	img := image.Image{Applications: []image.Application{{PIN: p, PINTryLimit: 3}}}
	require.NoError(t, firstState(img).check(img))
	for name, alter := range map[string]func(a *applicationState){
		"last online ATC":      func(a *applicationState) { a.lastOnlineATC = 1 },
		"tries above limit":    func(a *applicationState) { a.triesLeft = 4 },
		"tries without PIN":    func(a *applicationState) { a.pin = pin.PIN{} },
		"script count":         func(a *applicationState) { a.scriptCount = 16 },
		"failed without count": func(a *applicationState) { a.flags = scriptFailed },
		"unknown flag":         func(a *applicationState) { a.flags = 0x40 },
	} {
		s := firstState(img)
		alter(&s.applications[0])
		require.ErrorIs(t, s.check(img), errState, name)
	}
	require.ErrorIs(t, (&state{}).check(img), errState)
}

func TestCountScript(t *testing.T) {
	var c counters
	for range 20 {
		c.countScript(false)
	}
	assert.Equal(t, counters{scriptCount: 15, flags: scriptFailed}, c)
	c.countScript(true)
	assert.Equal(t, counters{scriptCount: 15}, c)
}
