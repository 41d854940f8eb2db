package kernel

import "github.com/f510b0cf/till/emv"

// completeTap goes online with the only cryptogram of a tap. The card has left
// the field by then, so there is no issuer authentication, no script and no
// second GENERATE AC: the issuer's word is the verdict.
func (t *transaction) completeTap(c cryptogram) error {
	if c.cdaFailed {
		t.setARC(emv.ARCOfflineDeclined)
		t.conclude(DeclinedOffline, "CDA failed")
		return nil
	}
	t.onlineProcessing()
	t.concludeWithoutCard()
	return nil
}

// concludeWithoutCard is the verdict where the card is gone before the issuer
// answers: there is no issuer authentication and no script, and the issuer's word
// is the last.
func (t *transaction) concludeWithoutCard() {
	switch {
	case t.response == nil:
		t.setARC(emv.ARCUnableToGoOnlineRefuse)
		t.conclude(DeclinedOffline, "unable to go online")
		return
	case t.tx.Kind.PINManagement():
		t.conclude(DeclinedOnline, "no script gets to a card that is gone")
	case t.approved:
		t.conclude(ApprovedOnline, "")
	default:
		t.conclude(DeclinedOnline, "")
	}
	if n := len(t.response.Scripts); n > 0 {
		t.note(IssuerToCardScriptProcessing, "%d templates not delivered: the card is gone", n)
	}
}
