package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/terminal/kernel"
)

// config is the kernel's set-up for the transaction.
func (b *bench) config() kernel.Config {
	c := kernel.Config{Profile: b.profile, Rand: &zeros{first: b.random}}
	if b.exceptions {
		c.ExceptionFile = func(account.PAN, account.SequenceNumber) bool { return true }
	}
	return c
}

// BenchmarkTransaction is the kernel's own share of an online contact
// transaction without offline data authentication: the card answers at once.
func BenchmarkTransaction(b *testing.B) {
	bench := newBench(b)
	require.Equal(b, kernel.ApprovedOnline, bench.run().Outcome)
	k, err := kernel.New(bench.config())
	require.NoError(b, err)
	card := instantCard(b, bench.card.answers)
	b.ReportAllocs()
	for b.Loop() {
		r, err := k.Transact(b.Context(), card, silentCardholder{}, bench.online, bench.tx)
		if err != nil || r.Outcome != kernel.ApprovedOnline {
			b.Fatal(r.Outcome, r.Reason, err)
		}
		bench.online.requests = bench.online.requests[:0]
	}
}
