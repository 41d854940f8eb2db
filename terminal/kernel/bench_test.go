package kernel_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/terminal/kernel"
)

// config is the kernel's set-up for the transaction.
func (b *bench) config() kernel.Config {
	c := kernel.Config{Profile: b.profile, Rand: &zeros{first: b.random}, ReferenceKey: b.referenceKey}
	if b.exceptions {
		c.ExceptionFile = func(account.PAN, account.SequenceNumber) bool { return true }
	}
	return c
}

// BenchmarkTransaction is the kernel's own share of an online contact transaction:
// the card, with keys of 1024 bits, answers at once from memory, signatures
// included, and the issuer too.
func BenchmarkTransaction(b *testing.B) {
	for name, aip := range map[string]string{"none": "1C00", "SDA": "5C00", "DDA": "3C00", "CDA": "1D00"} {
		b.Run("ODA="+name, func(b *testing.B) {
			bench := odaBench(b, aip)
			// The numbers of the terminal are zeros, so that the card's signatures are the
			// same each time.
			card := recorded{answers: map[string][]byte{}, card: bench.card}
			require.Equal(b, kernel.ApprovedOnline, bench.runWith(card).Outcome)
			k, err := kernel.New(bench.config())
			require.NoError(b, err)
			card.card = nil
			b.ReportAllocs()
			for b.Loop() {
				r, err := k.Transact(b.Context(), card, silentCardholder{}, bench.online, bench.tx)
				if err != nil || r.Outcome != kernel.ApprovedOnline || r.TVR[0]&0x6C != 0 {
					b.Fatal(r.Outcome, r.Reason, r.TVR, err)
				}
				bench.online.requests = bench.online.requests[:0]
			}
		})
	}
}

// recorded keeps the answers of a card, and gives them again once the card is gone.
type recorded struct {
	answers map[string][]byte
	card    *fakeCard
}

func (c recorded) Transmit(ctx context.Context, command []byte) (answer []byte, err error) {
	if c.card == nil {
		return c.answers[string(command)], nil
	}
	answer, err = c.card.Transmit(ctx, command)
	c.answers[string(command)] = answer
	return answer, err
}
