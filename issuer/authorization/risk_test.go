package authorization_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// audits returns the lines of audit of a card.
func (h host) audits(t *testing.T, c *issuertest.Card) (lines []string) {
	t.Helper()
	for _, line := range h.Journal(t, c.Ref) {
		if text, ok := strings.CutPrefix(line, "audit: "); ok {
			lines = append(lines, text)
		}
	}
	return lines
}

// TestUnpredictableNumberRepeated: by policy it is noted, declined or ignored; a card
// has a bounded memory of them.
func TestUnpredictableNumberRepeated(t *testing.T) {
	const text = "unpredictable number was used before"
	fixed := issuertest.Insertion{Amount: 1_00, Number: emv.UnpredictableNumber{9, 9, 9, 9}}
	for _, c := range []struct {
		do     authorization.Treatment
		action message.ActionCode
		audits []string
	}{
		{authorization.Note, message.ActionApproved, []string{text}},
		{authorization.Decline, message.ActionDoNotHonour, []string{text}},
		{authorization.Ignore, message.ActionApproved, nil},
	} {
		t.Run(c.do.String(), func(t *testing.T) {
			h := newHost(t, func(x *authorization.Config) { x.Risk.NumberRepeated = c.do })
			card := h.NewCard(t)
			h.insert(t, card, fixed)
			_, answer, _ := h.insert(t, card, fixed)
			assert.Equal(t, c.action, answer.ActionCode)
			assert.NotNil(t, issuertest.Object(t, answer, 0x91), "the chip is heard all the same")
			assert.Equal(t, c.audits, h.audits(t, card))
			assert.Len(t, h.Record(t, card.Ref).Numbers, 1)
			for range store.NumbersMax {
				h.insert(t, card, issuertest.Insertion{Amount: 1_00})
			}
			_, answer, _ = h.insert(t, card, fixed)
			assert.Equal(t, message.ActionApproved, answer.ActionCode, "forgotten")
			assert.Len(t, h.Record(t, card.Ref).Numbers, store.NumbersMax)
		})
	}
}

// TestNumberOfAWrongCryptogram is not noted: who has no card could fill the memory.
// Nor is that of a replay, which has a line of its own.
func TestNumberOfAWrongCryptogram(t *testing.T) {
	h := newHost(t, strict)
	card := h.NewCard(t)
	request := card.Begin(t, issuertest.Insertion{Amount: 1_00}).Request
	request.ICCData = change(t, request.ICCData, 0x9F26, flip)
	h.ask(t, request)
	assert.Empty(t, h.Record(t, card.Ref).Numbers)

	request = card.Begin(t, issuertest.Insertion{Amount: 1_00}).Request
	assert.Equal(t, message.ActionApproved, h.ask(t, request).ActionCode)
	request.Header = h.Header()
	h.ask(t, request)
	assert.Contains(t, h.last(t, card), "ATC is not new")
	assert.NotContains(t, h.audits(t, card), "unpredictable number was used before")
}

// TestNumberOfADeclinedRequest is noted: the terminal that asks first need not be the
// one that gets the money.
func TestNumberOfADeclinedRequest(t *testing.T) {
	h := newHost(t, strict)
	card := h.NewCard(t)
	fixed := issuertest.Insertion{Amount: 600_00, Number: emv.UnpredictableNumber{9, 9, 9, 9}}
	h.insert(t, card, fixed)
	fixed.Amount = 1_00
	_, answer, _ := h.insert(t, card, fixed)
	assert.Equal(t, message.ActionDoNotHonour, answer.ActionCode)
}

// TestDataAuthenticationFailed is noted where it is not declined.
func TestDataAuthenticationFailed(t *testing.T) {
	for do, audits := range map[authorization.Treatment][]string{
		authorization.Note: {failedODA}, authorization.Decline: {failedODA}, authorization.Ignore: nil,
	} {
		h := newHost(t, func(c *authorization.Config) { c.Risk.DataAuthenticationFailed = do })
		card := h.NewCard(t)
		h.insert(t, card, issuertest.Insertion{Amount: 1_00, TVR: tvr(emv.TVRCDAFailed)})
		assert.Equal(t, audits, h.audits(t, card), do)
	}
}

// TestRiskWords: the names of the configuration.
func TestRiskWords(t *testing.T) {
	for _, want := range []authorization.Treatment{authorization.Note, authorization.Decline, authorization.Ignore} {
		got, err := authorization.ParseTreatment(want.String())
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := authorization.ParseTreatment("maybe")
	require.Error(t, err)
	assert.Equal(t, "Treatment(3)", authorization.Treatment(3).String())
	assert.Equal(t, "silence, unavailable, StandIn(2)", strings.Join([]string{
		authorization.Silence.String(), authorization.Unavailable.String(), authorization.StandIn(2).String(),
	}, ", "))
	require.Error(t, authorization.StandIn(2).Validate())
	require.Error(t, authorization.Risk{NumberRepeated: 3}.Validate())
	require.Error(t, authorization.Risk{DataAuthenticationFailed: 3}.Validate())
}
