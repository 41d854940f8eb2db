package browser_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/desk/desktest"
	"github.com/f510b0cf/till/terminal/httpd"
)

// laneToken is that of the terminal.
const laneToken = "token of a terminal"

// hand moves the card of a terminal.
type hand struct{ bench *desktest.Bench }

func (h hand) Insert() error { h.bench.Slot.Insert(desktest.NewChip()); return nil }
func (h hand) Pull() error   { h.bench.Slot.Pull(); return nil }

// TestTerminalPage takes a payment by the page of a terminal, calls one off, and has a
// refund declined: the page follows by events.
func TestTerminalPage(t *testing.T) {
	bench := desktest.New(t, nil)
	door, err := httpd.New(httpd.Config{
		Desk: bench.Desk, Journal: bench.Journal, Profile: bench.Profile, Reader: "image:my.card", Host: "127.0.0.1:8583",
		Token: secret.New([]byte(laneToken)), Hand: hand{bench},
	})
	require.NoError(t, err)
	server := httptest.NewServer(door.Handler())
	t.Cleanup(server.Close)

	clerk := newBrowser(t).withAxe()
	clerk.open(server.URL + "/")
	clerk.sees("the request shows no token")
	clerk.look("terminal-locked")
	clerk.fill("token", laneToken+"\n")
	clerk.sees("terminal TILL0004")

	clerk.fill("amount", "12.34")
	clerk.click("Start")
	clerk.sees("Insert or tap a card")
	clerk.look("terminal-waiting")
	clerk.mark()
	bench.Enter("9999", desktest.PIN) // too late for this customer
	clerk.click("Cancel")
	clerk.sees("purchase 12.34 USD: cancelled")

	clerk.click("Start")
	clerk.sees("Insert or tap a card")
	clerk.click("Insert")
	clerk.sees("Incorrect PIN (2 tries left)")
	clerk.sees("purchase 12.34 USD: approved online")
	clerk.sees("Hand over the goods.")
	clerk.sees("APPROVED ONLINE")
	clerk.look("terminal-approved")

	bench.Issuer.Decline = true
	bench.Enter(desktest.PIN)
	_, err = value[string](clerk, `document.querySelector("#type").value = "refund"; document.querySelector("#type").dispatchEvent(new Event("change")); ""`)
	require.NoError(t, err)
	clerk.click("Start")
	clerk.sees("Insert or tap a card")
	clerk.click("Insert")
	clerk.sees("refund 12.34 USD: declined online")
	clerk.marked()
}
