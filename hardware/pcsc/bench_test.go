//go:build pcsc && cgo

package pcsc_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/testdata/pcscd"
)

const (
	roundTrips   = 400
	askApart     = 8 // commands between two looks at the clock, so that both cards meet the same weather
	readRecord   = "READ RECORD"
	getChallenge = "GET CHALLENGE"
)

// fixed is a card that gives one answer to every command.
type fixed struct{ answer []byte }

func (f fixed) PowerOn(hardware.Presentation) (hardware.Card, error)        { return f, nil }
func (f fixed) ATR() []byte                                                 { return []byte{0x3B, 0x60, 0x00, 0x00} }
func (f fixed) PowerOff() error                                             { return nil }
func (f fixed) Transmit(context.Context, []byte) (response []byte, _ error) { return f.answer, nil }

// medians sends a command to both cards in turn, and returns the median of each.
func medians(t testing.TB, command []byte, n int, cards ...hardware.Card) []time.Duration {
	t.Helper()
	all := make([][]time.Duration, len(cards))
	for range n / askApart {
		for i, c := range cards {
			for range askApart {
				began := time.Now()
				_, err := c.Transmit(t.Context(), command)
				all[i] = append(all[i], time.Since(began))
				require.NoError(t, err)
			}
		}
	}
	out := make([]time.Duration, len(cards))
	for i, took := range all {
		slices.Sort(took)
		out[i] = took[len(took)/2]
	}
	return out
}

// pair is our card in one reader and, in the other, one that gives the same answer to
// a command without any work.
type pair struct{ ours, bare hardware.Card }

// pairs returns a pair for each command, and the command.
func pairs(t testing.TB, measure func(name string, command []byte, p pair)) {
	t.Helper()
	d := pcscd.Start(t)
	first, second := port(t, d, 0), port(t, d, 1)
	one, two := open(t, pcscd.Reader1), open(t, pcscd.Reader2)
	first.Insert(newCard(t))
	ours, err := one.WaitCard(t.Context())
	require.NoError(t, err)
	for _, setUp := range [][]byte{unhex(t, dialogue[1].command), unhex(t, dialogue[2].command)} {
		_, err := ours.Transmit(t.Context(), setUp)
		require.NoError(t, err)
	}
	for name, c := range map[string]apdu.Command{readRecord: apdu.ReadRecord(1, 1), getChallenge: apdu.GetChallenge()} {
		command, err := c.Encode()
		require.NoError(t, err)
		answer, err := ours.Transmit(t.Context(), command)
		require.NoError(t, err)
		second.Insert(fixed{answer})
		bare, err := two.WaitCard(t.Context())
		require.NoError(t, err)
		measure(name, command, pair{ours, bare})
		second.Pull()
		require.NoError(t, two.WaitRemoval(t.Context()))
	}
}

// BenchmarkRoundTrip is a command through package scard and the daemon to our card,
// and its ratio to a card without work: 1.5 at most is the bar. Without the quick
// acknowledgement both take some 40 ms.
func BenchmarkRoundTrip(b *testing.B) {
	pairs(b, func(name string, command []byte, p pair) {
		b.Run(name, func(b *testing.B) {
			took := medians(b, command, max(b.N, roundTrips), p.ours, p.bare)
			b.ReportMetric(float64(took[0].Nanoseconds()), "median-ns")
			b.ReportMetric(float64(took[1].Nanoseconds()), "bare-ns")
			b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "ratio")
		})
	})
}
