package card_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/card"
)

// torn is a command that writes, and how a card comes to it.
type torn struct {
	name    string
	prepare func(d *dialogue)
	command func(d *dialogue) apdu.Command
	between bool // it writes twice, so there is a state between
}

// tornCommands are all commands that write, for a card with limits, a log and
// everything writable.
func tornCommands() []torn {
	begin := func(d *dialogue) { d.begin() }
	answered := func(d *dialogue) { d.begin().online(); d.authenticated("00") }
	finished := func(d *dialogue) { d.approved() }
	first := func(asked emv.ACType) func(d *dialogue) apdu.Command {
		return func(d *dialogue) apdu.Command { return apdu.GenerateAC(asked, false, d.fill(cdol1, nil)) }
	}
	second := func(asked emv.ACType, arc string) func(d *dialogue) apdu.Command {
		return func(d *dialogue) apdu.Command {
			return apdu.GenerateAC(asked, false, d.fill(cdol2, map[emv.Tag]string{0x8A: arc}))
		}
	}
	return []torn{
		{"GET PROCESSING OPTIONS", func(d *dialogue) { d.ok(apdu.Select(unhex(d.t, testAID), apdu.First)) },
			func(d *dialogue) apdu.Command { return apdu.GetProcessingOptions(unhex(d.t, "830122")) }, false},
		{"VERIFY, wrong", begin, func(d *dialogue) apdu.Command { return plaintext(d.t, "9999") }, false},
		{"VERIFY, right", begin, func(d *dialogue) apdu.Command { return plaintext(d.t, "1234") }, true},
		{"VERIFY, enciphered", begin, func(d *dialogue) apdu.Command {
			return enciphered(d.t, rsaKey(d.t, 776).Public(), "1234", d.ok(apdu.GetChallenge()))
		}, true},
		{"first GENERATE AC, ARQC", begin, first(emv.ACTypeARQC), false},
		{"first GENERATE AC, TC", begin, first(emv.ACTypeTC), false},
		{"first GENERATE AC, AAC", func(d *dialogue) { d.begin(); d.data[0x95] = "0800000000" }, first(emv.ACTypeAAC), false},
		{"EXTERNAL AUTHENTICATE, wrong", func(d *dialogue) { d.begin().online() },
			func(d *dialogue) apdu.Command { return apdu.ExternalAuthenticate(make([]byte, 10)) }, false},
		{"second GENERATE AC, TC", answered, second(emv.ACTypeTC, "3030"), false},
		{"second GENERATE AC, AAC", answered, second(emv.ACTypeAAC, "3030"), false},
		{"second GENERATE AC, no answer", func(d *dialogue) { d.begin().online() }, second(emv.ACTypeTC, "5933"), false},
		{"PIN CHANGE", finished, change("5678"), false},
		{"PIN CHANGE, template 71", answered, change("5678"), false},
		{"PIN UNBLOCK", func(d *dialogue) { d.begin().refused(0x63C2, plaintext(d.t, "9999")); d.approved() }, (*dialogue).pinUnblock, false},
		{"script, wrong MAC", finished, wrongMAC, false},
		{"APPLICATION BLOCK", finished, (*dialogue).blockApplication, false},
		{"APPLICATION UNBLOCK", func(d *dialogue) { d.approved(); d.ok(d.blockApplication()) }, (*dialogue).unblockApplication, false},
		{"CARD BLOCK", finished, (*dialogue).blockCard, false},
		{"PUT DATA", finished, func(d *dialogue) apdu.Command { return d.putData(0x9F14, "07") }, false},
		{"UPDATE RECORD", finished, func(d *dialogue) apdu.Command { return d.updateRecord(1, 2, "70035F3401") }, false},
	}
}

// everything is a card with all that can be written.
func everything(a *image.Application) {
	limited(a)
	writable(a)
	a.Log = &image.Log{SFI: 11, Records: 3, Format: tlv.DOL{{Tag: 0x9F02, Length: 6}, {Tag: 0x9F36, Length: 2}}}
}

// contents tells all that a card shows of its memory.
func contents(t tb, m *card.Memory) string {
	m = m.Clone()
	icc := opened(t, m)
	s := fmt.Sprintf("%+v", icc.Status())
	d := inserted(t, icc)
	d.send(apdu.Select(unhex(t, testAID), apdu.First))
	for _, c := range []apdu.Command{apdu.GetData(0x9F14), apdu.ReadRecord(1, 2), apdu.ReadRecord(11, 1), apdu.ReadRecord(11, 2)} {
		s += fmt.Sprintf(" %X", d.send(c).Data)
	}
	for _, digits := range []string{"1234", "5678"} {
		d := inserted(t, opened(t, m.Clone()))
		d.send(apdu.Select(unhex(t, testAID), apdu.First))
		d.send(apdu.GetProcessingOptions(unhex(t, "830122")))
		s += fmt.Sprintf(" %s:%t", digits, d.send(plaintext(t, digits)).SW == apdu.SWSuccess)
	}
	return s
}

// tear comes to a command and sends it, on a medium with power for so many steps,
// and returns the steps taken before the command and in all.
func (c torn) tear(t *testing.T, m *card.Memory, steps int64, compact bool) (before, all int64, lost bool) {
	medium := card.NewTearing(m, steps)
	icc, err := card.Open(card.Config{Medium: medium, Key: storageKey(t, 1), Rand: stream("tear")})
	require.NoError(t, err)
	d := inserted(t, icc)
	c.prepare(d)
	command, err := c.command(d).Encode()
	require.NoError(t, err)
	if compact {
		card.CompactAt(icc, 0)
	}
	before = medium.Steps()
	_, err = d.card.Transmit(context.Background(), command)
	return before, medium.Steps(), err != nil
}

// TestTearingOfEveryCommand lets the power go at each step of each command that
// writes, once as it appends to the memory and once as it replaces it: after
// recovery the card is as before the command or as behind it.
func TestTearingOfEveryCommand(t *testing.T) {
	base := created(t, everything)
	for _, c := range tornCommands() {
		for _, compact := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, compact %t", c.name, compact), func(t *testing.T) {
				done := base.Clone()
				start, end, lost := c.tear(t, done, math.MaxInt64, compact)
				require.False(t, lost)
				require.Greater(t, end, start, "it writes")
				untouched := base.Clone()
				c.tear(t, untouched, start, compact)
				before, after := contents(t, untouched), contents(t, done)
				require.True(t, c.between || before != after, "it changes something")
				possible := map[string]bool{before: true, after: true}
				stride := int64(1)
				if compact {
					stride = 61
				}
				if testing.Short() {
					stride *= 11
				}
				seen := map[string]bool{}
				for n := start; n < end; n++ {
					if (n-start)%stride != 0 && n < end-4 { // the last steps are sync and exchange
						continue
					}
					m := base.Clone()
					_, _, lost := c.tear(t, m, n, compact)
					require.True(t, lost, "step %d", n)
					got := contents(t, m)
					if c.between && !possible[got] {
						require.Contains(t, got, "TriesLeft:2", "a try less")
						continue
					}
					require.True(t, possible[got], "step %d: neither\n%s\nnor\n%s\nbut\n%s", n, before, after, got)
					seen[got] = true
				}
				require.True(t, seen[before])
			})
		}
	}
}
