package pinlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// evidenceBy is the evidence table of docs/pin-lifecycle.md, section 4, written
// another way: by failed bit, LONC and whether the base was 0.
var evidenceBy = map[[3]bool]pinlife.Evidence{
	{false, false, true}:  pinlife.Applied,
	{false, false, false}: pinlife.Applied,
	{false, true, true}:   pinlife.Applied,
	{false, true, false}:  pinlife.NoEvidence,
	{true, false, true}:   pinlife.NotApplied,
	{true, false, false}:  pinlife.NotApplied,
	{true, true, true}:    pinlife.NoEvidence,
	{true, true, false}:   pinlife.NoEvidence,
}

func TestEvidence(t *testing.T) {
	for row, want := range evidenceBy {
		for count := range uint8(16) {
			for base := range uint8(16) {
				if row[2] != (base == 0) {
					continue
				}
				c := pinlife.CVR{ScriptCount: count, ScriptFailed: row[0], LastOnlineNotCompleted: row[1]}
				expected := want
				if count == 0 {
					expected = pinlife.NotApplied
				}
				assert.Equal(t, expected, c.Evidence(base), "%+v, base %d", c, base)
			}
		}
	}
}

func TestEvidenceOfCyclicCount(t *testing.T) {
	for name, test := range map[string]struct {
		count, base      uint8
		received, failed bool
		want             pinlife.Evidence
	}{
		"not moved":           {count: 3, base: 3, received: true, want: pinlife.NotApplied},
		"not moved from 0":    {count: 0, base: 0, want: pinlife.NotApplied},
		"moved by one":        {count: 4, base: 3, received: true, want: pinlife.Applied},
		"moved past 15":       {count: 0, base: 15, received: true, want: pinlife.Applied},
		"moved, failed":       {count: 4, base: 3, received: true, failed: true, want: pinlife.NoEvidence},
		"moved, not received": {count: 4, base: 3, want: pinlife.NoEvidence},
		"moved by two":        {count: 5, base: 3, received: true, want: pinlife.NoEvidence},
		"moved back":          {count: 2, base: 3, received: true, want: pinlife.NoEvidence},
	} {
		t.Run(name, func(t *testing.T) {
			c := pinlife.CVR{Cyclic: true, ScriptCount: test.count, ScriptReceived: test.received, ScriptFailed: test.failed, LastOnlineNotCompleted: true}
			assert.Equal(t, test.want, c.Evidence(test.base))
		})
	}
}
