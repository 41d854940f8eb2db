package pinlife_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// eventBytes is how many bytes of fuzz input make one event; what is behind
// eventsMax events is not looked at.
const (
	eventBytes = 4
	eventsMax  = 64
)

// fuzzEvent makes an event of any kind of four bytes: kind, ATC, and two bytes
// of facts.
func fuzzEvent(s pinlife.State, b []byte) pinlife.Event {
	bit := func(n int) bool { return (uint16(b[2])<<8|uint16(b[3]))>>n&1 != 0 }
	switch b[0] % 12 {
	case 0:
		return pinlife.PINCreated{Generation: s.Next()}
	case 1:
		return pinlife.PINChanged{Generation: s.Next() + pinlife.Generation(b[1]%2), EqualsReference: bit(0)}
	case 2:
		return pinlife.UnblockAsked{}
	case 3:
		return pinlife.Repeat{}
	case 4:
		return pinlife.Reversal{}
	case 5:
		return pinlife.TimeOut{}
	case 6:
		return pinlife.Advice{ATC: uint16(b[1]), Result: pinlife.ScriptResult(b[2]), FinalCryptogramValid: bit(0)}
	case 7:
		return pinlife.OperatorRetry{}
	case 8:
		if b[1] == 0 { // seldom: nothing follows it
			return pinlife.CardClosed{}
		}
		return pinlife.RestoredFromBackup{}
	}
	r := contact(uint16(b[1]), by(pinlife.Channel(b[0]/12%5)), scripts(b[2]>>6, bit(0), bit(1)))
	r.CVR.OfflinePINPerformed, r.CVR.OfflinePINFailed, r.CVR.TryLimitExceeded = bit(2), bit(3), bit(4)
	r.PINBlock, r.TerminalClaimsPIN, r.Foreign, r.Declined = bit(5), bit(6), bit(7), bit(8)
	r.Active, r.ARQCValid, r.CVR.Cyclic, r.CVR.ScriptReceived = !bit(9), !bit(10), bit(11), bit(12)
	r.Policy.OnlinePINEffective = pinlife.Effective(b[3] & 1)
	r.Policy.AttemptsMax = b[3] >> 5
	if live := s.Live(); len(live) > 0 {
		r.Equals = live[int(b[3])%len(live):]
	}
	return r
}

// FuzzStep: whatever happens, the state is a valid one, the machine does as it
// did before with the same event, and only the card's own word proves anything.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 9, 1, 0, 0x30, 6, 1, 3, 1, 9, 2, 0x40, 4, 1, 0, 0, 0, 9, 3, 0x40, 4})
	f.Add([]byte{0, 0, 0, 0, 9, 1, 0, 0x30, 9, 2, 0x40, 4, 2, 0, 0, 0, 9, 3, 0, 0x10, 8, 1, 0, 0, 0, 0, 0, 0, 9, 4, 0, 4, 8, 0, 0, 0})
	f.Fuzz(func(t *testing.T, input []byte) {
		var s pinlife.State
		input = input[:min(len(input), eventsMax*eventBytes)]
		for ; len(input) >= eventBytes; input = input[eventBytes:] {
			e := fuzzEvent(s, input)
			next, effects := s.Step(e)
			again, repeated := s.Step(e)
			require.Equal(t, next, again)
			require.Equal(t, effects, repeated)
			checkStep(t, s, next, e, effects)
			s = next
		}
	})
}

func checkStep(t *testing.T, before, after pinlife.State, e pinlife.Event, effects []pinlife.Effect) {
	require.NoError(t, after.Validate())
	require.LessOrEqual(t, len(after.Live()), pinlife.SentMax+2)
	require.GreaterOrEqual(t, after.HighestATC, before.HighestATC)
	require.GreaterOrEqual(t, after.Newest, before.Newest)
	r, isRequest := e.(pinlife.Request)
	if after.Proven != before.Proven {
		require.True(t, isRequest && r.Channel == pinlife.Contact && r.ARQCValid && r.ATC > before.HighestATC)
	}
	live := after.Live()
	for _, g := range before.Live() {
		if !slices.Contains(live, g) {
			require.Contains(t, effects, pinlife.Erase{Generation: g}, "nothing sealed is left behind")
		}
	}
	decisions := 0
	for _, effect := range effects {
		switch effect := effect.(type) {
		case pinlife.Erase:
			require.NotContains(t, live, effect.Generation)
		case pinlife.BuildScript:
			require.Contains(t, live, effect.Generation)
			require.Equal(t, pinlife.Contact, r.Channel)
		case pinlife.Decision:
			decisions++
		}
	}
	if isRequest {
		require.Equal(t, 1, decisions)
	}
}

func BenchmarkStep(b *testing.B) {
	s := sent2(b)
	r := contact(2, pinGood, proof)
	b.ReportAllocs()
	for b.Loop() {
		s.Step(r)
	}
}
