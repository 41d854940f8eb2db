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
			scriptCount:   rapid.Byte().Draw(t, "scripts"), scriptsApplied: rapid.Byte().Draw(t, "applied"), scriptsEver: rapid.Byte().Draw(t, "ever"),
			offlineCount: rapid.Byte().Draw(t, "offline"), offlineAmount: rapid.Uint64().Draw(t, "amount"),
			flags: flags(rapid.Uint16().Draw(t, "flags")),
		}}
		a.stored = drawStored(t)
		if digits := rapid.StringMatching(`([0-9]{4,12})?`).Draw(t, "PIN"); digits != "" {
			p, err := pin.Parse([]byte(digits))
			require.NoError(t, err)
			a.pin = p
		}
		s.applications = append(s.applications, a)
	}
	return s
}

func drawStored(t *rapid.T) (s stored) {
	bytes := rapid.SliceOfN(rapid.Byte(), 1, 20)
	for range rapid.IntRange(0, 2).Draw(t, "objects") {
		s.put(image.Object{Tag: emv.Tag(rapid.Uint16().Draw(t, "tag")), Value: bytes.Draw(t, "value")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "records") {
		s.update(storedRecord{rapid.Byte().Draw(t, "SFI"), rapid.Byte().Draw(t, "record"), bytes.Draw(t, "content")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "log") {
		s.logTransaction(bytes.Draw(t, "entry"), 3)
	}
	return s
}

// TestStateV1 reads a state as the first version wrote it.
func TestStateV1(t *testing.T) {
	b := append([]byte{1, 0, 1, 0x01, 0x02, 0x00, 0xFF, 2, 3, byte(lastOnlineNotCompleted), 4}, "1234\x00\x00\x00\x00\x00\x00\x00\x00"...)
	s, err := decodeState(b)
	require.NoError(t, err)
	require.Len(t, s.applications, 1)
	a := s.applications[0]
	assert.Equal(t, counters{atc: 0x0102, lastOnlineATC: 0xFF, triesLeft: 2, scriptCount: 3, scriptsApplied: 1, flags: lastOnlineNotCompleted}, a.counters)
	assert.Equal(t, 4, a.pin.Len())
}

func TestStateEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawState(t)
		b := s.encode()
		size := 3
		for _, a := range s.applications {
			size += 32 + a.stored.size()
		}
		require.Len(t, b, size, "whatever the length of the PIN")
		require.Equal(t, size, cap(b), "no copy of a PIN is left behind")
		got, err := decodeState(b)
		require.NoError(t, err)
		require.Equal(t, s.blocked, got.blocked)
		require.Len(t, got.applications, len(s.applications))
		for i, a := range s.applications {
			assert.Equal(t, a.counters, got.applications[i].counters)
			assert.Equal(t, a.stored, got.applications[i].stored)
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
		"long PIN":      func(b []byte) []byte { b[stateHeadSize+19] = 13; return b },
		"short PIN":     func(b []byte) []byte { b[stateHeadSize+19] = 3; return b },
		"no digits":     func(b []byte) []byte { b[stateHeadSize+19] = 4; return b },
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
		"unknown flag":         func(a *applicationState) { a.flags = flagsAll + 1 },
		"scripts ever":         func(a *applicationState) { a.scriptsEver = 16 },
		"applied above count":  func(a *applicationState) { a.scriptsApplied = 1 },
		"amount":               func(a *applicationState) { a.offlineAmount = offlineAmountMax + 1 },
		"object":               func(a *applicationState) { a.put(image.Object{Tag: 0x9F58, Value: []byte{1}}) },
		"record":               func(a *applicationState) { a.stored.update(storedRecord{1, 1, nil}) },
		"log":                  func(a *applicationState) { a.logTransaction([]byte{1}, 1) },
	} {
		s := firstState(img)
		alter(&s.applications[0])
		require.ErrorIs(t, s.check(img), errState, name)
	}
	require.ErrorIs(t, (&state{}).check(img), errState)
}

func TestCountOffline(t *testing.T) {
	var c counters
	for range 300 {
		c.countOffline(offlineAmountMax / 2)
	}
	assert.Equal(t, counters{offlineCount: 255, offlineAmount: offlineAmountMax}, c)
}
