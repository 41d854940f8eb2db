package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
)

func TestIsTestNumber(t *testing.T) {
	for digits, want := range map[string]bool{
		"374245001741007": true, "5413330089600044": true, "4761340000000050": true, "1234560012345608": true,
		"374244001741007": false, "5413340089600044": false, "4929000000006": false, "37424": false, "": false,
	} {
		var pan account.PAN
		if len(digits) >= 8 {
			var err error
			pan, err = account.ParsePAN([]byte(digits))
			require.NoError(t, err)
		}
		assert.Equal(t, want, pan.IsTestNumber(), digits)
	}
	prefixes := account.TestPrefixes()
	prefixes[0] = ""
	assert.NotEqual(t, prefixes, account.TestPrefixes(), "a copy")
}
