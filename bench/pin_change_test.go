package bench_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestPINChange is the way of a PIN change: wrong PIN, old PIN, ARQC, an answer
// with 91 and 72, TC, and the new PIN on the chip.
func TestPINChange(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	host := newIssuer(t, c)
	host.newPIN = mustPIN(t, "2580")

	result, holder := insertion{chip: icc, online: host, pins: []string{"9999", "1234"}}.run(t)
	require.NoError(t, holder.Done())
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	assert.Equal(t, emv.ACTypeTC, result.CID.Type())
	assert.Equal(t, emv.CVMResults{0x44, 0x03, 0x02}, result.CVMResults)
	assert.Equal(t, emv.TVR{0, 0, 0, 0x80, 0}, result.TVR, "floor limit exceeded, nothing else")
	assert.Equal(t, emv.TSI{0xFC, 0}, result.TSI)
	assert.Equal(t, []emv.ScriptResult{{Outcome: emv.ScriptSuccessful, Identifier: [4]byte{0, 0, 0, 1}}}, result.ScriptResults)
	assert.False(t, result.ReversalDue)
	require.Len(t, holder.Prompts(), 2)
	assert.Equal(t, 3, holder.Prompts()[0].TriesLeft)
	assert.Equal(t, 2, holder.Prompts()[1].TriesLeft)
	assert.Contains(t, holder.Messages(), kernel.MessageIncorrectPIN)
	require.Len(t, host.seen, 1)
	assert.True(t, host.seen[0].OfflinePINGood())
	assert.Zero(t, host.seen[0].ScriptCount)

	t.Run("the old PIN is refused, the new one works", func(t *testing.T) {
		quiet := newIssuer(t, c)
		result, holder := insertion{chip: icc, online: quiet, pins: []string{"1234", "2580"}}.run(t)
		require.NoError(t, holder.Done())
		assert.Equal(t, kernel.ApprovedOnline, result.Outcome)
		require.Len(t, quiet.seen, 1)
		assert.Equal(t, uint8(1), quiet.seen[0].ScriptCount, "the proof that the script was applied")
		assert.False(t, quiet.seen[0].Has(emv.CVRScriptFailed))
		assert.False(t, quiet.seen[0].Has(emv.CVRLastOnlineNotCompleted))
	})
	t.Run("the proof is told once", func(t *testing.T) {
		quiet := newIssuer(t, c)
		insertion{chip: icc, online: quiet, pins: []string{"2580"}}.run(t)
		assert.Zero(t, quiet.seen[0].ScriptCount)
	})
}

// TestFirstPIN is the first insertion of a card whose PIN is not set: the CVM
// list falls to online PIN, and the answer sets the chip's PIN.
func TestFirstPIN(t *testing.T) {
	c := personalised(t, "amex")
	icc := open(t, issue(t, c))
	host := newIssuer(t, c)
	host.newPIN = mustPIN(t, "2580")

	result, holder := insertion{chip: icc, online: host, pins: []string{"2580"}}.run(t)
	require.NoError(t, holder.Done())
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	assert.Equal(t, emv.CVMResults{0x42, 0x03, 0x00}, result.CVMResults)
	assert.Equal(t, emv.TVR{0, 0, 0x24, 0x80, 0}, result.TVR, "try limit exceeded, online PIN, floor limit")
	require.Len(t, holder.Prompts(), 1)
	assert.Equal(t, emv.CVMOnlinePIN, holder.Prompts()[0].Method)
	assert.True(t, host.seen[0].Has(emv.CVRPINTryLimitExceeded))

	quiet := newIssuer(t, c)
	result, holder = insertion{chip: icc, online: quiet, pins: []string{"2580"}}.run(t)
	require.NoError(t, holder.Done())
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome)
	assert.Equal(t, emv.CVMResults{0x44, 0x03, 0x02}, result.CVMResults)
	assert.Equal(t, uint8(1), quiet.seen[0].ScriptCount)
	assert.True(t, quiet.seen[0].OfflinePINGood())
}

// TestStaleEvidence is the trap of docs/pin-lifecycle.md as the card shows it:
// proof of one script, an answer lost, and the same count again.
func TestStaleEvidence(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	first := newIssuer(t, c)
	first.newPIN = mustPIN(t, "2580")
	insertion{chip: icc, online: first, pins: []string{"1234"}}.run(t)

	second := newIssuer(t, c)
	second.newPIN, second.silent = mustPIN(t, "1470"), true
	result, _ := insertion{chip: icc, online: second, pins: []string{"2580"}}.run(t)
	assert.Equal(t, uint8(1), second.seen[0].ScriptCount)
	assert.False(t, second.seen[0].Has(emv.CVRLastOnlineNotCompleted))
	assert.Equal(t, kernel.DeclinedOffline, result.Outcome)
	assert.True(t, result.ReversalDue)

	third := newIssuer(t, c)
	insertion{chip: icc, online: third, pins: []string{"2580"}}.run(t)
	assert.Equal(t, uint8(1), third.seen[0].ScriptCount, "the count is still that of the first script")
	assert.True(t, third.seen[0].Has(emv.CVRLastOnlineNotCompleted), "which this bit tells the host")
}

// TestIssuerAuthenticationFails: the card refuses the script of an issuer that
// did not prove itself.
func TestIssuerAuthenticationFails(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	host := newIssuer(t, c)
	host.newPIN, host.badARPC = mustPIN(t, "2580"), true
	result, _ := insertion{chip: icc, online: host, pins: []string{"1234"}}.run(t)
	assert.True(t, result.TVR.Has(emv.TVRIssuerAuthenticationFailed))
	assert.True(t, result.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	assert.Equal(t, emv.ACTypeAAC, result.CID.Type())
	assert.True(t, result.ReversalDue)
	require.Len(t, result.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, result.ScriptResults[0].Outcome)

	quiet := newIssuer(t, c)
	_, holder := insertion{chip: icc, online: quiet, pins: []string{"1234"}}.run(t)
	require.NoError(t, holder.Done(), "the old PIN still works")
	assert.True(t, quiet.seen[0].Has(emv.CVRLastOnlineNotCompleted))
}

// TestApprovalCodes: the card takes the codes for approvals that the terminal
// does by default, and no other one, even where the terminal would.
func TestApprovalCodes(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	for _, code := range []string{"00", "01", "05", "08", "09", "10", "11", "12", "85"} {
		host := newIssuer(t, c)
		host.arc = emv.ARC(code[0])<<8 | emv.ARC(code[1])
		approving := tillApproving(t, host.arc)
		result, _ := insertion{chip: icc, online: host, pins: []string{oldPIN}, till: approving}.run(t)
		agreed := slices.Contains(profile.DefaultApprovalCodes(), host.arc)
		assert.Equal(t, agreed, result.Outcome == kernel.ApprovedOnline, "%s: %s", code, result.Reason)
	}
}

// TestScriptInADeclinedAnswer: a decline carries the script as well.
func TestScriptInADeclinedAnswer(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	host := newIssuer(t, c)
	host.newPIN, host.arc = mustPIN(t, "2580"), '0'<<8|'5'
	result, _ := insertion{chip: icc, online: host, pins: []string{"1234"}}.run(t)
	assert.Equal(t, kernel.DeclinedOnline, result.Outcome)
	require.Len(t, result.ScriptResults, 1)
	assert.Equal(t, emv.ScriptSuccessful, result.ScriptResults[0].Outcome)
	_, holder := insertion{chip: icc, online: newIssuer(t, c), pins: []string{"2580"}}.run(t)
	require.NoError(t, holder.Done())
}

// TestTapDeliversNothing: a tap sends one cryptogram and never a script.
func TestTapDeliversNothing(t *testing.T) {
	c := personalised(t, "amex-pin")
	icc := open(t, issue(t, c))
	host := newIssuer(t, c)
	host.newPIN = mustPIN(t, "2580")
	result, _ := insertion{chip: icc, online: host, tap: true}.run(t)
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	assert.Empty(t, result.ScriptResults)
	require.Len(t, host.atcs, 1)
	status := icc.Status()[0]
	assert.Equal(t, host.atcs[0], status.ATC)
	assert.Zero(t, status.ScriptCount)

	quiet := newIssuer(t, c)
	_, holder := insertion{chip: icc, online: quiet, pins: []string{"1234"}}.run(t)
	require.NoError(t, holder.Done(), "the old PIN still works")
	assert.Zero(t, quiet.seen[0].ScriptCount)
	assert.False(t, quiet.seen[0].Has(emv.CVRLastOnlineNotCompleted), "a tap is no transaction that was not completed")
}
