package bench_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/terminal/kernel"
)

// verifyWith has a card that was just powered verify a PIN in plaintext.
func verifyWith(t *testing.T, c hardware.Card, digits string) (sw apdu.SW) {
	t.Helper()
	block, err := pin.Encode(pin.Format2, mustPIN(t, digits), account.PAN{}, nil)
	require.NoError(t, err)
	block.Open(func(clear []byte) { sw = send(t, c, apdu.VerifyPlaintext(clear)).SW })
	return sw
}

// TestStatesOfProfiles holds the table at the head of docs/card.md: the cards that
// begin in a state show it.
func TestStatesOfProfiles(t *testing.T) {
	fresh := func(name string) *card.ICC { return open(t, issue(t, personalised(t, name))) }
	for name, want := range map[string]apdu.SW{
		"amex": 0x6984, "amex-pin-blocked": 0x6983, "amex-last-try": 0x63C0, "amex-pin": 0x63C2,
	} {
		assert.Equal(t, want, verifyWith(t, session(t, fresh(name)), "9999"), name)
	}
	blocked, err := fresh("amex-blocked").PowerOn(hardware.Contact)
	require.NoError(t, err)
	assert.Equal(t, apdu.SW(0x6283), send(t, blocked, apdu.Select(personalised(t, "amex-blocked").Image.Applications[0].Name, apdu.First)).SW)
}

// TestUnknownScript: a card of amex-no-scripts answers 6D00, and the terminal says so.
func TestUnknownScript(t *testing.T) {
	c := personalised(t, "amex-no-scripts")
	icc := open(t, issue(t, c))
	host := newIssuer(t, personalised(t, "amex-pin"))
	host.keys = c.Image.Applications[0].Keys
	host.newPIN = mustPIN(t, "2580")
	result, _ := insertion{chip: icc, online: host, pins: []string{oldPIN}}.run(t)
	assert.Equal(t, kernel.ApprovedOnline, result.Outcome)
	require.Len(t, result.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, result.ScriptResults[0].Outcome)
	assert.True(t, result.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	assert.True(t, accepts(t, issue(t, c), oldPIN))
	assert.Zero(t, icc.Status()[0].ScriptCount, "it is not counted")
}

// TestLimitsOfProfile: after three approvals offline amex-limits wants to go online,
// and hears the issuer again from then on.
func TestLimitsOfProfile(t *testing.T) {
	c := personalised(t, "amex-limits")
	icc := open(t, issue(t, c))
	online := schemesProfile(t, "demo")
	online.Applications[0].FloorLimit = 100_00
	buy := func() (kernel.Outcome, int) {
		host := newIssuer(t, c)
		result, _ := insertion{chip: icc, online: host, pins: []string{oldPIN}, till: kernelOf(t, online)}.run(t)
		return result.Outcome, len(host.seen)
	}
	for n, want := range []kernel.Outcome{
		kernel.ApprovedOnline, // a new card
		kernel.ApprovedOffline, kernel.ApprovedOffline, kernel.ApprovedOffline,
		kernel.ApprovedOnline, // the lower limit
		kernel.ApprovedOffline,
	} {
		got, asked := buy()
		assert.Equal(t, want, got, n)
		assert.Equal(t, want == kernel.ApprovedOnline, asked == 1, n)
	}
	assert.Equal(t, 5, icc.Status()[0].Logged, "the log keeps five")
}
