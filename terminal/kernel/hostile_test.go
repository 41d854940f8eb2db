package kernel_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// TestEndlessAnswerAnywhere answers one command of the transaction without end, by
// 61xx and by 6Cxx: there is a verdict all the same, after a bounded number of
// APDUs, and no approval unless the card had given its TC before.
func TestEndlessAnswerAnywhere(t *testing.T) {
	whole := wideBench(t, "3C00")
	whole.run()
	for _, status := range []string{"6101", "6C01"} {
		for n := range whole.card.sent {
			t.Run(fmt.Sprintf("%s to command %d", status, n+1), func(t *testing.T) {
				b := wideBench(t, "3C00")
				stuck := &stuckCard{fakeCard: b.card, at: n, status: unhexed(status)}
				r := b.runWith(stuck)
				if n <= indexOf(whole.card.sent, "80AE80") || n == indexOf(whole.card.sent, "80AE40") {
					assert.False(t, r.Outcome.Approved(), texts(r))
				}
				if r.Outcome.Approved() {
					assert.Equal(t, emv.ACTypeTC, r.CID.Type())
					assert.True(t, r.RequestSent && r.ARC == 0x3030)
				}
				assert.LessOrEqual(t, stuck.sent, len(whole.card.sent)+2*16, "no command takes more than 16 APDUs")
			})
		}
	}
}

// stuckCard answers one command, and what the terminal sends to get on with it,
// with the same status word for ever.
type stuckCard struct {
	*fakeCard
	at     int // number of the command, from 0
	status []byte
	header []byte // of the command; nil before it came
	sent   int
}

func (c *stuckCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.sent++
	if c.sent == c.at+1 {
		c.header = command[:4]
		return c.status, nil
	}
	if c.header != nil && (bytes.Equal(command[:4], c.header) && c.status[0] == 0x6C || command[1] == 0xC0) {
		return append([]byte{0xAA}, c.status...), nil
	}
	return c.fakeCard.Transmit(ctx, command)
}

func indexOf(sent []string, prefix string) int {
	for i, command := range sent {
		if strings.HasPrefix(command, prefix) {
			return i
		}
	}
	return -1
}

// TestListsTooLong asks for more than a command holds, in every list of the card.
func TestListsTooLong(t *testing.T) {
	const long = "9F02FF" // 255 bytes
	for name, change := range map[string]func(*bench){
		"PDOL": func(b *bench) {
			b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x9F38, "9F02FD"))}
		},
		"PDOL of 10 times": func(b *bench) {
			b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x9F38, strings.Repeat(long, 10)))}
		},
		"CDOL1": func(b *bench) { b.records[0x8C] = long + "9F3701" },
		"CDOL2": func(b *bench) { b.records[0x8D] = long + "9F3701" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(b)
			r := b.run()
			assert.Equal(t, kernel.NotAccepted, r.Outcome, texts(r))
			assert.Contains(t, r.Reason, "asks for")
			assert.Equal(t, r.RequestSent, r.ReversalDue)
		})
	}
	b := odaBench(t, "3C00")
	replaceIn(b, "00B2030C", 0x9F49, unhexed("9F3704"+long))
	assert.Equal(t, kernel.NotAccepted, b.run().Outcome, "DDOL")
	b = newBench(t)
	b.records[0x8C], b.records[0x97] = cdol+"9814", strings.Repeat(long, 20)
	assert.Equal(t, kernel.ApprovedOnline, b.run().Outcome, "a TDOL is hashed and not sent")
}

// replaceIn puts another value into a record.
func replaceIn(b *bench, command string, tag emv.Tag, value []byte) {
	b.t.Helper()
	record := unhexed(b.card.answers[command][0])
	e, _, err := tlv.Next(record[:len(record)-2])
	require.NoError(b.t, err)
	var body []byte
	for o, err := range tlv.Elements(e.Value) {
		require.NoError(b.t, err)
		if o.Tag == tag {
			o.Value = value
		}
		body = tlv.Append(body, o.Tag, o.Value)
	}
	b.card.answers[command] = []string{digits(tlv.Append(nil, 0x70, body)) + "9000"}
}

// TestCertificatesOfWrongLength fail the method that needs them, whatever the
// length, and nothing else.
func TestCertificatesOfWrongLength(t *testing.T) {
	type part struct {
		record string
		tag    emv.Tag
	}
	parts := map[string][]part{
		"5C00": {{"00B2020C", 0x90}, {"00B2020C", 0x92}, {"00B2020C", 0x9F32}, {"00B2040C", 0x93}},
		"3C00": {{"00B2020C", 0x90}, {"00B2030C", 0x9F46}, {"00B2030C", 0x9F48}, {"00B2030C", 0x9F47}},
		"1D00": {{"00B2020C", 0x90}, {"00B2030C", 0x9F46}, {"00B2030C", 0x9F48}, {"00B2030C", 0x9F47}},
	}
	failed := map[string]emv.Bit[emv.TVR]{"5C00": emv.TVRSDAFailed, "3C00": emv.TVRDDAFailed, "1D00": emv.TVRCDAFailed}
	for aip, list := range parts {
		for _, p := range list {
			for _, length := range []int{0, 1, 2, 36, 127, 129, 200} {
				t.Run(fmt.Sprintf("AIP %s, tag %s of %d bytes", aip, p.tag, length), func(t *testing.T) {
					b := odaBench(t, aip)
					replaceIn(b, p.record, p.tag, make([]byte, length))
					r := b.run()
					assert.True(t, r.TVR.Has(failed[aip]), texts(r))
					assert.Equal(t, length == 0, r.TVR.Has(emv.TVRICCDataMissing), "what is empty is missing")
					assert.Equal(t, kernel.ApprovedOnline, r.Outcome, "the issuer has the last word")
				})
			}
		}
	}
}

// TestSelectionLoops offers the same applications for ever: each is dropped once it
// fails.
func TestSelectionLoops(t *testing.T) {
	b := newBench(t)
	var entries string
	for i := range 30 {
		entries += object(0x61, object(0x4F, fmt.Sprintf("F0000000250101%02X", i)))
	}
	withDirectory(b, entries[:len(entries)/2], entries[len(entries)/2:])
	for i := range 30 {
		b.card.answers[fmt.Sprintf("00A4040008F0000000250101%02X", i)] = []string{"6283"}
	}
	b.cardholder.choices = make([]int, 40)
	r := b.run()
	assert.Equal(t, kernel.NotAccepted, r.Outcome, texts(r))
	assert.Equal(t, "no application left", r.Reason)
	assert.Len(t, b.card.sentWith("00A4040008F0"), 30)
}
