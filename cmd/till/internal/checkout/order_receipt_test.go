package checkout

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// TestReceiptOfAnOrderNotKept: an approved order stands, and ends as one, where its
// receipt can not be kept.
func TestReceiptOfAnOrderNotKept(t *testing.T) {
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	j, err := journal.Open(journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: key})
	require.NoError(t, err)
	r := orderReceipt{answer: &link.OrderAnswer{ActionCode: message.ActionApproved}}
	var told bytes.Buffer
	r.keep(&online{journal: j}, &told)
	assert.Empty(t, told.String())
	require.NoError(t, j.Close())
	r.keep(&online{journal: j}, &told)
	assert.Contains(t, told.String(), "till: no copy of this receipt could be kept: keep this one")
	assert.NoError(t, r.verdict(t.Context()))
}
