package kernel

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
)

// pinEntries is what is remembered from one PIN method of a CVM list to the
// next.
type pinEntries struct {
	settled bool           // no further PIN method asks anybody
	outcome emv.PINOutcome // of the settled entry
	blocked bool           // the card takes no offline PIN
	online  pin.PIN        // for the issuer
}

func (p *pinEntries) forget() { p.online = pin.PIN{} }

// pinTriesMax bounds how often one method asks for a PIN: no counter in 63Cx is
// higher, so a card that lets one go on longer than this does not count down.
const pinTriesMax = 16

// enterPIN has a PIN entered for a method. Once an entry was bypassed or the pad
// has failed, every other PIN method goes the same way (EMV Book 4, 6.3.4.3);
// once the card takes no PIN, so do the other offline methods.
func (t *transaction) enterPIN(method emv.CVM) (emv.PINOutcome, error) {
	switch {
	case t.pins.settled:
		return t.pins.outcome, nil
	case method == emv.CVMOnlinePIN:
		return t.enterOnlinePIN()
	case t.tx.Contactless:
		// A tap has no VERIFY. No PIN was asked for, so no bit about one is set.
		t.note(CardholderVerification, "offline PIN is not for taps")
		return emv.PINRefused, nil
	case t.pins.blocked:
		return emv.PINTryLimitExceeded, nil
	}
	return t.enterOfflinePIN(method)
}

// enterOnlinePIN takes a PIN for the issuer. EMV Book 3, 10.5.2.
func (t *transaction) enterOnlinePIN() (emv.PINOutcome, error) {
	entry, err := t.ask(emv.CVMOnlinePIN, TriesUnknown, false)
	if err != nil {
		return 0, err
	}
	if entry.kind != pinEntered {
		return t.settle(entry), nil
	}
	t.pins.online = entry.pin
	return emv.PINAccepted, nil
}

// enterOfflinePIN has PINs entered until the card accepts one or takes no more.
// The key of an enciphered PIN is recovered first, so that nobody enters a PIN
// in vain; without it the CVM fails. EMV Book 3, 10.5.1; EMV Book 2, 7.1.
func (t *transaction) enterOfflinePIN(method emv.CVM) (emv.PINOutcome, error) {
	var key oda.PublicKey
	if method == emv.CVMEncipheredPIN {
		var err error
		if key, err = t.pinEnciphermentKey(); err != nil {
			t.note(CardholderVerification, "no key to encipher a PIN: %v", err)
			return emv.PINRefused, nil
		}
	}
	tries, err := t.readPINTryCounter()
	if err != nil {
		return 0, err
	}
	for i := 0; i < pinTriesMax && tries != 0; i++ {
		outcome, left, err := t.tryOfflinePIN(method, key, tries, i > 0)
		if err != nil || outcome != emv.PINRefused || left == tryNoMore {
			return outcome, err
		}
		tries = left
	}
	t.pins.blocked = true
	return emv.PINTryLimitExceeded, nil
}

// tryNoMore stands for the number of tries left where a CVM has failed for
// another reason than a wrong PIN.
const tryNoMore = -2

// readPINTryCounter returns the tries left, or TriesUnknown where the card does
// not tell. EMV Book 3, 10.5.1.
func (t *transaction) readPINTryCounter() (int, error) {
	counter, ok, err := t.getData(tagPINTryCounter, 1)
	if err != nil || !ok {
		return TriesUnknown, err
	}
	t.note(CardholderVerification, "PIN try counter %d", counter[0])
	return int(counter[0]), nil
}

// tryOfflinePIN asks for a PIN once and has the card verify it.
func (t *transaction) tryOfflinePIN(method emv.CVM, key oda.PublicKey, tries int, retry bool) (outcome emv.PINOutcome, left int, err error) {
	if tries == 1 {
		t.cardholder.Show(t.ctx, MessageLastPINTry)
	}
	entry, err := t.ask(method, tries, retry)
	if err != nil {
		return 0, 0, err
	}
	sw := entry.sw
	switch {
	case entry.kind == pinVerifiedByReader && method == emv.CVMPlaintextPIN:
	case entry.kind != pinEntered:
		return t.settle(entry), 0, nil
	default:
		var sent bool
		if sw, sent, err = t.verify(method, entry.pin, key); err != nil || !sent {
			return emv.PINRefused, tryNoMore, err
		}
	}
	return t.judgeVerify(sw)
}

// ask has a PIN entered.
func (t *transaction) ask(method emv.CVM, tries int, retry bool) (PINEntry, error) {
	entry, err := t.cardholder.PIN(t.ctx, PINPrompt{
		Application: t.result.Application, Kind: t.tx.Kind, Method: method,
		Amount: t.tx.Amount, Currency: t.profile.CurrencyCode, Exponent: t.profile.CurrencyExponent,
		TriesLeft: tries, Retry: retry, Bypass: t.profile.PINBypass,
	})
	if err != nil {
		return PINEntry{}, &ending{outcome: NotAccepted, reason: "PIN entry broken off", cause: err}
	}
	return entry, nil
}

// settle remembers an entry that was bypassed or failed.
func (t *transaction) settle(entry PINEntry) emv.PINOutcome {
	t.pins.settled, t.pins.outcome = true, emv.PINPadNotWorking
	if entry.kind == pinBypassed {
		t.pins.outcome = emv.PINNotEntered
	}
	return t.pins.outcome
}

// judgeVerify says what a status word of VERIFY means. One that EMV does not
// allot to VERIFY ends the transaction. EMV Book 3, 10.5.1, 6.5.12.5 and 6.3.5.
func (t *transaction) judgeVerify(sw apdu.SW) (outcome emv.PINOutcome, left int, err error) {
	t.note(CardholderVerification, "VERIFY: %s", sw)
	left, counted := sw.TriesLeft()
	switch {
	case sw == apdu.SWSuccess:
		t.cardholder.Show(t.ctx, MessagePINOK)
		return emv.PINAccepted, 0, nil
	case counted:
		t.cardholder.Show(t.ctx, MessageIncorrectPIN)
		return emv.PINRefused, left, nil
	case sw == apdu.SWAuthenticationBlocked, sw == apdu.SWReferenceDataInvalid:
		t.pins.blocked = true
		return emv.PINTryLimitExceeded, 0, nil
	}
	return 0, 0, notAccepted("VERIFY: %s", sw)
}

// verify sends a PIN to the card, in clear or enciphered under key as the method
// says. sent is false where the card gives no challenge to encipher it with. EMV
// Book 3, 6.5.12; EMV Book 2, 7.
func (t *transaction) verify(method emv.CVM, p pin.PIN, key oda.PublicKey) (sw apdu.SW, sent bool, err error) {
	block, err := pin.Encode(pin.Format2, p, account.PAN{}, nil)
	if err != nil {
		return 0, false, &ending{outcome: NotAccepted, reason: "PIN can not be sent", cause: err}
	}
	if method == emv.CVMPlaintextPIN {
		var r apdu.Response
		block.Open(func(clear []byte) { r, err = t.exchange(apdu.VerifyPlaintext(clear)) })
		return r.SW, true, err
	}
	challenge, ok, err := t.getChallenge()
	if err != nil || !ok {
		return 0, false, err
	}
	enciphered, err := oda.EncipherPIN(key, block, challenge, t.kernel.config.Rand)
	if err != nil {
		return 0, false, &ending{outcome: NotAccepted, reason: "PIN can not be enciphered", cause: err}
	}
	r, err := t.exchange(apdu.VerifyEnciphered(enciphered))
	return r.SW, true, err
}

// getChallenge returns the card's unpredictable number. EMV Book 3, 6.5.6.
func (t *transaction) getChallenge() (challenge oda.Challenge, ok bool, err error) {
	r, err := t.exchange(apdu.GetChallenge())
	if err != nil || r.SW != apdu.SWSuccess || len(r.Data) != len(challenge) {
		return challenge, false, err
	}
	return oda.Challenge(r.Data), true, nil
}

// pinEnciphermentKey returns the verified key for an enciphered offline PIN. EMV
// Book 2, 7.1.
func (t *transaction) pinEnciphermentKey() (oda.PublicKey, error) {
	chain, issuer, err := t.certifiedIssuer()
	if err != nil {
		return oda.PublicKey{}, err
	}
	certificate, err := chain.PINEncipherment(issuer, t.static.bytes)
	return certificate.Key, err
}
