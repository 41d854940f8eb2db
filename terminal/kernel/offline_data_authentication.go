package kernel

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// odaMethod is a method of offline data authentication.
type odaMethod struct {
	name     string
	card     emv.Bit[emv.AIP]
	terminal emv.Bit[emv.TerminalCapabilities]
	failed   emv.Bit[emv.TVR]
	rule     string // the section that says when it has failed
	tap      bool   // done in a tap, too: DDA would take a command that a tap does not have
	run      func(*transaction) error
}

func methodCDA() odaMethod {
	return odaMethod{"CDA", emv.AIPCDASupported, emv.TerminalCDA, emv.TVRCDAFailed, "Book 2, 6.6", true, (*transaction).prepareCDA}
}

// odaMethods returns the methods, the preferred first. EMV Book 3, 10.3.
func odaMethods() []odaMethod {
	return []odaMethod{
		methodCDA(),
		{"DDA", emv.AIPDDASupported, emv.TerminalDDA, emv.TVRDDAFailed, "Book 2, 6.5", false, (*transaction).performDDA},
		{"SDA", emv.AIPSDASupported, emv.TerminalSDA, emv.TVRSDAFailed, "Book 2, 5", true, (*transaction).performSDA},
	}
}

// offlineDataAuthentication performs the first method that card and terminal
// both have; where there is none, the TVR says so. EMV Book 3, 10.3.
func (t *transaction) offlineDataAuthentication() error {
	for _, m := range odaMethods() {
		if t.aip.Has(m.card) && t.profile.Capabilities.Has(m.terminal) && (m.tap || !t.tx.Contactless) {
			return t.perform(m)
		}
	}
	t.found(OfflineDataAuthentication, emv.TVROfflineDataAuthenticationNotPerformed, "Book 3, 10.3",
		"not performed: AIP %s and capabilities %s have no method in common", t.aip, t.profile.Capabilities)
	return nil
}

// perform runs a method. What CDA comes to is known after GENERATE AC.
func (t *transaction) perform(m odaMethod) error {
	err := m.run(t)
	var early *ending
	switch {
	case errors.As(err, &early):
		return err
	case err == nil && !t.cdaKey.IsZero():
		t.note(OfflineDataAuthentication, "CDA selected: ICC public key recovered")
		return nil
	}
	t.authenticated(m, err)
	return nil
}

// authenticated notes the result of a method that was performed, as TSI and TVR
// want it. EMV Book 3, 10.3.
func (t *transaction) authenticated(m odaMethod, err error) {
	t.tsi.Set(emv.TSIOfflineDataAuthenticationPerformed)
	if err == nil {
		t.note(OfflineDataAuthentication, "%s successful", m.name)
		return
	}
	t.found(OfflineDataAuthentication, m.failed, m.rule, "%s failed: %v", m.name, err)
	var missing *oda.MissingError
	if errors.As(err, &missing) {
		t.dataMissing(OfflineDataAuthentication, "Book 3, 10.3", "%s needs %s, which the card does not give", m.name, missing.Tag)
	}
}

// performSDA verifies the signed static application data. EMV Book 2, 5.
func (t *transaction) performSDA() error {
	t.found(OfflineDataAuthentication, emv.TVRSDASelected, "Book 3, 10.3",
		"SDA is the first method in common of AIP %s and capabilities %s", t.aip, t.profile.Capabilities)
	chain, issuer, err := t.certifiedIssuer()
	if err != nil {
		return err
	}
	signed, err := chain.StaticData(issuer, t.static.bytes)
	if err != nil {
		return err
	}
	t.data.set(tagDataAuthenticationCode, signed.DAC[:])
	return nil
}

// performDDA has the card sign an unpredictable number. EMV Book 2, 6.
func (t *transaction) performDDA() error {
	icc, err := t.certifiedICC()
	if err != nil {
		return err
	}
	list, err := t.ddol()
	if err != nil {
		return err
	}
	data, err := t.fill(list)
	if err != nil {
		return err
	}
	signature, err := t.internalAuthenticate(data)
	if err != nil {
		return err
	}
	number, err := oda.VerifyDDA(icc, signature, data)
	if err != nil {
		return err
	}
	t.data.set(tagICCDynamicNumber, number)
	return nil
}

// prepareCDA recovers the card's key, with which the answer to GENERATE AC is
// verified. Where that fails, CDA has failed and is not asked for. EMV Book 2,
// 6.6; EMV Book 4, 6.3.2.1.
func (t *transaction) prepareCDA() (err error) {
	t.cdaKey, err = t.certifiedICC()
	return err
}

// certifiedIssuer returns the chain of certificates and the verified key of the
// issuer.
func (t *transaction) certifiedIssuer() (oda.Chain, oda.PublicKey, error) {
	if t.static.err != nil {
		return oda.Chain{}, oda.PublicKey{}, t.static.err
	}
	ca, err := t.caPublicKey()
	if err != nil {
		return oda.Chain{}, oda.PublicKey{}, err
	}
	chain := oda.Chain{CA: ca, Data: t.data.read, Terms: oda.Terms{PAN: t.pan, Date: emv.DateOf(t.tx.Time)}}
	issuer, err := chain.Issuer()
	return chain, issuer.Key, err
}

func (t *transaction) certifiedICC() (oda.PublicKey, error) {
	chain, issuer, err := t.certifiedIssuer()
	if err != nil {
		return oda.PublicKey{}, err
	}
	icc, err := chain.ICC(issuer, t.static.bytes)
	return icc.Key, err
}

// caPublicKey returns the key that the card names. One past its expiration date
// is not used: EMV Book 2, 11.3 (from memory).
func (t *transaction) caPublicKey() (oda.PublicKey, error) {
	index, ok := t.data.Value(tagCAPublicKeyIndex)
	if !ok {
		return oda.PublicKey{}, &oda.MissingError{Tag: tagCAPublicKeyIndex}
	}
	if len(index) != 1 {
		return oda.PublicKey{}, fmt.Errorf("find CA public key: index of %d bytes: %w", len(index), emv.ErrMalformed)
	}
	rid := oda.RID(t.result.Application.Name[:len(oda.RID{})])
	key, ok := t.profile.CAPublicKeys.Lookup(rid, index[0])
	if !ok || key.Expired(emv.DateOf(t.tx.Time)) {
		return oda.PublicKey{}, fmt.Errorf("find CA public key %s %02X: terminal has none in force", rid, index[0])
	}
	t.data.set(tagTerminalCAPublicKeyIndex, index[:1])
	return key.Key, nil
}

// errDDOL is the failure of DDA for want of a list with the unpredictable
// number. EMV Book 2, 6.5.1.
var errDDOL = errors.New("no DDOL with an unpredictable number")

// ddol returns the list of the card or else the default of the terminal.
func (t *transaction) ddol() (tlv.DOL, error) {
	list := t.app.DefaultDDOL
	if raw, ok := t.data.Value(tagDDOL); ok {
		var err error
		if list, err = tlv.ParseDOL(raw); err != nil {
			return nil, err
		}
	}
	if !list.Contains(tagUnpredictableNumber) {
		return nil, errDDOL
	}
	return list, nil
}

// internalAuthenticate returns the signed dynamic application data. An answer
// that is none ends the transaction: EMV Book 3, 6.5.9.4.
func (t *transaction) internalAuthenticate(data []byte) ([]byte, error) {
	r, err := t.exchange(apdu.InternalAuthenticate(data))
	if err != nil {
		return nil, err
	}
	if r.SW != apdu.SWSuccess {
		return nil, notAccepted("INTERNAL AUTHENTICATE: %s", r.SW)
	}
	e, rest, err := tlv.Next(r.Data)
	if err == nil && len(rest) == 0 {
		switch e.Tag {
		case tagFormat1:
			return e.Value, nil
		case tagFormat2:
			if signature, ok, err := tlv.Find(e.Value, tagSignedDynamicData); ok && err == nil {
				return signature, nil
			}
		}
	}
	return nil, notAccepted("answer to INTERNAL AUTHENTICATE malformed")
}
