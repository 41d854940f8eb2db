package kernel

import "github.com/f510b0cf/till/emv"

// completion sends the second GENERATE AC: a TC is asked for where the issuer
// approved, or could not be asked and the default codes allow it; an AAC
// otherwise. EMV Book 3, 10.11.
func (t *transaction) completion() error {
	if t.response == nil {
		return t.completeUnableToGoOnline()
	}
	request := emv.ACTypeAAC
	if t.approved {
		request = emv.ACTypeTC
	}
	c, err := t.secondGenerateAC(request)
	switch {
	case err != nil:
		return err
	case c.approves(request):
		t.conclude(ApprovedOnline, "")
	case c.cdaFailed:
		t.conclude(DeclinedOnline, "CDA failed")
	case t.approved:
		t.conclude(DeclinedOnline, "card declines what the issuer approved")
	default:
		t.conclude(DeclinedOnline, "")
	}
	return nil
}

// completeUnableToGoOnline completes with the codes Y3 and Z3. EMV Book 4, Annex
// A6.
func (t *transaction) completeUnableToGoOnline() error {
	request := t.unableToGoOnline()
	if request == emv.ACTypeTC {
		t.setARC(emv.ARCUnableToGoOnlineAccept)
	} else {
		t.setARC(emv.ARCUnableToGoOnlineRefuse)
	}
	c, err := t.secondGenerateAC(request)
	if err != nil {
		return err
	}
	if c.approves(request) {
		t.conclude(ApprovedOffline, "unable to go online")
		return nil
	}
	t.setARC(emv.ARCUnableToGoOnlineRefuse)
	reason := "unable to go online"
	if c.cdaFailed {
		reason += ", CDA failed"
	}
	t.conclude(DeclinedOffline, reason)
	return nil
}

// completeAfterFailedCDA answers an ARQC whose signature is wrong: it does not go
// online, and asks for an AAC at once. EMV Book 4, 6.3.2.1.
func (t *transaction) completeAfterFailedCDA() error {
	t.setARC(emv.ARCOfflineDeclined)
	if _, err := t.secondGenerateAC(emv.ACTypeAAC); err != nil {
		return err
	}
	t.conclude(DeclinedOffline, "CDA failed")
	return nil
}

func (t *transaction) secondGenerateAC(request emv.ACType) (cryptogram, error) {
	return t.generateAC(Completion, request, t.lists.cdol2)
}

// approves reports whether the second cryptogram approves: the card was asked
// for a TC and gave one, signed rightly where it had to be. Any other cryptogram
// counts as an AAC: EMV Book 3, 9.3.
func (c cryptogram) approves(request emv.ACType) bool {
	return request == emv.ACTypeTC && c.cid.Type() == emv.ACTypeTC && !c.cdaFailed
}
