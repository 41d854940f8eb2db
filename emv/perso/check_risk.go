package perso

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// risk checks that card risk management can do what it is told.
func (c *checker) risk(a image.Application) {
	r := a.Risk
	for _, l := range [...]struct {
		tag       emv.Tag
		condition emv.CVRFlags
	}{
		{r.LowerCount, emv.CVRLowerCountLimitExceeded}, {r.UpperCount, emv.CVRUpperCountLimitExceeded},
		{r.LowerAmount, emv.CVRLowerAmountLimitExceeded}, {r.UpperAmount, emv.CVRUpperAmountLimitExceeded},
	} {
		if l.tag == 0 && (r.Denial|r.Online|r.Default)&l.condition != 0 {
			c.warn("risk names the condition %s, and there is no such limit", l.condition.Names()[0])
		}
	}
	if r.OfflineOnly && r.Online != 0 {
		c.warn("risk has conditions for going online, and the card never does")
	}
	external := a.Contact.AIP.Has(emv.AIPIssuerAuthenticationSupported) || a.CDOL2.Contains(tagIssuerAuthenticationData)
	if r.AuthenticationMandatory && !external {
		c.warn("issuer authentication is mandatory, and the card has no way to do it: it declines whatever the issuer answers")
	}
}
