package calc

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
)

// odaExplanation shows the recovered fields of each certificate and signature in
// the order of their recovery, and looks for the mistake where a hash differs.
type odaExplanation struct {
	*Explanation
	in    *ODA
	chain oda.Chain
}

// Explain shows what was recovered, as far as it can be.
func (c *ODA) Explain(x *Explanation) {
	chain, err := c.chain()
	if err != nil {
		return
	}
	e := odaExplanation{Explanation: x, in: c, chain: chain}
	x.Step("CA public key", c.CAPK.name(), chain.CA.String())
	issuer := e.issuer()
	if issuer.IsZero() || c.Method == "ISSUER" {
		return
	}
	if c.Method == "SDA" {
		e.staticData(issuer)
		return
	}
	icc := e.icc(issuer)
	if icc.IsZero() || c.Method == "ICC" {
		return
	}
	e.dynamicData(icc)
}

// name returns RID and index.
func (k namedKey) name() string { return k.RID.String() + " " + k.Index.String() }

// value returns a data object, nil where it is absent.
func (e odaExplanation) value(tag emv.Tag) []byte {
	value, _ := e.chain.Data(tag)
	return value
}

func (e odaExplanation) certificate(signed, remainder, exponent emv.Tag) oda.Certificate {
	return oda.Certificate{Signed: e.value(signed), Remainder: e.value(remainder), Exponent: e.value(exponent)}
}

// verdict shows whether a check is good.
func (e odaExplanation) verdict(what string, err error) {
	text := "good"
	if err != nil {
		text = err.Error()
	}
	e.Step(what, text, "")
}

// remedy shows what was found out about a hash that differs.
func (e odaExplanation) remedy(text string, found bool) {
	if !found {
		text = "with none of the known variants"
	}
	e.Step("would match", text, "")
}

// issuer shows the issuer certificate and returns its key, zero if there is
// none.
func (e odaExplanation) issuer() oda.PublicKey {
	certificate := e.certificate(0x90, 0x92, 0x9F32)
	issuer, err := oda.RecoverIssuerCertificate(e.chain.CA, certificate)
	if err != nil {
		e.verdict("issuer certificate", err)
		e.otherKeys(certificate)
		return oda.PublicKey{}
	}
	e.Step("issuer identifier", Hex(issuer.Identifier[:]).String(), "tag 90, format 02")
	e.certifiedKey("issuer", issuer.CertifiedKey)
	e.verdict("issuer certificate", issuer.Verify(e.chain.Terms))
	return issuer.Key
}

// otherKeys tries the other CA keys on a certificate that was not recovered.
func (e odaExplanation) otherKeys(certificate oda.Certificate) {
	for _, other := range e.in.OtherCAPKs {
		ca, err := other.key()
		if err != nil {
			e.verdict("CA public key "+other.name(), err)
			continue
		}
		if _, err := oda.RecoverIssuerCertificate(ca.Key, certificate); err == nil {
			e.Step("recovered by", "CA public key "+other.name(), "")
			return
		}
	}
	e.Step("recovered by", "none of the CA public keys given", "")
}

// certifiedKey shows the fields that both kinds of certificate have.
func (e odaExplanation) certifiedKey(whose string, k oda.CertifiedKey) {
	e.Step(whose+" expiry", k.Expiry.String(), "MMYY")
	e.Step(whose+" serial", Hex(k.SerialNumber[:]).String(), "")
	e.Step(whose+" hash algorithm", fmt.Sprintf("%02X", k.HashAlgorithm), "01 is SHA-1")
	e.Step(whose+" key algorithm", fmt.Sprintf("%02X", k.KeyAlgorithm), "01 is RSA")
	e.Step(whose+" key length", fmt.Sprint(k.KeyLength), "bytes")
	e.Step(whose+" exponent length", fmt.Sprint(k.ExponentLength), "bytes")
	e.Step(whose+" modulus", Hex(k.Key.Modulus()).String(), "")
	e.Step(whose+" hash result", Hex(k.HashResult[:]).String(), "")
}

// staticData shows the signed static application data.
func (e odaExplanation) staticData(issuer oda.PublicKey) {
	s, err := oda.RecoverSignedStaticData(issuer, e.value(0x93))
	if err != nil {
		e.verdict("signed static data", err)
		return
	}
	e.Step("data authentication code", Hex(s.DAC[:]).String(), "tag 93, format 03")
	e.Step("static hash result", Hex(s.HashResult[:]).String(), "")
	if e.in.StaticData == nil {
		e.Step("signed static data", "not checked", "no static data given")
		return
	}
	err = s.Verify(e.in.StaticData)
	e.verdict("signed static data", err)
	if errors.Is(err, emv.ErrBadHash) {
		e.remedy(oda.DiagnoseStaticData(e.in.StaticData, s.HashMatches))
	}
}

// icc shows the ICC certificate and returns its key, zero if there is none.
func (e odaExplanation) icc(issuer oda.PublicKey) oda.PublicKey {
	icc, err := oda.RecoverICCCertificate(issuer, e.certificate(0x9F46, 0x9F48, 0x9F47))
	if err != nil {
		e.verdict("ICC certificate", err)
		return oda.PublicKey{}
	}
	e.Step("ICC PAN", icc.PAN.String(), "tag 9F46, format 04")
	e.certifiedKey("ICC", icc.CertifiedKey)
	if e.in.StaticData == nil {
		e.Step("ICC hash", "not checked", "no static data given")
	}
	err = icc.Verify(e.in.StaticData, e.chain.Terms)
	e.verdict("ICC certificate", err)
	if errors.Is(err, emv.ErrBadHash) {
		e.remedy(oda.DiagnoseStaticData(e.in.StaticData, icc.HashMatches))
	}
	return icc.Key
}

// dynamicData shows the signed dynamic application data.
func (e odaExplanation) dynamicData(icc oda.PublicKey) {
	s, err := oda.RecoverSignedDynamicData(icc, e.value(tagSignedDynamicData))
	if err != nil {
		e.verdict("signed dynamic data", err)
		return
	}
	e.Step("ICC dynamic data length", fmt.Sprint(s.Length), "tag 9F4B, format 05")
	e.Step("dynamic hash result", Hex(s.HashResult[:]).String(), "")
	number, _, err := s.ICCDynamicNumber()
	if err != nil {
		e.verdict("ICC dynamic number", err)
		return
	}
	e.Step("ICC dynamic number", Hex(number).String(), "")
	if e.in.Method == "CDA" {
		e.combinedData(s)
	}
	e.verdict("signed dynamic data", e.in.verifyDynamicData(e.chain.Data, icc, &odaOut{}))
	if s.HashMatches(e.in.DynamicInput) {
		return
	}
	un, found := s.FindUnpredictableNumber(e.value(0x9F37), e.in.CDA.CDOL1Data, e.in.CDA.CDOL2Data, e.in.CDA.PDOLData, e.in.CDA.HashData)
	e.remedy("with unpredictable number "+Hex(un[:]).String(), found)
}

// combinedData shows what CDA adds to the dynamic data.
func (e odaExplanation) combinedData(s oda.SignedDynamicData) {
	d, err := s.CombinedData()
	if err != nil {
		e.verdict("ICC dynamic data", err)
		return
	}
	e.Step("CID", d.CID.String(), d.CID.Type().String())
	e.Step("AC", Hex(d.AC[:]).String(), "")
	e.Step("transaction data hash", Hex(d.TransactionDataHash[:]).String(), "")
	data, err := e.in.CDA.transactionData()
	if err != nil {
		return
	}
	computed, err := data.Hash()
	if err != nil {
		e.verdict("hash of the data given", err)
		return
	}
	e.Step("hash of the data given", Hex(computed[:]).String(), "")
	if computed != d.TransactionDataHash {
		e.remedy(data.Diagnose(d.TransactionDataHash))
	}
}
