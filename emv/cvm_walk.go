package emv

import "fmt"

// PINOutcome is how the entry of a PIN ended. EMV Book 3, 10.5.1 and 10.5.2.
type PINOutcome uint8

// The outcomes of PIN entry. All but PINAccepted make the CVM unsuccessful.
const (
	PINRefused          PINOutcome = iota // the card did not verify the PIN, and tries are left
	PINAccepted                           // the card verified the PIN; an online PIN was entered
	PINTryLimitExceeded                   // offline: no tries left, or the PIN is blocked (63C0, 6983, 6984)
	PINPadNotWorking                      // there is no working PIN pad
	PINNotEntered                         // the merchant or the cardholder bypassed the entry
)

// CVMFacts is what a walk through a CVM list depends on.
type CVMFacts struct {
	Capabilities TerminalCapabilities

	// Amount is the amount authorised, in the smallest unit of its currency.
	// ApplicationCurrency says whether that is the application currency (tag
	// 9F42); where the amount or the currency is not known, it is false.
	Amount              uint64
	ApplicationCurrency bool
	Kind                TransactionKind

	// EnterPIN has the cardholder enter a PIN for CVMPlaintextPIN,
	// CVMEncipheredPIN or CVMOnlinePIN, whatever number of tries that takes. It
	// is called for a supported method only, and for every one that the list
	// leads to: an entry once bypassed, and a counter known to be zero, are its
	// to remember. Nil is a PIN pad that does not work. An error ends the walk.
	EnterPIN func(method CVM) (PINOutcome, error)
}

// CVMFate is what became of a CV rule.
type CVMFate uint8

// The fates of a rule. A bypassed rule is always followed by the next; after an
// unrecognised, unsupported or failed one the CVM code says whether the walk
// goes on; the last two end it.
const (
	RuleBypassed     CVMFate = iota // the condition is not satisfied, or not understood
	RuleUnrecognised                // the CVM code is not understood
	RuleUnsupported                 // the terminal lacks the means
	RuleFailed                      // the CVM was performed and failed
	RuleUnknown                     // performed, its result is not known yet
	RuleSuccessful                  // performed and successful
)

// String returns the fate as a word.
func (f CVMFate) String() string {
	names := [...]string{"bypassed", "unrecognised", "unsupported", "failed", "unknown", "successful"}
	if int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("CVMFate(%d)", uint8(f))
}

// CVMStep is a rule that a walk came to, and what became of it.
type CVMStep struct {
	Rule CVMRule
	Fate CVMFate
}

// CVMWalk is the outcome of cardholder verification.
type CVMWalk struct {
	Results CVMResults
	TVR     TVR // the bits that the walk set, of bytes 3 and 4
	Steps   []CVMStep
	Causes  []CVMCause // of the bits, in the order in which they were set
}

// Successful reports whether cardholder verification was successful.
func (w CVMWalk) Successful() bool { return !w.TVR.Has(TVRCardholderVerificationNotSuccessful) }

// TSI returns the bits that a walk sets: cardholder verification was performed,
// whatever came of it. EMV Book 3, 10.5.
func (w CVMWalk) TSI() (t TSI) {
	t.Set(TSICardholderVerificationPerformed)
	return t
}

// Walk processes the rules in order until one CVM is successful or its result
// unknown, one fails for good, or the list ends. It keeps nothing, and does
// nothing but call EnterPIN, whose error it returns. EMV Book 3, 10.5; EMV Book
// 4, 6.3.4, for the results Table 2 there.
func (l CVMList) Walk(facts CVMFacts) (CVMWalk, error) {
	// Until a CVM is performed the results say that none was.
	w := CVMWalk{Results: NoCVMPerformed(CVMFailed)}
	for _, rule := range l.Rules {
		fate, err := w.apply(rule, l, facts)
		if err != nil {
			return CVMWalk{}, err
		}
		step := CVMStep{Rule: rule, Fate: fate}
		w.Steps = append(w.Steps, step)
		if fate == RuleSuccessful || fate == RuleUnknown {
			return w, nil
		}
		if step.final() {
			break
		}
	}
	w.fail()
	return w, nil
}

// apply carries out one rule. The results keep the CVM performed last: a rule
// that is not performed leaves them alone. EMV Book 4, 6.3.4.5.
func (w *CVMWalk) apply(rule CVMRule, l CVMList, facts CVMFacts) (CVMFate, error) {
	method := rule.Code.Method()
	switch {
	case !facts.satisfy(rule, l):
		return RuleBypassed, nil
	case !method.Recognised():
		w.set(TVRUnrecognisedCVM, sectionCVM, fmt.Sprintf("%v is none that EMV defines", method))
		return RuleUnrecognised, nil
	case !facts.Capabilities.SupportsCVM(method):
		w.noteUnsupported(method, facts)
		return RuleUnsupported, nil
	}
	result, err := w.perform(method, facts)
	if err != nil {
		return 0, err
	}
	w.Results = NewCVMResults(rule, result)
	return [...]CVMFate{CVMUnknown: RuleUnknown, CVMFailed: RuleFailed, CVMSuccessful: RuleSuccessful}[result], nil
}

// satisfy reports whether the condition of a rule holds. One that is not
// understood does not. Under and over exclude the value itself.
func (f CVMFacts) satisfy(rule CVMRule, l CVMList) bool {
	x, y := uint64(l.X), uint64(l.Y)
	switch rule.Condition {
	case CVMAlways:
		return true
	case CVMUnattendedCash:
		return f.Kind == UnattendedCash
	case CVMNotCashNorCashback:
		return !f.Kind.Cash() && f.Kind != PurchaseWithCashback
	case CVMSupported:
		return f.Capabilities.SupportsCVM(rule.Code.Method())
	case CVMManualCash:
		return f.Kind == ManualCash
	case CVMCashback:
		return f.Kind == PurchaseWithCashback
	case CVMUnderX:
		return f.ApplicationCurrency && f.Amount < x
	case CVMOverX:
		return f.ApplicationCurrency && f.Amount > x
	case CVMUnderY:
		return f.ApplicationCurrency && f.Amount < y
	case CVMOverY:
		return f.ApplicationCurrency && f.Amount > y
	}
	return false
}

// noteUnsupported sets the bit that tells why a method is not supported. EMV
// Book 3, 10.5. (The bit of biometrics as two public kernels written to EMV 4.4
// have it, which cite this section.)
func (w *CVMWalk) noteUnsupported(method CVM, facts CVMFacts) {
	switch {
	case facts.lackPINPad(method):
		w.set(TVRPINPadNotWorking, sectionCVM, "the capabilities "+facts.Capabilities.String()+" have no PIN of this kind")
	case method.biometric():
		w.set(TVRBiometricTypeNotSupported, sectionCVM, "the terminal takes no biometrics")
	}
}

// lackPINPad reports whether an unsupported method is so for want of a PIN pad.
// A terminal that supports offline PIN in clear or enciphered counts as having
// one for the other form too (EMV Book 3, 10.5.1; the note from memory).
func (f CVMFacts) lackPINPad(method CVM) bool {
	if method == CVMOnlinePIN {
		return true
	}
	_, offline := method.offlinePIN()
	return offline && !f.Capabilities.Has(TerminalPlaintextPIN) && !f.Capabilities.EncipheredPIN()
}

// perform carries out a supported method. The PIN comes first where a signature
// goes with it; what is known of both together is what is known of the
// signature. EMV Book 3, 10.5.1 to 10.5.4.
func (w *CVMWalk) perform(method CVM, facts CVMFacts) (CVMResult, error) {
	switch method {
	case CVMNone:
		return CVMSuccessful, nil
	case CVMSignature:
		return CVMUnknown, nil
	case CVMOnlinePIN:
		accepted, err := w.enterPIN(CVMOnlinePIN, facts)
		if err != nil || !accepted {
			return CVMFailed, err
		}
		w.set(TVROnlinePINEntered, sectionOnlinePIN, "a PIN was entered for the issuer to verify")
		return CVMUnknown, nil
	}
	pin, ok := method.offlinePIN()
	if !ok {
		return CVMFailed, nil // Fail CVM processing
	}
	accepted, err := w.enterPIN(pin, facts)
	switch {
	case err != nil || !accepted:
		return CVMFailed, err
	case pin != method:
		return CVMUnknown, nil
	}
	return CVMSuccessful, nil
}

// enterPIN has a PIN entered and sets the bit that the outcome asks for. The try
// limit is the card's: an online PIN has none that a terminal could know. EMV
// Book 3, 10.5.1 and 10.5.2.
func (w *CVMWalk) enterPIN(method CVM, facts CVMFacts) (accepted bool, err error) {
	outcome := PINPadNotWorking
	if facts.EnterPIN != nil {
		if outcome, err = facts.EnterPIN(method); err != nil {
			return false, err
		}
	}
	section := sectionOfflinePIN
	if method == CVMOnlinePIN {
		section = sectionOnlinePIN
	}
	switch {
	case outcome == PINTryLimitExceeded && method != CVMOnlinePIN:
		w.set(TVRPINTryLimitExceeded, section, "the card takes no further PIN")
	case outcome == PINPadNotWorking:
		w.set(TVRPINPadNotWorking, section, "the PIN pad does not work")
	case outcome == PINNotEntered:
		w.set(TVRPINNotEntered, section, "the entry of the PIN was bypassed")
	}
	return outcome == PINAccepted, nil
}
