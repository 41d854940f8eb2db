package authorization

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
)

// said are the action codes that the host sends in answer to a request beside those
// of reasons, with where they come from.
var said = map[message.ActionCode]string{
	message.ActionNoCardRecord:      "account that is not known",
	message.ActionDuplicate:         "another message under a used key",
	message.ActionIssuerUnavailable: "stand-in",
	message.ActionFormatError:       "request that can not be read",
}

// TestEveryActionCodeHasItsOwnResponseCode: what the host answers to a request reaches
// the terminal as it was meant in each dialect, and as a response code (tag 8A) that
// means nothing else.
func TestEveryActionCodeHasItsOwnResponseCode(t *testing.T) {
	codes := map[message.ActionCode]string{}
	for r, row := range rows {
		require.NotEmpty(t, row.text, r)
		codes[row.action] = row.text
	}
	for a, where := range said {
		codes[a] = where
	}
	meaning := map[string]message.ActionCode{}
	for a, where := range codes {
		arc := a.ResponseCode().String()
		if other, taken := meaning[arc]; taken {
			t.Errorf("%s (%s) is %s, as is %s", a, where, arc, other)
		}
		meaning[arc] = a
		assert.NotEmpty(t, a.Text(), a)
		for _, name := range message.Names() {
			d, err := message.Named(name)
			require.NoError(t, err)
			assert.Equal(t, a, throughWire(t, d, a), "%s, %s", where, name)
		}
	}
	assert.Equal(t, message.ActionDoNotHonour, meaning["05"], "nothing falls to 05 but what means it")
	assert.Equal(t, message.ActionApproved, meaning["00"])
	assert.NotContains(t, meaning, "04")
}

func throughWire(t *testing.T, d *message.Dialect, a message.ActionCode) message.ActionCode {
	t.Helper()
	m := &message.AuthorizationResponse{ActionCode: a}
	m.Header = message.Header{STAN: 47, Terminal: "TILL0001", Transmission: message.TransmissionDateTime{Month: 11, Day: 23}}
	b, err := d.Pack(m)
	require.NoError(t, err)
	back, err := d.Unpack(b)
	require.NoError(t, err)
	return back.(*message.AuthorizationResponse).ActionCode
}
