package apdu_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/apdu"
)

func TestKnownName(t *testing.T) {
	for name, want := range map[string]bool{
		apdu.GetChallenge().Name(): true, "PIN CHANGE/UNBLOCK": true, "GENERATE AC": true,
		apdu.Command{CLA: 0x90}.Name(): false, "generate ac": false, "": false,
	} {
		assert.Equal(t, want, apdu.KnownName(name), name)
	}
}
