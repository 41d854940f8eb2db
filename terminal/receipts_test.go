package terminal_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// newKeepingBench is newBench with what keeps receipts.
func newKeepingBench(t *testing.T, online kernel.Online, receipts terminal.Receipts) bench {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	p.Applications[0].TACDefault = emv.ActionCode{}
	b := bench{slot: slot.New("bench"), cardholder: pinpad.NewScripted()}
	b.terminal, err = terminal.New(terminal.Config{
		Reader: b.slot, Profile: p, Cardholder: hand{b.cardholder, b.slot}, Guard: guard.Policy{EmulatedCardsOnly: true}, Online: online, Receipts: receipts, Clock: clock.NewVirtual(noon),
	})
	require.NoError(t, err)
	return b
}

// TestReceiptsAreKept: each one, whatever the outcome, as it was printed, without
// the steps, and after a restart.
func TestReceiptsAreKept(t *testing.T) {
	c := journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: sealKey(t)}
	j, err := journal.Open(c)
	require.NoError(t, err)
	b := newKeepingBench(t, host{response: &kernel.OnlineResponse{ARC: 0x3030}}, j)
	pulled := newChip("1F03")
	pulled["80AE80"] = "pulled"
	first, second := b.purchase(t, newChip("1F03")), b.purchase(t, pulled)
	require.NoError(t, first.Unkept)
	require.NoError(t, second.Unkept)
	require.NoError(t, j.Close())

	j, err = journal.Open(c)
	require.NoError(t, err)
	defer j.Close()
	require.NoError(t, j.View(func(tx *journal.Tx) error {
		kept, err := tx.Receipts()
		require.Len(t, kept, 2)
		for i, printed := range []*terminal.Receipt{first, second} {
			printed.Result.Steps = nil
			want, err := json.Marshal(printed)
			require.NoError(t, err)
			kept[i].Content.Open(func(content []byte) {
				var copied struct{ Printed []string }
				require.NoError(t, json.Unmarshal(content, &copied))
				assert.Equal(t, text(t, printed), strings.Join(copied.Printed, "\n")+"\n")
				lines, err := json.Marshal(copied.Printed)
				require.NoError(t, err)
				assert.JSONEq(t, string(want), strings.Replace(string(content), `,"printed":`+string(lines), "", 1))
				assert.Contains(t, string(content), `"pan":"374245*****1007"`)
				assert.NotContains(t, string(content), "steps")
				printed.PAN.Open(func(digits []byte) { assert.NotContains(t, string(content), string(digits)) })
			})
		}
		return err
	}))
}

// witness says in what order it is told of things.
type witness struct {
	host
	events []string
}

func (w *witness) Completed(context.Context, *kernel.Result) error {
	w.events = append(w.events, "completed")
	return errors.New("disk full")
}

func (w *witness) AppendReceipt(content []byte) error {
	var receipt struct{ Approved bool }
	if err := json.Unmarshal(content, &receipt); err != nil {
		return err
	}
	if !receipt.Approved {
		w.events = append(w.events, "kept as not approved")
	}
	return errors.New("disk full")
}

// TestReceiptThatCanNotBeKept: the receipt is kept once the transaction is
// completed, with what came of that, and says where it could not be.
func TestReceiptThatCanNotBeKept(t *testing.T) {
	w := &witness{host: host{response: &kernel.OnlineResponse{ARC: 0x3030}}}
	receipt := newKeepingBench(t, w, w).purchase(t, newChip("1F03"))
	assert.Equal(t, []string{"completed", "kept as not approved"}, w.events)
	assert.Equal(t, kernel.ApprovedOnline, receipt.Result.Outcome)
	assert.EqualError(t, receipt.Unkept, "disk full")
	assert.Contains(t, text(t, receipt), "No copy of this receipt could be kept")
	assert.NotEmpty(t, receipt.Result.Steps, "the steps are still there")
}
