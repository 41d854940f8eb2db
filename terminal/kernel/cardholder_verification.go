package kernel

import (
	"bytes"
	"errors"

	"github.com/f510b0cf/till/emv"
)

// cardholderVerification walks through the CVM list where the card supports it
// and gives one. Without a list it is not performed, and data is missing. EMV Book
// 3, 10.5 and 7.5.
func (t *transaction) cardholderVerification() error {
	if !t.aip.Has(emv.AIPCardholderVerificationSupported) {
		t.note(CardholderVerification, "not supported by the card")
		return nil
	}
	raw, _ := t.data.Value(tagCVMList)
	list, err := emv.ParseCVMList(raw)
	switch {
	case len(raw) == 0 || errors.Is(err, emv.ErrNoCVMRules):
		t.dataMissing(CardholderVerification, "Book 3, 7.5", "AIP %s has cardholder verification, and the card gives no CVM rules", t.aip)
		return nil
	case err != nil:
		return notAccepted("data object %s malformed", tagCVMList)
	}
	return t.walk(list)
}

// walk keeps what became of the rules. The PIN for the issuer is kept only where
// the walk ended with it.
func (t *transaction) walk(list emv.CVMList) error {
	walk, err := list.Walk(t.cvmFacts())
	if err != nil {
		return err
	}
	t.cvmResults = walk.Results
	t.tsi.Set(emv.TSICardholderVerificationPerformed)
	if !walk.Successful() || walk.Results.Rule().Code.Method() != emv.CVMOnlinePIN {
		t.pins.forget()
	}
	for i, s := range walk.Steps {
		t.note(CardholderVerification, "rule %d: %s, %s: %s", i+1, s.Rule.Code.Method(), s.Rule.Condition, s.Fate)
	}
	for _, c := range walk.Causes {
		t.found(CardholderVerification, c.Bit, c.Section, "rule %d: %s", c.Number, c.Why)
	}
	return nil
}

// cvmFacts is what the conditions of the list are compared with.
func (t *transaction) cvmFacts() emv.CVMFacts {
	application, _ := t.data.Value(tagApplicationCurrency)
	transaction, _ := t.data.Value(tagCurrencyCode)
	return emv.CVMFacts{
		Capabilities:        t.profile.Capabilities,
		Amount:              t.tx.Amount,
		ApplicationCurrency: bytes.Equal(application, transaction),
		Kind:                t.tx.Kind,
		EnterPIN:            t.enterPIN,
	}
}

// asksForSignature reports whether the CVM performed last includes a signature.
func asksForSignature(r emv.CVMResults) bool {
	switch r.Rule().Code.Method() {
	case emv.CVMSignature, emv.CVMPlaintextPINAndSignature, emv.CVMEncipheredPINAndSignature:
		return r.Result() == emv.CVMUnknown
	}
	return false
}
