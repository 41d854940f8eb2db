package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pad enters digits on the app's pad, twice.
func (b *browser) pad(digits string) {
	b.t.Helper()
	for range 2 {
		for _, d := range digits {
			b.click(string(d))
		}
		b.do(chromedp.Sleep(pauseOfPad))
	}
}

// TestApp does in the app what TestOnlineServices does on the pages, for a
// supplementary cardholder.
func TestApp(t *testing.T) {
	shop := newShop(t)
	ben := newBrowser(t).withAxe()
	password := shop.handout("ben.password")
	ben.follow(shop, "ben", password)
	ben.open(shop.URL() + "/app/")
	ben.sees("Log in")
	ben.look("app-login")
	ben.fill("name", "ben", "password", password)
	ben.click("Log in")
	ben.sees("Hello, Ben")
	ben.look("app-cards")
	ben.click("Manage card PIN")
	ben.click("Activate card")
	ben.sees("The card is active")
	ben.click("Create PIN")
	ben.sees("Choose a PIN of four digits")
	ben.look("app-pad")
	ben.pad("1111")
	ben.sees("too easily guessed")
	ben.pad(firstPIN)
	ben.sees("Your PIN was created")
	ben.mark()
	shop.play("enter "+firstPIN, "insert ben 12.34", "expect approved", "expect verified online-pin", "expect script applied")
	ben.status("probably-active")
	shop.play("enter "+firstPIN, "insert ben 12.34", "expect approved", "expect verified offline-pin")
	ben.status("done")
	ben.changesInApp(shop, password)
	ben.marked()
	ben.keepsLogin(shop)
	secrets := map[string]string{"first PIN": firstPIN, "second PIN": secondPIN, "third PIN": thirdPIN, "password": password}
	shop.noTrace(secrets)
	ben.noTrace(secrets)
}

// changesInApp changes the PIN twice and brings the last one to the card.
func (b *browser) changesInApp(shop *shop, password string) {
	b.t.Helper()
	b.click("Change PIN")
	b.fill("password", "not the password")
	b.click("Go on to the new PIN")
	b.sees("Enter the new PIN")
	b.pad(secondPIN)
	b.sees("The password is wrong")
	b.click("Back")
	for _, digits := range []string{secondPIN, thirdPIN} {
		b.click("Change PIN")
		b.sees("First your password again")
		b.look("app-password")
		b.fill("password", password)
		b.click("Go on to the new PIN")
		b.sees("Enter the new PIN")
		b.pad(digits)
		b.sees("Your request was received")
	}
	b.status("pending")
	b.look("app-pending")
	shop.play("order ben 9.99", "expect approved", "tap ben 5.00", "expect approved", "expect script none")
	shop.play("enter "+firstPIN, "insert ben 12.34", "expect approved", "expect script applied")
	b.status("probably-active")
	b.look("app-probably-active")
	shop.play("enter "+thirdPIN, "insert ben 12.34", "expect approved", "expect verified offline-pin")
	b.status("done")
	b.sees("The PIN is active")
	b.look("app-done")
	b.click("History")
	b.sees("New PIN active: confirmed by the card")
	b.sees("USD 9.99")
	b.look("app-history")
}

// keepsLogin: the app opens again without a password, keeps nothing that a script can
// read, and can be installed.
func (b *browser) keepsLogin(shop *shop) {
	b.t.Helper()
	b.open(shop.URL() + "/app/")
	b.sees("Hello, Ben")
	kept, err := value[int](b, `localStorage.length + sessionStorage.length + document.cookie.length`)
	require.NoError(b.t, err)
	assert.Zero(b.t, kept, "nothing is kept where scripts read")
	shell, err := value[bool](b, `navigator.serviceWorker.ready.then(() => caches.match("/app/")).then((r) => !!r)`)
	require.NoError(b.t, err)
	assert.True(b.t, shell, "the shell is kept for times without a network")
	b.click("Account")
	b.look("app-account")
	b.click("Log out")
	b.sees("You are logged out")
	b.open(shop.URL() + "/app/")
	b.sees("New here?")
}
