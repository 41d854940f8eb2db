package terminal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// listening is a chip that remembers what it was told.
type listening struct {
	chip
	heard *[]string
}

func (l listening) PowerOn(hardware.Presentation) (hardware.Card, error) { return l, nil }

func (l listening) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	*l.heard = append(*l.heard, fmt.Sprintf("%02X", command[1]))
	return l.chip.Transmit(ctx, command)
}

// foreignPurchase takes a card that has no certificate of ours through a purchase
// whose answer has a script, and returns the instructions that reached the card.
func foreignPurchase(t *testing.T, p guard.Policy, entries ...kernel.PINEntry) (*terminal.Receipt, string) {
	t.Helper()
	terms, err := profile.Named("demo")
	require.NoError(t, err)
	terms.Applications[0].TACDefault = emv.ActionCode{}
	s, person := slot.New("bench"), pinpad.NewScripted(entries...)
	script := []byte{0x72, 0x08, 0x86, 0x06, 0x84, 0x24, 0x00, 0x02, 0x01, 0xAA}
	till, err := terminal.New(terminal.Config{
		Reader: s, Profile: terms, Cardholder: hand{person, s}, Guard: p, Clock: clock.NewVirtual(noon), Rand: bytes.NewReader(make([]byte, 1024)),
		Online: host{response: &kernel.OnlineResponse{ARC: emv.ARC(0x3030), Scripts: [][]byte{script}}},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var heard []string
	c := newChip("4103")
	c["8424"] = "9000"
	s.Insert(listening{c, &heard})
	receipt, err := till.Purchase(ctx, 1234)
	require.NoError(t, err)
	require.NoError(t, person.Done(), "a PIN was not asked for")
	return receipt, strings.Join(heard, " ")
}

// TestForeignCard: a card that is not known to be ours pays, without its PIN and
// without the script.
func TestForeignCard(t *testing.T) {
	receipt, heard := foreignPurchase(t, guard.Policy{})
	assert.NotContains(t, heard, "20", "VERIFY")
	assert.NotContains(t, heard, "24", "PIN CHANGE/UNBLOCK")
	assert.Equal(t, 2, strings.Count(heard, "AE"), heard)
	assert.True(t, receipt.Foreign)
	assert.True(t, receipt.Result.TVR.Has(emv.TVRPINNotEntered))
	assert.True(t, receipt.Result.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	require.Len(t, receipt.Result.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, receipt.Result.ScriptResults[0].Outcome)
	assert.Contains(t, text(t, receipt), "foreign card     not one of till's; PIN not asked for; script command not sent\n")
	b, err := json.Marshal(receipt)
	require.NoError(t, err)
	assert.Contains(t, string(b), `"foreign":true,"withheld":["PIN not asked for","script command not sent"]`)
}

// TestForeignCardWithConsent: with consent for this card its PIN is asked for, and
// with its keys the script goes through.
func TestForeignCardWithConsent(t *testing.T) {
	receipt, heard := foreignPurchase(t, guard.Policy{UsePINOnCard: "1007"}, entered(t, "1234"))
	assert.Contains(t, heard, "20")
	assert.NotContains(t, heard, "24")
	assert.Equal(t, "PIN, verified by the card", receipt.Verification())
	_, heard = foreignPurchase(t, guard.Policy{UsePINOnCard: "1234"})
	assert.NotContains(t, heard, "20", "consent for another card")

	receipt, heard = foreignPurchase(t, guard.Policy{KnownKeys: func(r *kernel.OnlineRequest) bool { return !r.PAN.IsZero() }})
	assert.NotContains(t, heard, "20")
	assert.Contains(t, heard, "24")
	assert.Equal(t, emv.ScriptSuccessful, receipt.Result.ScriptResults[0].Outcome)
	assert.True(t, receipt.Foreign)
}
