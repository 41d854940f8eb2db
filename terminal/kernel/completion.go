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
	approved, err := t.secondGenerateAC(request)
	switch {
	case err != nil:
		return err
	case approved:
		t.conclude(ApprovedOnline, "")
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
	approved, err := t.secondGenerateAC(request)
	switch {
	case err != nil:
		return err
	case approved:
		t.conclude(ApprovedOffline, "unable to go online")
	default:
		t.setARC(emv.ARCUnableToGoOnlineRefuse)
		t.conclude(DeclinedOffline, "unable to go online")
	}
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

// secondGenerateAC reports whether the card approves: it was asked for a TC and
// gave one, signed rightly where it had to be. Any other cryptogram counts as an
// AAC: EMV Book 3, 9.3.
func (t *transaction) secondGenerateAC(request emv.ACType) (approved bool, err error) {
	c, err := t.generateAC(Completion, request, t.lists.cdol2)
	if err != nil {
		return false, err
	}
	return request == emv.ACTypeTC && c.cid.Type() == emv.ACTypeTC && !c.cdaFailed, nil
}
