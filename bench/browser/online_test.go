package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
)

// The secrets that people choose.
const (
	annasPassword = "correct horse battery"
	firstPIN      = "8361"
	secondPIN     = "9274"
	thirdPIN      = "5038"
)

// TestOnlineServices clicks through sections 1 and 2 of docs/pin-lifecycle.md: register,
// activate, create, use, change, use the old one a last time, use the new one. The page
// is open all the while, and follows.
func TestOnlineServices(t *testing.T) {
	shop := newShop(t)
	anna := newBrowser(t).withAxe()
	url := shop.URL()
	anna.open(url + "/")
	anna.look("landing")
	anna.click("Register your card")
	anna.look("register")
	printed := strings.Fields(shop.handout("anna.face"))
	number, expires, cid := printed[0], printed[1], printed[2]
	anna.fill("pan", number[:4]+" "+number[4:10]+" "+number[10:], "expires", expires, "cid", cid, "name", "anna", "password", annasPassword, "password_again", annasPassword)
	anna.click("Register")
	anna.sees("You are registered")
	anna.look("login")
	anna.fill("name", "anna", "password", annasPassword)
	anna.click("Log in")
	anna.sees("not activated")
	anna.look("dashboard-first")

	shop.play("enter bypass", "insert anna 12.34", "expect declined 125")
	anna.click("Account Management")
	anna.click("Activate card")
	anna.sees("The card is active.")
	anna.click("Create PIN")
	anna.look("create-pin")
	anna.setPIN("Create PIN", "1111", "")
	anna.sees("too easily guessed")
	anna.setPIN("Create PIN", firstPIN, "")
	anna.sees("Your PIN was created")
	anna.look("account-created")

	anna.mark()
	shop.play("enter "+firstPIN, "insert anna 12.34", "expect approved", "expect verified online-pin", "expect script applied")
	anna.status("probably-active")
	shop.play("enter "+firstPIN, "insert anna 8.00", "expect approved", "expect verified offline-pin")
	anna.status("done")
	anna.marked()
	anna.changes(shop)
	anna.click("Your cards")
	anna.sees("USD 8.00")
	anna.look("dashboard")
	anna.unlocks(shop)
	anna.click("Log out")
	anna.sees("You are logged out")
	secrets := map[string]string{
		"first PIN": firstPIN, "second PIN": secondPIN, "third PIN": thirdPIN, "password": annasPassword, "number": number, "identification code": cid,
	}
	shop.noTrace(secrets)
	anna.noTrace(secrets)
}

// changes changes the PIN twice and brings the last one to the card.
func (b *browser) changes(shop *shop) {
	b.t.Helper()
	b.click("Change PIN")
	b.look("change-pin")
	b.setPIN("Change PIN", secondPIN, "not the password")
	b.sees("The password is wrong")
	b.setPIN("Change PIN", secondPIN, annasPassword)
	b.sees("Your request was received")
	b.click("Change PIN")
	b.setPIN("Change PIN", thirdPIN, annasPassword)
	b.sees("Your request was received")
	b.sees("A tap will not do")
	b.mark()
	shop.play("order anna 9.99", "expect approved", "tap anna 5.00", "expect approved", "expect script none")
	b.status("pending")
	b.look("account-pending")
	b.mark()
	shop.play("enter "+firstPIN, "insert anna 12.34", "expect approved", "expect script applied")
	b.status("probably-active")
	b.look("account-probably-active")
	shop.play("enter "+thirdPIN, "insert anna 12.34", "expect approved", "expect verified offline-pin")
	b.status("done")
	b.sees("The PIN is active.")
	b.marked()
	b.open(shop.URL() + "/online/account")
	b.sees("New PIN active: confirmed by the card")
	b.look("account-done")
}

// unlocks locks the chip by wrong PINs, and asks for new tries.
func (b *browser) unlocks(shop *shop) {
	b.t.Helper()
	b.click("Account Management")
	assert.NotContains(b.t, b.text("body"), "Unlock PIN", "it is offered only when it is of use")
	shop.play("enter 4720 4721 4722 "+thirdPIN, "insert anna 3.00", "expect approved", "expect verified online-pin")
	b.open(shop.URL() + "/online/account")
	b.sees("The PIN is locked")
	b.look("account-locked")
	b.click("Unlock PIN")
	b.sees("unlocked when the card is inserted next")
	shop.play("enter "+thirdPIN, "insert anna 4.00", "expect approved", "expect verified online-pin", "expect script applied")
	shop.play("enter "+thirdPIN, "insert anna 4.00", "expect approved", "expect verified offline-pin")
	b.open(shop.URL() + "/online/account")
	b.sees("PIN unlocked: confirmed by the card")
	assert.NotContains(b.t, b.text("body"), "Unlock PIN")
}

// setPIN fills in the page for a PIN.
func (b *browser) setPIN(verb, digits, password string) {
	b.t.Helper()
	b.sees("PIN again")
	if password != "" {
		b.fill("password", password)
	}
	b.fill("pin", digits, "again", digits)
	b.click(verb)
}

// TestForcedBrowsing: who is logged in finds nothing at the addresses of another's
// card, and changes nothing there.
func TestForcedBrowsing(t *testing.T) {
	shop := newShop(t)
	ben := newBrowser(t)
	url := shop.URL()
	ben.open(url + "/online/login")
	ben.fill("name", "ben", "password", shop.handout("ben.password"))
	ben.click("Log in")
	ben.sees("Card ending in 1006")
	ben.open(url + "/online/cards/" + shop.Ref("anna") + "/pin")
	ben.sees("You have no such card")
	ben.open(url + "/online/cards/00/pin")
	ben.sees("You have no such card")
	ben.open(url + "/online/nowhere")
	ben.sees("There is no such page")
}

// TestInsecurePage: where the browser has no cryptography, since the page came by http
// from a name, it says what to do, and takes no PIN.
func TestInsecurePage(t *testing.T) {
	const name = "bank.example"
	shop := newShop(t, func(c *issuer.Config) { c.HostNames = []string{name} })
	shop.play("activate ben")
	ben := newBrowser(t, chromedp.Flag("host-resolver-rules", "MAP "+name+" 127.0.0.1"))
	url := strings.Replace(shop.URL(), "127.0.0.1", name, 1)
	ben.open(url + "/online/login")
	ben.fill("name", "ben", "password", shop.handout("ben.password"))
	ben.click("Log in")
	ben.sees("Card ending in 1006")
	ben.open(url + "/online/cards/" + shop.Ref("ben") + "/pin")
	ben.sees("Browsers do that on https and on localhost alone")
	disabled, err := value[bool](ben, `document.getElementById("send").disabled`)
	require.NoError(t, err)
	assert.True(t, disabled)
	ben.look("insecure")
	ben.open(url + "/app/")
	ben.fill("name", "ben", "password", shop.handout("ben.password"))
	ben.click("Log in")
	ben.sees("Hello, Ben")
	ben.click("Manage card PIN")
	ben.click("Create PIN")
	ben.sees("Browsers do that on https and on localhost alone")
	ben.look("app-insecure")
}
