package message_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestTransmissionNear(t *testing.T) {
	for name, c := range map[string]struct{ sent, now, want string }{
		"same year":       {"2026-11-23T14:05:59Z", "2026-11-23T14:06:00Z", "2026-11-23T14:05:59Z"},
		"last year":       {"2026-12-31T23:59:59Z", "2027-01-01T00:00:04Z", "2026-12-31T23:59:59Z"},
		"clock in front":  {"2027-01-01T00:00:01Z", "2026-12-31T23:59:58Z", "2027-01-01T00:00:01Z"},
		"another zone":    {"2027-01-01T00:00:01Z", "2027-01-01T01:00:02+01:00", "2027-01-01T00:00:01Z"},
		"leap day":        {"2028-02-29T12:00:00Z", "2028-02-29T12:00:01Z", "2028-02-29T12:00:00Z"},
		"not in its year": {"2026-06-30T00:00:00Z", "2027-03-01T00:00:00Z", "2027-06-30T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(s string) time.Time {
				parsed, err := time.Parse(time.RFC3339, s)
				require.NoError(t, err)
				return parsed
			}
			assert.Equal(t, at(c.want), message.TransmissionDateTimeOf(at(c.sent)).Near(at(c.now)))
		})
	}
	assert.Equal(t, "1123140559", header(t, false, false).Transmission.String())
}

func TestLocalDateTime(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	at := time.Date(2026, time.November, 23, 15, 5, 58, 0, zone)
	local := message.LocalDateTimeOf(at)
	assert.Equal(t, header(t, false, false).Local, local)
	assert.True(t, at.Equal(local.In(zone)))
	assert.Equal(t, "2026-11-23 15:05:58", local.String())
}

func TestPOSDataCode(t *testing.T) {
	for _, s := range []string{"510101511344", "510101513344", "510101500344", "100050100110", "M1010151Z344"} {
		p, err := message.ParsePOSDataCode(s)
		require.NoError(t, err)
		assert.Equal(t, s, p.String())
		assert.Len(t, p.Texts(), 12)
	}
	online := pos(t, "510101513344")
	assert.Equal(t, byte('1'), online.CardholderAuthMethod)
	assert.Equal(t, byte('3'), online.CardholderAuthEntity)
	assert.Equal(t, "position 9, cardholder authentication entity: 3, authorizing agent", online.Texts()[8])
	assert.Equal(t, "position 8, cardholder authentication method: Z, not known", pos(t, "M101015Z3344").Texts()[7])
	for _, s := range []string{"", "51010151134", "5101015113444", "51010151134 ", "51010151134-"} {
		_, err := message.ParsePOSDataCode(s)
		require.ErrorIs(t, err, emv.ErrMalformed)
	}
}

func TestCodes(t *testing.T) {
	assert.True(t, message.ActionApprovedPartially.Approves())
	assert.False(t, message.ActionDoNotHonour.Approves())
	assert.True(t, message.ActionPickUpStolenCard.PicksUp())
	assert.False(t, message.ActionReversalAccepted.PicksUp())
	assert.Equal(t, "000 approved", message.ActionApproved.String()+" "+message.ActionApproved.Text())
	assert.Empty(t, message.ActionCode(999).Text())
	assert.Equal(t, "831 echo test", message.EchoTest.String()+" "+message.EchoTest.Text())
	assert.Equal(t, "4021 timeout waiting for response", message.TimeoutWaitingForResponse.String()+" "+message.TimeoutWaitingForResponse.Text())
	assert.Equal(t, message.Cash, message.ProcessingCode(12030).Type())
	assert.Equal(t, "012030 cash", message.ProcessingCode(12030).String()+" "+message.ProcessingCode(12030).Text())
	assert.Equal(t, "unknown message", message.Kind(99).String())
}

func TestCardNotPresentIsStrict(t *testing.T) {
	m, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
	m.CardNotPresent = message.CardNotPresent{CID: secret.New([]byte("4321")), ECI: "05"}
	good := "0014" + "30313034" + "34333231" + "30323032" + "3035"
	b := vectors.Bytes(pack(t, message.ISO93(), m)).String()
	require.Contains(t, b, good)
	for name, bad := range map[string]string{
		"tag twice":          "0016" + "30313034" + "34333231" + "30313034" + "34333231",
		"tags fall":          "0014" + "30323032" + "3035" + "30313034" + "34333231",
		"unknown tag":        "0006" + "30393032" + "3035",
		"runs past the end":  "0006" + "30323033" + "3035",
		"cut head":           "0003" + "303230",
		"head of letters":    "0006" + "30413032" + "3035",
		"CID of two":         "0006" + "30313032" + "3434",
		"CID of letters":     "0007" + "30313033" + "34343F",
		"ECI of one":         "0005" + "30323031" + "35",
		"AEVV of two digits": "0006" + "30333032" + "3035",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.ISO93().Unpack(vectors.Unhex(t, replaceOnce(t, b, good, bad)))
			requireElement(t, err, 48, "")
		})
	}
}

func TestOriginalDataIsStrict(t *testing.T) {
	m, _ := full(t, message.KindReversal).(*message.Reversal)
	m.Original = message.Original(full(t, message.KindAuthorizationRequest))
	b := vectors.Bytes(pack(t, message.ISO93(), m)).String()
	good := "33" + "01100000047261123150558" + "09673805001"
	require.Contains(t, b, good)
	for name, bad := range map[string]string{
		"short":               "23" + "0" + "11000000472611231505580"[:23],
		"unknown MTI":         "33" + "01199000047261123150558" + "09673805001",
		"no such day":         "33" + "01100000047261132150558" + "09673805001",
		"length too small":    "33" + "01100000047261123150558" + "08673805001",
		"length too large":    "33" + "01100000047261123150558" + "10673805001",
		"institution of none": "24" + "1100000047261123150558" + "01",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.ISO93().Unpack(vectors.Unhex(t, replaceOnce(t, b, good, bad)))
			requireElement(t, err, 56, "")
		})
	}
}
