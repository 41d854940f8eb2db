package browser_test

import (
	"testing"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
)

// TestCustomerCare clicks through the page of customer care while a caller waits.
func TestCustomerCare(t *testing.T) {
	const shared, password = "a secret that is shared", "correct horse battery"
	shop := newShop(t, func(c *issuer.Config) {
		c.Phone = issuer.Phone{VoiceSecret: secret.New([]byte(shared)), Agents: []care.Agent{{Name: "carla", Password: secret.New([]byte(password))}}}
	})
	carla := newBrowser(t).withAxe()
	carla.open(shop.URL() + "/care")
	carla.look("care-login")
	carla.fill("name", "carla", "password", "not the password")
	carla.click("Log in")
	carla.sees("Name or password is wrong")
	carla.fill("name", "carla", "password", password)
	carla.click("Log in")
	carla.sees("No call waits")
	caller := ivrtest.NewProvider(t, shop.URL(), shared)
	caller.Sends("")
	caller.Sends("0")
	carla.click("Look again")
	carla.sees("Call 1, waits")
	carla.look("care-call")
	carla.fill("holder-1", "Nobody", "birth-1", "01/02/1990", "last-1", "1007")
	carla.click("Identify and hand back to the keypad")
	carla.sees("The answers are not right")
	carla.look("care-wrong")
	carla.click("End the call")
	carla.sees("The call was ended")
	carla.click("Log out")
	carla.sees("Agents")
}
