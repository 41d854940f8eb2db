package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// pinManagementBench is a PIN change without an amount, whose issuer answers 85 and
// sends one script in a template.
func pinManagementBench(t *testing.T, template string) *bench {
	b := newBench(t)
	b.tx.Amount, b.tx.Kind, b.tx.Type = 0, emv.PINChange, emv.PINChange.Type()
	b.app().FloorLimit, b.app().TACOnline = 5000, emv.ActionCode{}
	b.online.response = &kernel.OnlineResponse{ARC: 0x3835, Scripts: [][]byte{script(template, command1)}}
	b.card.answers["8424"] = []string{"9000"}
	return b
}

// TestPINManagement goes by the scripts alone. That the final cryptogram is an AAC
// says nothing.
func TestPINManagement(t *testing.T) {
	const refused = "the card did not carry out the issuer's script"
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome kernel.Outcome
		reason  string
		due     bool
	}{
		"done":               {func(*bench) {}, kernel.Done, "", false},
		"done, approved":     {func(b *bench) { b.online.response.ARC = 0x3030 }, kernel.Done, "", false},
		"card gives an AAC":  {func(b *bench) { b.online.response.ARC = 0x3030; b.card.answers["80AE40"] = []string{generated("00")} }, kernel.Done, "", false},
		"declined with it":   {func(b *bench) { b.online.response.ARC = 0x3035 }, kernel.Done, "", false},
		"script refused":     {func(b *bench) { b.card.answers["8424"] = []string{"6988"} }, kernel.DeclinedOnline, refused, false},
		"refused, approved":  {func(b *bench) { b.online.response.ARC = 0x3030; b.card.answers["8424"] = []string{"6988"} }, kernel.DeclinedOnline, refused, false},
		"one of two refused": {func(b *bench) { b.online.response.Scripts = append(b.online.response.Scripts, script("72", "00")) }, kernel.DeclinedOnline, refused, false},
		"no script":          {func(b *bench) { b.online.response.Scripts = nil }, kernel.DeclinedOnline, "the issuer sent no script", false},
		"not sent":           {func(b *bench) { b.online.err = &kernel.UnableToGoOnlineError{} }, kernel.DeclinedOffline, "unable to go online", false},
		"no answer":          {func(b *bench) { b.online.err = &kernel.UnableToGoOnlineError{Sent: true} }, kernel.DeclinedOffline, "unable to go online", true},
		"offline terminal":   {func(b *bench) { b.profile.Type = 0x23 }, kernel.DeclinedOffline, "", false},
		"denied":             {func(b *bench) { b.app().TACDenial = emv.ActionCode{0x80} }, kernel.DeclinedOffline, "", false},
	} {
		for _, template := range []string{"71", "72"} {
			t.Run(name+" "+template, func(t *testing.T) {
				b := pinManagementBench(t, template)
				c.change(b)
				r := b.run()
				assert.Equal(t, c.outcome, r.Outcome, texts(r))
				assert.Equal(t, c.reason, r.Reason)
				assert.Equal(t, c.due, r.ReversalDue)
				done := r.TSI.Has(emv.TSIScriptProcessingPerformed) && r.TVR[4]&0x30 == 0
				assert.Equal(t, done, r.Outcome == kernel.Done, "the TSI says scripts, and the TVR says nothing")
				assert.False(t, r.Outcome.Approved(), "there is nothing to approve")
			})
		}
	}
}

// TestIssuerOnly never comes to a TC offline.
func TestIssuerOnly(t *testing.T) {
	for _, kind := range []emv.TransactionKind{emv.BalanceInquiry, emv.PINChange, emv.PINUnblock} {
		b := pinManagementBench(t, "72")
		b.tx.Kind, b.tx.Type = kind, kind.Type()
		r := b.run()
		assert.Equal(t, "80AE80", b.card.sentWith("80AE")[0][:6], texts(r))
		assert.Contains(t, texts(r), "ARQC requested: only the issuer can do a "+kind.String())
		b = pinManagementBench(t, "72")
		b.tx.Kind = kind
		b.offline = true
		r = b.run()
		assert.Equal(t, emv.ARCUnableToGoOnlineRefuse, r.ARC, texts(r))
		assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	}
}

// TestPINManagementWithoutCard: a tap and quick chip deliver no script, so that
// nothing is done, whatever the issuer says.
func TestPINManagementWithoutCard(t *testing.T) {
	tap := tapBench(t)
	tap.tx.Kind, tap.online.response = emv.PINChange, &kernel.OnlineResponse{ARC: 0x3030, Scripts: [][]byte{script("72", command1)}}
	quick := pinManagementBench(t, "72")
	quick.profile.QuickChip, quick.online.response.ARC = true, 0x3030
	for name, b := range map[string]*bench{"tap": tap, "quick chip": quick} {
		r := b.run()
		assert.Equal(t, kernel.DeclinedOnline, r.Outcome, "%s\n%s", name, texts(r))
		assert.Equal(t, "no script gets to a card that is gone", r.Reason)
		assert.False(t, r.ReversalDue)
	}
}

// TestBalanceInquiryLeavesNothing to reverse, whatever becomes of it.
func TestBalanceInquiryLeavesNothing(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"no answer":     func(b *bench) { b.online.err = &kernel.UnableToGoOnlineError{Sent: true} },
		"card declines": func(b *bench) { b.card.answers["80AE40"] = []string{generated("00")} },
	} {
		b := newBench(t)
		b.tx.Kind, b.tx.Amount = emv.BalanceInquiry, 0
		change(b)
		r := b.run()
		assert.False(t, r.Outcome.Approved(), texts(r))
		assert.False(t, r.ReversalDue, name)
	}
}

// TestCardPulledInPINManagement is not done.
func TestCardPulledInPINManagement(t *testing.T) {
	b := pinManagementBench(t, "72")
	b.card.handle["8424"] = func([]byte) []byte { return nil }
	r := b.run()
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome, texts(r))
	assert.Equal(t, "the card did not carry out the issuer's script", r.Reason)
}
