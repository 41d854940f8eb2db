package apdu_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/testdata/vectors"
)

// playback is a card that expects commands, in order, and answers each.
type playback struct {
	t     *testing.T
	steps []step
}

type step struct{ command, response string }

func (p *playback) Transmit(_ context.Context, command []byte) ([]byte, error) {
	require.NotEmpty(p.t, p.steps, "a command after the last one expected: %X", command)
	next := p.steps[0]
	p.steps = p.steps[1:]
	require.Equal(p.t, vectors.Unhex(p.t, next.command), command)
	return vectors.Unhex(p.t, next.response), nil
}

func TestExchange(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"whole answer":             {[]step{{"0084000000", "11223344556677889000"}}, "11223344556677889000"},
		"bytes available":          {[]step{{"0084000000", "6108"}, {"00C0000008", "11223344556677889000"}}, "11223344556677889000"},
		"wrong Le":                 {[]step{{"0084000000", "6C08"}, {"0084000008", "11223344556677889000"}}, "11223344556677889000"},
		"in three parts":           {[]step{{"0084000000", "1122336103"}, {"00C0000003", "4455666102"}, {"00C0000002", "77889000"}}, "11223344556677889000"},
		"wrong Le in GET RESPONSE": {[]step{{"0084000000", "6100"}, {"00C0000000", "6C02"}, {"00C0000002", "77889000"}}, "77889000"},
		"wrong Le, then in parts":  {[]step{{"0084000000", "6C08"}, {"0084000008", "6108"}, {"00C0000008", "11223344556677889000"}}, "11223344556677889000"},
		"data with wrong Le":       {[]step{{"0084000000", "11226C08"}, {"0084000008", "11223344556677889000"}}, "11223344556677889000"},
		"part, then wrong Le":      {[]step{{"0084000000", "1122336100"}, {"00C0000000", "446C03"}, {"00C0000003", "4455669000"}}, "1122334455669000"},
		"error":                    {[]step{{"0084000000", "6D00"}}, "6D00"},
		"data behind a warning":    {[]step{{"0084000000", "AA6283"}}, "AA6283"},
	} {
		t.Run(name, func(t *testing.T) {
			card := &playback{t, c.steps}
			r, err := apdu.Exchange(t.Context(), card, apdu.GetChallenge())
			require.NoError(t, err)
			assert.Equal(t, vectors.Unhex(t, c.want), r.Encode())
			assert.Empty(t, card.steps, "commands that were not sent")
		})
	}
}

// transmitter is a card that is one function.
type transmitter func([]byte) ([]byte, error)

func (f transmitter) Transmit(_ context.Context, command []byte) ([]byte, error) { return f(command) }

func TestExchangeIsBounded(t *testing.T) {
	for name, response := range map[string]string{"61xx for ever": "AA6101", "6Cxx for ever": "6C01"} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			_, err := apdu.Exchange(t.Context(), transmitter(func([]byte) ([]byte, error) {
				sent++
				return vectors.Unhex(t, response), nil
			}), apdu.GetChallenge())
			require.ErrorIs(t, err, emv.ErrMalformed)
			require.ErrorIs(t, err, apdu.ErrEndless)
			assert.Equal(t, 16, sent)
		})
	}
}

// TestWrongLeOfCommandWithoutLe: 6Cxx is a status word like any other to a
// command that asks for no data, so it is not carried out twice.
func TestWrongLeOfCommandWithoutLe(t *testing.T) {
	for name, c := range map[string]struct {
		command  apdu.Command
		steps    []step
		response string
	}{
		"case 1":                 {apdu.Command{CLA: 0x84, INS: 0x1E}, []step{{"841E0000", "6C08"}}, "6C08"},
		"case 3":                 {apdu.ExternalAuthenticate([]byte{1, 2, 3}), []step{{"0082000003010203", "6C00"}}, "6C00"},
		"case 3, data":           {apdu.ExternalAuthenticate([]byte{1}), []step{{"008200000101", "AA6C08"}}, "AA6C08"},
		"case 3, GET RESPONSE":   {apdu.ExternalAuthenticate([]byte{1}), []step{{"008200000101", "6100"}, {"00C0000000", "6C01"}, {"00C0000001", "AA9000"}}, "AA9000"},
		"case 4 is sent with xx": {apdu.InternalAuthenticate([]byte{1}), []step{{"00880000010100", "6C01"}, {"00880000010101", "AA9000"}}, "AA9000"},
	} {
		t.Run(name, func(t *testing.T) {
			card := &playback{t, c.steps}
			r, err := apdu.Exchange(t.Context(), card, c.command)
			require.NoError(t, err)
			assert.Equal(t, vectors.Unhex(t, c.response), r.Encode())
			assert.Empty(t, card.steps, "commands that were not sent")
		})
	}
}

func TestExchangeFails(t *testing.T) {
	removed := errors.New("card removed")
	_, err := apdu.Exchange(t.Context(), transmitter(func([]byte) ([]byte, error) { return nil, removed }), apdu.GetChallenge())
	assert.ErrorIs(t, err, removed)
	_, err = apdu.Exchange(t.Context(), transmitter(func([]byte) ([]byte, error) { return []byte{0x90}, nil }), apdu.GetChallenge())
	assert.ErrorIs(t, err, emv.ErrMalformed)
	assert.NotErrorIs(t, err, apdu.ErrEndless)
	_, err = apdu.Exchange(t.Context(), transmitter(func([]byte) ([]byte, error) {
		t.Error("a command was sent that has no encoding")
		return nil, nil
	}), apdu.ExternalAuthenticate(make([]byte, 256)))
	assert.Error(t, err)
}

func TestExchangeWipesPIN(t *testing.T) {
	var sent []byte
	_, err := apdu.Exchange(t.Context(), transmitter(func(command []byte) ([]byte, error) {
		sent = command
		return []byte{0x90, 0x00}, nil
	}), apdu.VerifyPlaintext(vectors.Unhex(t, "241234FFFFFFFFFF")))
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 13), sent)
}
