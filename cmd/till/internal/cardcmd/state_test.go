package cardcmd

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware/card"
)

// TestStateInWords: offline counters are told of cards that have limits for them,
// the log and the issuer's wish where there is something to tell.
func TestStateInWords(t *testing.T) {
	limited := image.Application{PINTryLimit: 3, Risk: image.Risk{LowerCount: 0x9F58}}
	words := func(a image.Application, s card.Status) string {
		var table cli.Table
		describeState(a, s).addTo(&table)
		var out bytes.Buffer
		require.NoError(t, table.Print(&out))
		return out.String()
	}
	used := card.Status{OfflineCount: 2, OfflineAmount: 1500, Logged: 3, GoOnlineNext: true}
	assert.Contains(t, words(limited, used), "2, of amounts 1500 in the smallest unit")
	assert.Contains(t, words(limited, used), "3 in it")
	assert.Contains(t, words(limited, used), "online, as the issuer has asked")
	plain := words(image.Application{PINTryLimit: 3}, card.Status{})
	for _, absent := range []string{"approved offline", "transaction log", "next transaction", "blocked"} {
		assert.NotContains(t, plain, absent)
	}
	assert.Contains(t, words(limited, card.Status{}), "0, of amounts 0 in the smallest unit")
}
