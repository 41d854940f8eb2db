package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/issuer/pinlife"
)

func TestValidateFindsFaults(t *testing.T) {
	for name, test := range map[string]struct {
		from  func(testing.TB) pinlife.State
		spoil func(*pinlife.State)
	}{
		"count of items too high":     {sent2, func(s *pinlife.State) { s.SentCount = pinlife.SentMax + 1 }},
		"item behind the last":        {sent2, func(s *pinlife.State) { s.Sent[1].ATC = 1 }},
		"item without ATC":            {sent2, func(s *pinlife.State) { s.Sent[0].ATC = 0 }},
		"item of a later request":     {sent2, func(s *pinlife.State) { s.Sent[0].ATC = s.HighestATC + 1 }},
		"settled unblock":             {unblockSent, func(s *pinlife.State) { s.Open = false }},
		"item of nothing":             {unblockSent, func(s *pinlife.State) { s.Sent[0].Unblock = false }},
		"generations fall":            {sent2, func(s *pinlife.State) { s.Sent[0].Generation = 1 }},
		"proven, not acknowledged":    {stable, func(s *pinlife.State) { s.Newest = 0 }},
		"sent, not acknowledged":      {sent2, func(s *pinlife.State) { s.Newest, s.Pending = 1, 0 }},
		"pending is not the newest":   {pending2, func(s *pinlife.State) { s.Newest = 3 }},
		"pending is proven":           {stable, func(s *pinlife.State) { s.Pending = 1 }},
		"sent and not pending":        {sent2, func(s *pinlife.State) { s.Pending = 0 }},
		"open without item":           {pending2, func(s *pinlife.State) { s.Open = true }},
		"claimed, not open":           {claimed2, func(s *pinlife.State) { s.Open = false }},
		"claimed unblock":             {unblockSent, func(s *pinlife.State) { s.Claimed = true }},
		"held and open":               {sent2, func(s *pinlife.State) { s.Held = true }},
		"held without anything":       {stable, func(s *pinlife.State) { s.Held = true }},
		"unblock without PIN":         {created1, func(s *pinlife.State) { s.Unblock = true }},
		"closed with something to do": {pending2, func(s *pinlife.State) { s.Closed = true }},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.from(t)
			test.spoil(&s)
			assert.ErrorIs(t, s.Validate(), pinlife.ErrState)
		})
	}
}

func TestPolicyValidate(t *testing.T) {
	assert.NoError(t, pinlife.DefaultPolicy().Validate())
	for name, spoil := range map[string]func(*pinlife.Policy){
		"effective": func(p *pinlife.Policy) { p.OnlinePINEffective = 2 },
		"template":  func(p *pinlife.Policy) { p.ScriptTemplate = 0x70 },
		"attempts":  func(p *pinlife.Policy) { p.AttemptsMax = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			p := pinlife.DefaultPolicy()
			spoil(&p)
			assert.Error(t, p.Validate())
		})
	}
}

func TestEffectsBelongToTheCommitOrComeAfter(t *testing.T) {
	for _, e := range []pinlife.Effect{pinlife.Decision{}, pinlife.BuildScript{}, pinlife.BuildUnblock{}, pinlife.Erase{}} {
		assert.False(t, e.Emitted(), "%T", e)
	}
	for _, e := range []pinlife.Effect{pinlife.ResendStored{}, pinlife.Refused{}, pinlife.Notify{}, pinlife.Audit{}} {
		assert.True(t, e.Emitted(), "%T", e)
	}
}

// TestWords: each value has a word of its own, and others show their number.
func TestWords(t *testing.T) {
	assert.Equal(t, "pending", pinlife.Pending.String())
	assert.Equal(t, "closed", pinlife.Closed.String())
	assert.Equal(t, "Phase(8)", pinlife.Phase(8).String())
	assert.Equal(t, "immediate", pinlife.Immediate.String())
	assert.Equal(t, "applied", pinlife.Applied.String())
	assert.Equal(t, "refused", pinlife.PINRefused.String())
	assert.Equal(t, "PIN", pinlife.DeclinePIN.String())
	assert.Equal(t, "not held", pinlife.RefusedNotHeld.String())
	assert.Equal(t, "set again", pinlife.TextSetAgain.String())
	assert.Equal(t, "restored from backup", pinlife.AuditRestored.String())
	assert.Equal(t, "Reason(8)", pinlife.Reason(8).String())
}
