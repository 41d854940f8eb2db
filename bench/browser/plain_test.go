package browser_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer"
)

// TestWithoutScripts: with scripts switched off all of Online Services works but for the
// page on which a PIN is sealed, and that one says why.
func TestWithoutScripts(t *testing.T) {
	shop := newShop(t)
	anna := newBrowser(t) // axe-core is a script too
	_, err := chromedp.Call(anna.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	anna.open(shop.URL() + "/")
	anna.click("Register your card")
	printed := strings.Fields(shop.handout("anna.face"))
	anna.fill("pan", printed[0], "expires", printed[1], "cid", printed[2], "name", "anna", "password", annasPassword, "password_again", annasPassword+"x")
	anna.click("Register")
	anna.sees("The two passwords differ")
	anna.fill("pan", printed[0], "cid", printed[2], "password", annasPassword, "password_again", annasPassword)
	anna.click("Register")
	anna.sees("You are registered")
	anna.fill("name", "anna", "password", "not the password")
	anna.click("Log in")
	anna.sees("Name or password is wrong")
	anna.fill("password", annasPassword)
	anna.click("Log in")
	anna.sees("not activated")
	anna.click("Account Management")
	anna.click("Activate card")
	anna.sees("The card is active.")
	anna.sees("Registered for Online Services")
	anna.click("Create PIN")
	anna.sees("that needs JavaScript")
	anna.look("no-script-pin")
	anna.click("Account Management")
	shop.play("order anna 9.99", "expect approved")
	anna.click("Your cards")
	anna.sees("USD 9.99")
	anna.look("no-script-dashboard")
	anna.click("Log out")
	anna.sees("You are logged out")
	anna.open(shop.URL() + "/app/")
	anna.sees("The app needs JavaScript")
	ran, err := value[bool](anna, `!!navigator.serviceWorker && !!navigator.serviceWorker.controller`)
	require.NoError(t, err)
	assert.False(t, ran, "no script of the pages ran")
}

// TestOverHTTPS creates and changes a PIN over HTTPS with the issuer's own certificate, the
// only one that this browser trusts; the card gets it.
func TestOverHTTPS(t *testing.T) {
	const name = "bank.example"
	shop := newShop(t, func(c *issuer.Config) { c.HTTPS, c.HostNames = true, []string{name} })
	shop.play("activate ben")
	ben := newBrowser(t, chromedp.Flag("host-resolver-rules", "MAP "+name+" 127.0.0.1"), chromedp.Flag("ignore-certificate-errors-spki-list", shop.keyHash()))
	url := strings.Replace(shop.URL(), "127.0.0.1", name, 1)
	require.True(t, strings.HasPrefix(url, "https://"+name+":"), url)
	password := shop.handout("ben.password")
	ben.open(url + "/online/login")
	ben.fill("name", "ben", "password", password)
	ben.click("Log in")
	ben.click("Account Management")
	ben.click("Create PIN")
	ben.setPIN("Create PIN", firstPIN, "")
	ben.sees("Your PIN was created")
	ben.mark()
	shop.play("enter "+firstPIN, "insert ben 12.34", "expect approved", "expect script applied")
	ben.status("probably-active")
	ben.marked()
	ben.click("Change PIN")
	ben.setPIN("Change PIN", secondPIN, password)
	ben.sees("Your request was received")
	kept, err := value[string](ben, `document.cookie`)
	require.NoError(t, err)
	assert.Empty(t, kept, "scripts see no cookie")
	ben.noTrace(map[string]string{"first PIN": firstPIN, "second PIN": secondPIN, "password": password})
}

// keyHash is by which a browser knows the public key of the issuer's certificate.
func (s *shop) keyHash() string {
	s.t.Helper()
	text, err := os.ReadFile(issuer.Certificate(filepath.Join(s.dir, "bank")))
	require.NoError(s.t, err)
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(s.t, err)
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
