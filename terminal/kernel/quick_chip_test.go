package kernel_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// quickBench is a transaction at a terminal that takes leave of the card early.
func quickBench(t *testing.T) *bench {
	b := newBench(t)
	b.profile.QuickChip = true
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	b.online.response.Scripts = [][]byte{script("71", command1), script("72", command2)}
	b.card.answers["80AE00"] = []string{object(0x77, object(0x9F27, "00"), object(0x9F36, "0012"), object(0x9F26, "AAAAAAAAAAAAAAAA")) + "9000"}
	return b
}

// TestQuickChip ends the dialogue with an AAC and goes online with the ARQC; what
// the issuer has for the card is not delivered.
func TestQuickChip(t *testing.T) {
	b := quickBench(t)
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
	acs := b.card.sentWith("80AE")
	assert.Len(t, acs, 2)
	assert.Equal(t, "80AE80", acs[0][:6])
	assert.Equal(t, "80AE00001F"+"5A33", acs[1][:14], "an AAC with Z3")
	assert.Equal(t, acs[1], b.card.sent[len(b.card.sent)-1], "nothing is sent after it")
	assert.Equal(t, emv.AC{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}, r.AC, "the cryptogram is the ARQC")
	assert.Equal(t, emv.ACTypeARQC, r.CID.Type())
	assert.Equal(t, "00", r.ARC.String())
	assert.Contains(t, digits(b.online.requests[0].ChipData), "9F26081122334455667788"+"9F270180")
	assert.Empty(t, r.ScriptResults)
	assert.False(t, r.TSI.Has(emv.TSIIssuerAuthenticationPerformed) || r.TSI.Has(emv.TSIScriptProcessingPerformed))
	assert.Contains(t, texts(r), "2 templates not delivered")
	assert.Equal(t, []kernel.Message{kernel.MessageRemoveCard, kernel.MessagePleaseWait, kernel.MessageApproved}, b.cardholder.messages)
}

// TestQuickChipOutcomes: the issuer's word is the last.
func TestQuickChipOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench)
		outcome kernel.Outcome
		arc     string
		due     bool
	}{
		"declined":   {func(b *bench) { b.online.response.ARC = 0x3035 }, kernel.DeclinedOnline, "05", false},
		"not sent":   {func(b *bench) { b.online.err = &kernel.UnableToGoOnlineError{} }, kernel.DeclinedOffline, "Z3", false},
		"no answer":  {func(b *bench) { b.online.err = &kernel.UnableToGoOnlineError{Sent: true} }, kernel.DeclinedOffline, "Z3", true},
		"offline TC": {func(b *bench) { b.app().FloorLimit = 5000 }, kernel.ApprovedOffline, "Y1", false},
		"AAC":        {func(b *bench) { b.card.answers["80AE80"] = []string{generated("00")} }, kernel.DeclinedOffline, "Z1", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := quickBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.arc, r.ARC.String())
			assert.Equal(t, c.due, r.ReversalDue)
		})
	}
}

// TestQuickChipCardPulledEarly asks nobody.
func TestQuickChipCardPulledEarly(t *testing.T) {
	b := quickBench(t)
	b.card.handle["80AE00"] = func([]byte) []byte { return nil }
	r := b.run()
	assert.Equal(t, kernel.CardRemoved, r.Outcome)
	assert.Empty(t, b.online.requests)
	assert.False(t, r.ReversalDue)
}

// slowOnline looks at what the cardholder was told by the time the issuer is asked.
type slowOnline struct {
	holder *fakeCardholder
	told   []kernel.Message
}

func (o *slowOnline) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	o.told = append(o.told, o.holder.messages...)
	return &kernel.OnlineResponse{ARC: 0x3030}, nil
}

func TestQuickChipRemovesBeforeTheAnswer(t *testing.T) {
	b := quickBench(t)
	b.run() // sets the answers
	k, err := kernel.New(b.config())
	assert.NoError(t, err)
	holder := &fakeCardholder{}
	online := &slowOnline{holder: holder}
	_, err = k.Transact(t.Context(), b.card, holder, online, b.tx)
	assert.NoError(t, err)
	assert.Contains(t, online.told, kernel.MessageRemoveCard)
}
