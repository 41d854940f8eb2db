package issuertest_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
)

// example stands in for the *testing.T that a test has.
type example struct {
	testing.TB
	cleanups []func()
}

func (*example) Helper()                        {}
func (e *example) Cleanup(f func())             { e.cleanups = append(e.cleanups, f) }
func (*example) Errorf(format string, a ...any) { fmt.Printf(format, a...) }
func (*example) FailNow()                       { panic("example failed") }

func (e *example) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}

// A purchase with an inserted card against a whole issuer, over TCP.
func ExampleNewServer() {
	t := &example{} // in a test: t *testing.T
	defer t.end()

	s := issuertest.NewServer(t, issuertest.ServerOptions{})
	purchase := s.Card.Begin(t, issuertest.Insertion{Amount: 12_34, Offline: issuertest.CardPIN})
	answer := s.Send(t, purchase.Request).(*message.AuthorizationResponse)

	fmt.Println(answer.ActionCode == message.ActionApproved, answer.ICCData.IsZero())
	// Output: true false
}

// TestServer takes a changed PIN to the chip of a server, and checks its data.
func TestServer(t *testing.T) {
	s := issuertest.NewServer(t, issuertest.ServerOptions{Delivered: true})
	buy := func(in issuertest.Insertion) message.ActionCode {
		attempt := s.Card.Begin(t, in)
		answer := s.Send(t, attempt.Request).(*message.AuthorizationResponse)
		return answer.ActionCode
	}
	assert.NotEqual(t, message.ActionApproved, buy(issuertest.Insertion{Amount: 100, Offline: issuertest.CardPIN}), "not activated")
	card := "/v1/cards/" + s.Ref.String()
	status, text := s.Ask(t, http.MethodPost, card+"/activate", "")
	require.Equal(t, http.StatusOK, status, text)
	status, text = s.Ask(t, http.MethodPut, card+"/pin", `{"pin":"8361","password":"`+issuertest.Password+`"}`)
	require.Equal(t, http.StatusOK, status, text)
	assert.Contains(t, text, `"pin":"pending"`)
	assert.Equal(t, message.ActionApproved, buy(issuertest.Insertion{Amount: 100, Online: issuertest.CardPIN}), "the old PIN")
	s.Close()
	s.Close()
	report, err := issuer.Check(t.Context(), s.Data, hsm.KEK{File: s.KEK})
	require.NoError(t, err)
	assert.Empty(t, report.Findings)
	assert.Equal(t, 1, report.Cards)
}

// TestServersLieApart: many at once, each with its own directory, which goes.
func TestServersLieApart(t *testing.T) {
	var data []string
	t.Run("both", func(t *testing.T) {
		for range 2 {
			s := issuertest.NewServer(t, issuertest.ServerOptions{Profile: "amex"})
			data = append(data, s.Data)
			order := s.Card.Order(t, 100)
			assert.Equal(t, message.ActionApproved, s.Send(t, order).(*message.AuthorizationResponse).ActionCode)
		}
	})
	assert.NotEqual(t, data[0], data[1])
	for _, d := range data {
		_, err := os.Stat(d)
		assert.ErrorIs(t, err, os.ErrNotExist)
	}
}
