package timeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
)

const testPAN = "374245001741007"

var now = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// request is an authorisation request with an account number and a PIN block.
func request(t *testing.T) []byte {
	t.Helper()
	pan, err := account.ParsePAN([]byte(testPAN))
	require.NoError(t, err)
	m := &message.AuthorizationRequest{
		Header: message.Header{
			STAN: 1, Terminal: "TILL0001", CardAcceptor: "SHOP", SecurityControl: secret.New(bytes.Repeat([]byte{1}, 10)),
			Transmission: message.TransmissionDateTimeOf(now), Local: message.LocalDateTimeOf(now),
		},
		Transaction: message.Transaction{PAN: pan, Amount: 999, Currency: 840, FunctionCode: message.OriginalAuthorization, POSDataCode: orderCode(t)},
		PINBlock:    secret.New([]byte("\xDE\xAD\xBE\xEF\xDE\xAD\xBE\xEF")),
	}
	b, err := message.ISO93().Pack(m)
	require.NoError(t, err)
	return b
}

func orderCode(t *testing.T) message.POSDataCode {
	t.Helper()
	c, err := message.ParsePOSDataCode("100050100140")
	require.NoError(t, err)
	return c
}

// TestOrderAndMasking: what travelled stands in the order in which it came, under its
// chapter, without what must not be shown.
func TestOrderAndMasking(t *testing.T) {
	line := timeline.New(message.ISO93())
	line.Chapter("first")
	line.Message(host.Event{Message: request(t)})
	line.Fault("the line is dead")
	line.Chapter("second")
	line.Request(channel.Event{Asked: channel.Asked{Member: 2, Door: member.App}, Action: member.ChangePIN, Status: channel.Status{PIN: channel.Pending}})
	line.Request(channel.Event{Asked: channel.Asked{Member: 1, Door: member.Web}, Action: member.CreatePIN, Err: errors.New("not-allowed")})
	line.Message(host.Event{Sent: true, Message: []byte("no message")})

	events, err := line.Events(0)
	require.NoError(t, err)
	var places []timeline.Place
	for i, e := range events {
		assert.Equal(t, i+1, e.Number)
		places = append(places, e.Place)
	}
	assert.Equal(t, []timeline.Place{timeline.Message, timeline.Fault, timeline.Member, timeline.Member, timeline.Message}, places)
	assert.Equal(t, "second", events[2].Chapter)
	assert.True(t, events[0].IsAuthorization())
	assert.Equal(t, "host", events[4].From)

	var text bytes.Buffer
	require.NoError(t, line.WriteText(&text))
	encoded, err := json.Marshal(line)
	require.NoError(t, err)
	for _, written := range []string{text.String(), string(encoded)} {
		for _, hidden := range []string{testPAN, "DEADBEEF", "deadbeef", "\xDE\xAD"} {
			assert.NotContains(t, written, hidden)
		}
		for _, shown := range []string{"374245*****1007", "the line is dead", "change PIN", "refused: not-allowed"} {
			assert.Contains(t, written, shown)
		}
	}
	assert.Regexp(t, `(?s)^# first\n.*message  terminal to host: 1100.*fault    the line.*# second\n.*member   member`, text.String())
	later, err := line.Events(2)
	require.NoError(t, err)
	assert.Equal(t, events[2:], later)
}
