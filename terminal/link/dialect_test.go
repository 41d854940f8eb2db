package link

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// TestItemsOfAnotherDialect: what is due is read again in the dialect that the link
// speaks, in another of the same edition, and not across editions.
func TestItemsOfAnotherDialect(t *testing.T) {
	request := &message.AuthorizationRequest{Header: answerTo(1).Header}
	request.Terminal = "TILL0001"
	reversal := &message.Reversal{Header: request.Header, Original: message.Original(request)}
	reversal.PAN = testPAN(t)
	reversal.Currency, reversal.FunctionCode, reversal.ReasonCode = 840, message.FullReversal, message.TerminalCannotComplete
	content, err := encodeItem(message.ISO93(), queue.Item{Kind: queue.Reversal, Phase: queue.Due}, reversal)
	require.NoError(t, err)
	for _, d := range []*message.Dialect{message.ISO93(), message.ISO93AES(), message.AGNS93()} {
		_, m, err := parseItem(d, content)
		require.NoError(t, err)
		assert.Equal(t, message.KindReversal, m.Kind())
	}
	_, _, err = parseItem(message.ISO87(), content)
	require.ErrorContains(t, err, "what is due was written in dialect iso93: use it until all is acknowledged")

	content, err = encodeItem(message.ISO87(), queue.Item{Kind: queue.Reversal, Phase: queue.Due}, reversal)
	require.NoError(t, err)
	_, m, err := parseItem(message.ISO87(), content)
	require.NoError(t, err)
	assert.Equal(t, uint32(1), m.(*message.Reversal).Original.STAN)
}

func testPAN(t *testing.T) account.PAN {
	t.Helper()
	p, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	return p
}
