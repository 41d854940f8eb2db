package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// wire serves one connection: it approves requests with that chip data, and shows
// all that it got.
func wire(t *testing.T, icc []byte, got chan<- message.Message) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			for {
				b, err := message.FramingBinary.ReadMessage(far)
				if err != nil {
					return
				}
				m, err := message.ISO93().Unpack(b)
				if !assert.NoError(t, err) {
					return
				}
				got <- m
				if b, err = message.ISO93().Pack(answerTo(m, icc)); assert.NoError(t, err) {
					_ = message.FramingBinary.WriteMessage(far, b)
				}
			}
		}()
		return near, nil
	}
}

func answerTo(m message.Message, icc []byte) message.Message {
	header := m.Head().Reply()
	switch m.(type) {
	case *message.Advice:
		return &message.AdviceResponse{Acknowledgement: message.Acknowledgement{Header: header}}
	case *message.Reversal:
		return &message.ReversalResponse{Acknowledgement: message.Acknowledgement{Header: header}}
	}
	return &message.AuthorizationResponse{Header: header, ICCData: secret.New(icc)}
}

// sealKey is the key of a journal.
func sealKey(t *testing.T) secret.Key {
	t.Helper()
	key, err := secret.NewAES(bytes.Repeat([]byte{7}, 16))
	require.NoError(t, err)
	return key
}

// TestTerminalOverALink takes a card through a purchase with a script that fails
// after the final cryptogram, and through one in which the card is pulled.
func TestTerminalOverALink(t *testing.T) {
	j, err := journal.Open(journal.Config{Path: filepath.Join(t.TempDir(), "journal"), Key: sealKey(t)})
	require.NoError(t, err)
	defer j.Close()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	icc := []byte{0x8A, 2, '0', '0', 0x72, 0x0D, 0x9F, 0x18, 4, 0, 0, 0, 9, 0x86, 4, 0x84, 0x1E, 0x00, 0x00}
	got := make(chan message.Message, 10)
	l, err := link.New(link.Config{Dial: wire(t, icc, got), Journal: j, Profile: p, Clock: clock.NewVirtual(noon)})
	require.NoError(t, err)
	defer l.Close()

	b := newCountedBench(t, l, j)
	receipt := b.purchase(t, newChip("1F03"))
	require.NoError(t, receipt.Unrecorded)
	assert.Equal(t, kernel.ApprovedOnline, receipt.Result.Outcome)
	assert.Equal(t, uint32(1), receipt.Counter)
	request := (<-got).(*message.AuthorizationRequest)
	assert.Equal(t, "510101500344", request.POSDataCode.String())
	assert.Equal(t, []byte{0x80}, object55(t, request.ICCData, 0x9F27), "the first cryptogram is an ARQC")
	advice := (<-got).(*message.Advice)
	assert.Equal(t, []byte{0x40}, object55(t, advice.ICCData, 0x9F27), "the final one a TC")
	assert.Equal(t, emv.EncodeScriptResults(emv.ScriptResult{Outcome: emv.ScriptFailed, Command: 1, Identifier: [4]byte{0, 0, 0, 9}}),
		object55(t, advice.ICCData, 0x9F5B))
	assert.True(t, receipt.Result.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	tvr := emv.TVR(object55(t, advice.ICCData, 0x95))
	assert.False(t, tvr.Has(emv.TVRScriptFailedAfterFinalGenerateAC), "as given to the second GENERATE AC")
	assert.True(t, tvr.Has(emv.TVROfflineDataAuthenticationNotPerformed))

	pulled := newChip("1F03")
	pulled["80AE40"] = "pulled"
	receipt = b.purchase(t, pulled)
	require.NoError(t, receipt.Unrecorded)
	assert.Equal(t, kernel.CardRemoved, receipt.Result.Outcome)
	assert.Equal(t, uint32(2), receipt.Counter)
	second := (<-got).(*message.AuthorizationRequest)
	want := message.Original(second)
	want.Transmission = message.TransmissionDateTime{} // DE 56 does not tell it
	assert.Equal(t, want, (<-got).(*message.Reversal).Original)
}

func object55(t *testing.T, icc secret.Value, tag emv.Tag) (value []byte) {
	t.Helper()
	icc.Open(func(data []byte) {
		found, ok, err := tlv.Find(data, tag)
		require.True(t, ok && err == nil, tag.String())
		value = bytes.Clone(found)
	})
	return value
}

// newCountedBench is newBench with a way to the issuer and a counter.
func newCountedBench(t *testing.T, online kernel.Online, counter terminal.Counter) bench {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	p.Applications[0].TACDefault = emv.ActionCode{}
	b := bench{slot: slot.New("bench"), cardholder: pinpad.NewScripted()}
	b.terminal, err = terminal.New(terminal.Config{
		Reader: b.slot, Profile: p, Cardholder: hand{b.cardholder, b.slot}, Guard: guard.Policy{EmulatedCardsOnly: true}, Online: online, Counter: counter,
		Clock: clock.NewVirtual(noon), Rand: bytes.NewReader(make([]byte, 1024)),
	})
	require.NoError(t, err)
	return b
}

// unrecorded is a way to the issuer that can not record an end.
type unrecorded struct{ host }

func (unrecorded) Completed(context.Context, *kernel.Result) error { return errors.New("disk full") }

func TestPurchaseThatCanNotBeRecorded(t *testing.T) {
	b := newBench(t, "demo", unrecorded{host{response: &kernel.OnlineResponse{ARC: 0x3030}}})
	receipt := b.purchase(t, newChip("1F03"))
	assert.Equal(t, kernel.ApprovedOnline, receipt.Result.Outcome)
	assert.ErrorContains(t, receipt.Unrecorded, "disk full")
	assert.Contains(t, text(t, receipt), "will reverse it: hand over nothing")
	assert.NotContains(t, text(t, receipt), "Hand over the goods")
	j, err := receipt.MarshalJSON()
	require.NoError(t, err)
	assert.Contains(t, string(j), `"approved":false`)
}

// noCounter has no number left.
type noCounter struct{}

func (noCounter) NextCounter() (uint32, error) { return 0, errors.New("journal is gone") }

func TestPurchaseWithoutACounter(t *testing.T) {
	b := newCountedBench(t, nil, noCounter{})
	b.slot.Insert(newChip("1F03"))
	_, err := b.terminal.Purchase(t.Context(), 1234)
	assert.EqualError(t, err, "purchase: journal is gone")
}
