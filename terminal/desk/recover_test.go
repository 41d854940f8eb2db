package desk_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/desk/desktest"
	"github.com/f510b0cf/till/terminal/journal"
)

// powered is a chip that some card answers for.
type powered struct{ card hardware.Card }

func (p powered) PowerOn(hardware.Presentation) (hardware.Card, error) { return p.card, nil }

// after is what a payment is found to be after a restart.
type after struct {
	result   desk.Result
	reversal desk.Reversal
	receipt  bool
}

// recovered returns that of a journal.
func recovered(t *testing.T, j *journal.Journal) after {
	t.Helper()
	_, err := desk.New(desk.Config{Customer: func() (*desk.Customer, error) { return nil, nil }, Journal: j})
	if err != nil {
		require.ErrorContains(t, err, "call Recover first")
	}
	require.NoError(t, desk.Recover(j))
	d, err := desk.New(desk.Config{Customer: func() (*desk.Customer, error) { return nil, nil }, Journal: j})
	require.NoError(t, err)
	defer d.Close()
	p, err := d.Payment(1)
	require.NoError(t, err)
	assert.Equal(t, desk.Done, p.State)
	assert.NotEmpty(t, p.Next)
	again, fresh, err := d.Start("a", sale)
	require.NoError(t, err)
	assert.False(t, fresh, "it is charged once")
	assert.Equal(t, p, again)
	events, more, _, err := d.Events(1, 999)
	require.NoError(t, err)
	assert.False(t, more)
	require.Len(t, events, 2, "who has seen all events of before gets the end")
	return after{p.Result, p.Reversal, p.Receipt != 0}
}

// TestKilled copies the journal at each step of a payment, as the death of the process
// leaves it, and looks at the payment after the restart: approved stands only where no
// reversal goes out.
func TestKilled(t *testing.T) {
	interrupted := func(r desk.Reversal) after { return after{desk.Interrupted, r, false} }
	for name, c := range map[string]struct {
		set   func(i *desktest.Issuer, chip desktest.Chip)
		steps map[desktest.Step]after
		end   after
	}{
		"approved": {func(*desktest.Issuer, desktest.Chip) {}, map[desktest.Step]after{
			desktest.Asked: interrupted(desk.NoReversal), desktest.Begun: interrupted(desk.Owed), desktest.Answered: interrupted(desk.Owed),
			desktest.Ending: interrupted(desk.Owed), desktest.Completed: {desk.Approved, desk.NoReversal, false},
		}, after{desk.Approved, desk.NoReversal, true}},
		"declined": {func(i *desktest.Issuer, _ desktest.Chip) { i.Decline = true }, map[desktest.Step]after{
			desktest.Begun: interrupted(desk.Owed), desktest.Ending: {desk.Declined, desk.Owed, false}, desktest.Completed: {desk.Declined, desk.NoReversal, false},
		}, after{desk.Declined, desk.NoReversal, true}},
		"pulled": {func(_ *desktest.Issuer, chip desktest.Chip) { chip["80AE40"] = desktest.Pulled }, map[desktest.Step]after{
			desktest.Ending: {desk.NotCompleted, desk.Owed, false}, desktest.Completed: {desk.NotCompleted, desk.Owed, false},
		}, after{desk.NotCompleted, desk.Owed, true}},
		"no answer, and the card approves": {func(i *desktest.Issuer, _ desktest.Chip) { i.Silent = true }, map[desktest.Step]after{
			desktest.Answered: interrupted(desk.Owed), desktest.Ending: {desk.Approved, desk.Owed, false},
		}, after{desk.Approved, desk.Owed, true}},
	} {
		t.Run(name, func(t *testing.T) {
			b, chip := desktest.New(t, nil), desktest.NewChip()
			c.set(b.Issuer, chip)
			copies := map[desktest.Step]*journal.Journal{}
			b.Issuer.Step = func(s desktest.Step) { copies[s] = b.Copy() }
			b.Enter(desktest.PIN)
			id := start(t, b, "a")
			until(t, b, id, desk.EventWaiting)
			waiting := b.Copy()
			b.Slot.Insert(chip)
			b.Ended(id)
			assert.Equal(t, interrupted(desk.NoReversal), recovered(t, waiting))
			for step, want := range c.steps {
				assert.Equal(t, want, recovered(t, copies[step]), step)
			}
			assert.Equal(t, c.end, recovered(t, b.Copy()))
		})
	}
}
