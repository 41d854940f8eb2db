package kernel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// requireFindings wants one finding for each bit of the TVR that is set, and none
// for another.
func requireFindings(t testing.TB, r *kernel.Result) {
	t.Helper()
	var found emv.TVR
	for _, f := range r.Findings {
		require.False(t, found.Has(f.Bit), "%s is found twice", f.Bit)
		found.Set(f.Bit)
		require.Regexp(t, `^Book [1-4], [0-9.]+$`, f.Rule)
		require.NotEmpty(t, f.Why)
	}
	require.Equal(t, r.TVR, found)
}

// TestFindings tells the values that were compared.
func TestFindings(t *testing.T) {
	find := func(r *kernel.Result, bit emv.Bit[emv.TVR]) string {
		for _, f := range r.Findings {
			if f.Bit == bit {
				return f.Phase.String() + ", " + f.Rule + ": " + f.Why
			}
		}
		return "none"
	}
	b := newBench(t)
	b.records[0x9F08], b.records[0x9F07], b.records[0x5F25] = "0003", "C300", "270101"
	b.records[0x9F14], b.records[0x9F23] = "02", "09"
	b.records[0x8E] = "0000000000000000" + "2000"
	b.card.answers["80CA9F36"], b.card.answers["80CA9F13"] = []string{"9F360200089000"}, []string{"9F130200059000"}
	b.tx.ForceOnline = true
	r := b.run()
	for bit, want := range map[emv.Bit[emv.TVR]]string{
		emv.TVROfflineDataAuthenticationNotPerformed: "offline data authentication, Book 3, 10.3: not performed: AIP 1C00 and capabilities E0F8C8 have no method in common",
		emv.TVRApplicationVersionsDiffer:             "processing restrictions, Book 3, 10.4.1: application version 0003 of the card is none of the terminal's [0001 0002]",
		emv.TVRRequestedServiceNotAllowed:            "processing restrictions, Book 3, 10.4.2: AUC C300 does not have domestic-goods or domestic-services",
		emv.TVRApplicationNotYetEffective:            "processing restrictions, Book 3, 10.4.3: effective from 2027-01-01, today is 2026-11-01",
		emv.TVRUnrecognisedCVM:                       "cardholder verification, Book 3, 10.5: rule 1: CVM 20 is none that EMV defines",
		emv.TVRCardholderVerificationNotSuccessful:   "cardholder verification, Book 3, 10.5: rule 1: the rule is unrecognised and does not lead to the next one",
		emv.TVRMerchantForcedOnline:                  "terminal risk management, Book 3, 10.6: merchant forces the transaction online",
		emv.TVRFloorLimitExceeded:                    "terminal risk management, Book 3, 10.6.1: amount 12.00 reaches the floor limit of 0.00",
		emv.TVRLowerConsecutiveOfflineLimitExceeded:  "terminal risk management, Book 3, 10.6.3: lower limit: ATC 8, last online 5: 3 in a row, limit 2",
		emv.TVRUpperConsecutiveOfflineLimitExceeded:  "none",
	} {
		assert.Equal(t, want, find(r, bit))
	}
}

// TestFindingStands keeps the first reason of a bit.
func TestFindingStands(t *testing.T) {
	b := newBench(t)
	b.online.response.Scripts = [][]byte{script("72", "8424000001AA"), script("72", "00")}
	r := b.run()
	require.Len(t, r.Findings, 3, "no ODA, floor limit, script")
	assert.Equal(t, emv.TVRScriptFailedAfterFinalGenerateAC, r.Findings[2].Bit)
	assert.Equal(t, "template 72: failed, command 1", r.Findings[2].Why)
}
