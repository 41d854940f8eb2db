package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestRefuse(t *testing.T) {
	for name, c := range map[string]struct{ old, new, code, terminal string }{
		"wrong digit, all is echoed":     {"000000123456", "00000012345A", "000004", "TILL0001"},
		"chip data, all is echoed":       {"82021C009C00", "82021C009C01", "000055", "TILL0001"},
		"unknown element, nothing after": {"72340580A8C09200", "72341580A8C09200", "000020", ""},
	} {
		t.Run(name, func(t *testing.T) {
			request := vectors.Unhex(t, strings.Replace(requestByHand, c.old, c.new, 1))
			_, cause := message.ISO93().Unpack(request)
			require.Error(t, cause)
			b, err := message.ISO93().Refuse(request, cause)
			require.NoError(t, err)
			m, err := message.ISO93().Unpack(b)
			require.NoError(t, err)
			response, ok := m.(*message.AuthorizationResponse)
			require.True(t, ok)
			assert.Equal(t, message.ActionFormatError, response.ActionCode)
			assert.Equal(t, c.code, response.ApprovalCode)
			assert.Equal(t, uint32(47), response.STAN)
			assert.Equal(t, c.terminal, response.Terminal)
			assert.True(t, response.PAN.IsZero())
		})
	}
}

// TestRefuseKinds refuses a message of each kind that has bytes left over.
func TestRefuseKinds(t *testing.T) {
	for _, k := range kinds {
		request := append(pack(t, message.ISO93(), full(t, k)), 0)
		_, cause := message.ISO93().Unpack(request)
		b, err := message.ISO93().Refuse(request, cause)
		if !k.IsRequest() {
			require.ErrorIs(t, err, emv.ErrMalformed)
			continue
		}
		require.NoError(t, err)
		m, err := message.ISO93().Unpack(b)
		require.NoError(t, err)
		assert.Equal(t, k.Response(), m.Kind())
		assert.Equal(t, full(t, k).Head().MatchKey(), m.Head().MatchKey())
	}
}

func TestRefuseNeedsToKnowWhat(t *testing.T) {
	for name, request := range map[string][]byte{
		"nothing":              nil,
		"unknown message type": vectors.Unhex(t, "1999"),
		"no transmission time": vectors.Unhex(t, strings.Replace(strings.Replace(echo, "0230", "0030", 1), "1123140559", "", 1)),
		"STAN of letters":      vectors.Unhex(t, strings.Replace(echo, "000047", "0000AF", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			_, cause := message.ISO93().Unpack(request)
			_, err := message.ISO93().Refuse(request, cause)
			require.ErrorIs(t, err, emv.ErrMalformed)
		})
	}
}
