package kernel

import "github.com/f510b0cf/till/emv"

// cardActionAnalysis sends the first GENERATE AC. The card may answer with a
// lower cryptogram than it was asked for, never with a higher one; that, one of
// an unknown type, and the reason "service not allowed" end the transaction. EMV
// Book 3, 10.8 and 6.5.5.4.
func (t *transaction) cardActionAnalysis(request emv.ACType) (cryptogram, error) {
	switch request {
	case emv.ACTypeTC:
		t.setARC(emv.ARCOfflineApproved)
	case emv.ACTypeAAC:
		t.setARC(emv.ARCOfflineDeclined)
	}
	c, err := t.generateAC(CardActionAnalysis, request, t.lists.cdol1)
	if err != nil {
		return cryptogram{}, err
	}
	t.tsi.Set(emv.TSICardRiskManagementPerformed)
	answer := c.cid.Type()
	switch {
	case answer == emv.ACTypeRFU || higher(answer, request):
		return cryptogram{}, notAccepted("card gives %s where %s was requested", answer, request)
	case c.cid.Reason() == emv.ReasonServiceNotAllowed:
		return cryptogram{}, notAccepted("card: %s", c.cid.Reason())
	case answer == emv.ACTypeAAC:
		t.setARC(emv.ARCOfflineDeclined)
	case answer == emv.ACTypeARQC:
		t.clearARC()
	}
	return c, nil
}

// higher reports whether cryptogram a outranks b: TC before ARQC before AAC. EMV
// Book 3, 9.3 (from memory).
func higher(a, b emv.ACType) bool {
	ranks := [...]int{emv.ACTypeAAC: 0, emv.ACTypeARQC: 1, emv.ACTypeTC: 2, emv.ACTypeRFU: 3}
	return ranks[a] > ranks[b]
}

func (t *transaction) setARC(a emv.ARC) {
	t.result.ARC = a
	b := a.Bytes()
	t.data.set(tagARC, b[:])
}

func (t *transaction) clearARC() {
	t.result.ARC = 0
	t.data.remove(tagARC)
}

// completeOffline is the verdict of a first cryptogram that is none to go online
// with. A TC whose signature is wrong is declined, and there is no second
// GENERATE AC. EMV Book 3, 10.8; EMV Book 4, 6.3.2.1 and 6.3.6.
func (t *transaction) completeOffline(c cryptogram) error {
	switch {
	case c.cid.Type() == emv.ACTypeAAC:
		reason := ""
		if r := c.cid.Reason(); r != emv.ReasonNone {
			reason = "card: " + r.String()
		}
		t.conclude(DeclinedOffline, reason)
	case c.cdaFailed:
		t.setARC(emv.ARCOfflineDeclined)
		t.conclude(DeclinedOffline, "CDA failed")
	default:
		t.conclude(ApprovedOffline, "")
	}
	return nil
}
