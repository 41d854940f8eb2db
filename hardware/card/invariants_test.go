package card_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// life is a card that loses its power at random instants, with a terminal and an
// issuer that do what they like. It holds the invariants of the PIN life cycle
// that are the card's: I1, I3, I5, I8 and I9.
type life struct {
	t      *rapid.T
	memory *card.Memory
	icc    *card.ICC
	d      *dialogue

	pin        string          // the one that was seen last
	candidates map[string]bool // what it may be since then
	last       card.Status     // as seen last
	sent       []sentScript
	cuts       int
}

// sentScript is a PIN CHANGE that an issuer has made, and whether a card took it.
type sentScript struct {
	command apdu.Command
	atc     emv.ATC
	digits  string
	taken   bool
}

func newLife(t *rapid.T) *life {
	l := &life{t: t, memory: created(t, everything), pin: "1234"}
	l.last = opened(t, l.memory).Status()[0]
	l.candidates = map[string]bool{l.pin: true}
	l.powerUp()
	return l
}

// powerUp opens the card on a medium whose power will last for some steps, and
// looks what it has come to.
func (l *life) powerUp() {
	steps := int64(math.MaxInt64)
	if rapid.IntRange(0, 2).Draw(l.t, "power lasts") == 0 {
		steps = rapid.Int64Range(0, 700).Draw(l.t, "steps")
	}
	l.see(opened(l.t, l.memory.Clone()))
	icc, err := card.Open(card.Config{Medium: card.NewTearing(l.memory, steps), Key: storageKey(l.t, 1)})
	if err != nil {
		require.ErrorIs(l.t, err, card.ErrTorn)
		icc = opened(l.t, l.memory)
	}
	if rapid.IntRange(0, 3).Draw(l.t, "compacts") == 0 {
		card.CompactAt(icc, int64(rapid.IntRange(0, 4000).Draw(l.t, "size")))
	}
	l.icc, l.d = icc, inserted(l.t, icc)
}

// see holds what a card remembers against what it may.
func (l *life) see(icc *card.ICC) {
	var has []string
	for _, digits := range modelPINs {
		if card.PINIs(icc, 0, newPIN(l.t, digits)) {
			has = append(has, digits)
		}
	}
	require.Len(l.t, has, 1, "I1: exactly one PIN")
	require.True(l.t, l.candidates[has[0]], "I1: PIN %s is no candidate", has[0])
	l.pin, l.candidates = has[0], map[string]bool{has[0]: true}
	now := icc.Status()[0]
	require.GreaterOrEqual(l.t, now.ATC, l.last.ATC, "I8")
	l.last = now
}

// send sends a command. lost says that the power went in it; the card has power
// again then, and what it may have become was looked at.
func (l *life) send(c apdu.Command, risesTries bool) (sw apdu.SW, data []byte, lost bool) {
	b, err := c.Encode()
	require.NoError(l.t, err)
	before := l.last
	answer, err := l.d.card.Transmit(context.Background(), b)
	if err != nil {
		require.ErrorIs(l.t, err, hardware.ErrCardRemoved)
		l.cuts++
		l.powerUp()
		lost = true
	} else {
		r, err := apdu.ParseResponse(answer)
		require.NoError(l.t, err)
		sw, data = r.SW, r.Data
		l.see(l.icc)
	}
	if !risesTries {
		require.LessOrEqual(l.t, l.last.TriesLeft, before.TriesLeft, "I5: %s", c.Name())
	}
	if c.INS != apdu.INSGetProcessingOptions {
		require.Equal(l.t, before.ATC, l.last.ATC, "I8: %s", c.Name())
	} else {
		require.LessOrEqual(l.t, l.last.ATC, before.ATC+1, "I8")
	}
	return sw, data, lost
}

// verify enters a PIN.
func (l *life) verify() bool {
	digits := rapid.SampledFrom(append(modelPINs, l.pin, l.pin)).Draw(l.t, "entered")
	right, before := digits == l.pin, l.last.TriesLeft
	sw, _, lost := l.send(plaintext(l.t, digits), right)
	switch {
	case lost:
		require.GreaterOrEqual(l.t, l.last.TriesLeft, before-1, "I6: a cut costs one try")
	case before == 0:
		require.Equal(l.t, apdu.SWAuthenticationBlocked, sw)
	case right:
		require.Equal(l.t, apdu.SWSuccess, sw, "I3: the PIN of the card is accepted")
		require.Equal(l.t, tryLimit, l.last.TriesLeft)
	default:
		require.Equal(l.t, apdu.VerifyFailed(before-1), sw, "I3: no other is")
		require.Equal(l.t, before-1, l.last.TriesLeft, "I5: written before the answer")
	}
	return !lost
}

// begin goes to the start of a transaction.
func (l *life) begin() bool {
	if _, _, lost := l.send(apdu.Select(unhex(l.t, testAID), apdu.First), false); lost {
		return false
	}
	sw, _, lost := l.send(apdu.GetProcessingOptions(unhex(l.t, "830122")), false)
	l.d.atc = l.last.ATC
	return !lost && sw == apdu.SWSuccess
}

// online goes for an ARQC and has the issuer answer it.
func (l *life) online() bool {
	sw, answer, lost := l.send(apdu.GenerateAC(emv.ACTypeARQC, false, l.d.fill(cdol1, nil)), false)
	if lost || sw != apdu.SWSuccess {
		return false
	}
	if l.d.arqc = arqcOf(l.t, answer); objectOf(l.t, answer, 0x9F27)[0] != 0x80 {
		return false
	}
	data, err := l.d.keys().AppendIssuerAuthenticationData(nil, l.d.arqc, cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}})
	require.NoError(l.t, err)
	_, _, lost = l.send(apdu.ExternalAuthenticate(data), false)
	return !lost
}

// second is the second GENERATE AC.
func (l *life) second() bool {
	values := l.d.fill(cdol2, map[emv.Tag]string{0x8A: "3030"})
	_, _, lost := l.send(apdu.GenerateAC(emv.ACTypeTC, false, values), false)
	return !lost
}

// change sends a PIN CHANGE of this transaction.
func (l *life) change() bool {
	digits := rapid.SampledFrom(modelPINs).Draw(l.t, "new PIN")
	s := sentScript{command: l.d.pinChange(digits), atc: l.last.ATC, digits: digits}
	l.candidates[digits] = true
	sw, _, lost := l.send(s.command, true)
	if sw == apdu.SWSuccess {
		require.Equal(l.t, digits, l.pin, "I3: committed with the answer")
	}
	s.taken = sw == apdu.SWSuccess || lost
	l.sent = append(l.sent, s)
	return !lost
}

// replay sends a PIN CHANGE again that was made for another transaction, or taken
// in this one.
func (l *life) replay() bool {
	for _, s := range l.sent {
		if s.taken || s.atc != l.last.ATC {
			sw, _, lost := l.send(s.command, false)
			require.NotEqual(l.t, apdu.SWSuccess, sw, "I9")
			return !lost
		}
	}
	return true
}

// other is one of the other scripts.
func (l *life) other() bool {
	c := rapid.SampledFrom([]func() apdu.Command{
		func() apdu.Command { return l.d.putData(0x9F58, "05") },
		func() apdu.Command { return l.d.updateRecord(1, 2, "70035F3401") },
		func() apdu.Command { return wrongMAC(l.d) },
		l.d.blockApplication, l.d.unblockApplication, l.d.pinUnblock,
	}).Draw(l.t, "script")()
	_, _, lost := l.send(c, c.INS == apdu.INSPINChange)
	return !lost
}

// TestInvariantsUnderCuts runs transactions of commands at random, with the power
// going at any step.
func TestInvariantsUnderCuts(t *testing.T) {
	cuts, changes := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		for range rapid.IntRange(1, 8).Draw(t, "transactions") {
			for i, act := range []func() bool{l.begin, l.verify, l.online, l.change, l.replay, l.second, l.replay, l.change, l.other, l.change, l.replay} {
				if i > 0 && rapid.IntRange(0, 9).Draw(t, "left out") == 0 {
					continue
				}
				if !act() {
					break
				}
			}
		}
		l.see(opened(t, l.memory))
		cuts += l.cuts
		for _, s := range l.sent {
			if s.taken {
				changes++
			}
		}
	})
	require.Positive(t, cuts)
	require.Positive(t, changes)
}
