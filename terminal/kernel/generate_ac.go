package kernel

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// cryptogram is the card's answer to GENERATE AC.
type cryptogram struct {
	cid       emv.CID
	atc       emv.ATC
	ac        emv.AC
	hasAC     bool
	signature []byte // tag 9F4B; nil without CDA
	format2   []byte // value of template 77; nil in format 1
	others    template
	cdaFailed bool
}

// The lengths in bytes of an answer in format 1: CID, ATC, AC and up to 32 bytes
// of issuer application data. EMV Book 3, 6.5.5.4.
const (
	cryptogramBytesMin = 1 + 2 + 8
	cryptogramBytesMax = cryptogramBytesMin + 32
)

// generateAC asks for the first cryptogram in card action analysis and for the
// second in completion. With CDA the answer is verified. EMV Book 3, 6.5.5; EMV
// Book 2, 6.6.
func (t *transaction) generateAC(p Phase, request emv.ACType, list tlv.DOL) (cryptogram, error) {
	data, err := t.fill(list)
	if err != nil {
		return cryptogram{}, err
	}
	told := t.tvr // what the answer may change is not in the data
	cdol2Data := data
	if p == CardActionAnalysis {
		t.cdol1Data, cdol2Data = data, nil
	}
	// An AAC is never signed.
	cda := !t.cdaKey.IsZero() && request != emv.ACTypeAAC
	r, err := t.exchange(apdu.GenerateAC(request, cda, data))
	if err != nil {
		return cryptogram{}, err
	}
	if r.SW != apdu.SWSuccess {
		return cryptogram{}, notAccepted("GENERATE AC: %s", r.SW)
	}
	c, err := parseCryptogram(r.Data)
	if err != nil {
		return cryptogram{}, notAccepted("answer to GENERATE AC malformed")
	}
	signed := cda && c.cid.Type() != emv.ACTypeAAC
	if !signed && !c.hasAC {
		return cryptogram{}, notAccepted("answer to GENERATE AC without a cryptogram")
	}
	if signed {
		t.verifyCDA(&c, cdol2Data)
	}
	if p == Completion && c.atc != t.result.ATC {
		t.note(p, "ATC is another than with the first cryptogram")
	}
	t.keepCryptogram(c)
	t.result.CryptogramTVR = told
	t.note(p, "%s requested, card gives %s, CID %s", request, c.cid.Type(), c.cid)
	return c, nil
}

// parseCryptogram reads either format.
func parseCryptogram(b []byte) (cryptogram, error) {
	e, rest, err := tlv.Next(b)
	switch {
	case err != nil:
		return cryptogram{}, err
	case len(rest) != 0:
		return cryptogram{}, fmt.Errorf("parse cryptogram: bytes behind the template: %w", emv.ErrMalformed)
	case e.Tag == tagFormat1:
		return parseFormat1(e.Value)
	case e.Tag == tagFormat2:
		return parseFormat2(e.Value)
	}
	return cryptogram{}, fmt.Errorf("parse cryptogram: neither format: %w", emv.ErrMalformed)
}

func parseFormat1(b []byte) (cryptogram, error) {
	if len(b) < cryptogramBytesMin || len(b) > cryptogramBytesMax {
		return cryptogram{}, fmt.Errorf("parse cryptogram: %d bytes, want %d to %d: %w", len(b), cryptogramBytesMin, cryptogramBytesMax, emv.ErrMalformed)
	}
	return cryptogram{
		cid: emv.CID(b[0]), atc: emv.ATC(b[1])<<8 | emv.ATC(b[2]), ac: emv.AC(b[3:cryptogramBytesMin]), hasAC: true,
		others: template{{Tag: tagIssuerApplicationData, Value: b[cryptogramBytesMin:]}},
	}, nil
}

func parseFormat2(b []byte) (cryptogram, error) {
	list, err := parseTemplate(b)
	if err != nil {
		return cryptogram{}, err
	}
	cid, _ := list.value(tagCID)
	atc, _ := list.value(tagATC)
	if len(cid) != 1 || len(atc) != 2 || list.repeats() {
		return cryptogram{}, fmt.Errorf("parse cryptogram: no %s or %s, or a data object twice: %w", tagCID, tagATC, emv.ErrMalformed)
	}
	c := cryptogram{cid: emv.CID(cid[0]), atc: emv.ATC(atc[0])<<8 | emv.ATC(atc[1]), format2: b, others: list}
	c.signature, _ = list.value(tagSignedDynamicData)
	if ac, ok := list.value(tagCryptogram); ok {
		if len(ac) != len(c.ac) {
			return cryptogram{}, fmt.Errorf("parse cryptogram: %s of %d bytes: %w", tagCryptogram, len(ac), emv.ErrMalformed)
		}
		c.ac, c.hasAC = emv.AC(ac), true
	}
	return c, nil
}

// keepCryptogram stores what the answer holds in place of what an earlier one
// held: issuer application data, signature, and data objects that EMV does not
// know and the card has not given elsewhere. No other data object has its place
// in this answer. EMV Book 3, 6.5.5.4.
func (t *transaction) keepCryptogram(c cryptogram) {
	t.data.remove(tagIssuerApplicationData)
	t.data.remove(tagSignedDynamicData)
	for _, e := range c.others {
		_, known := emv.Describe(e.Tag)
		belongs := e.Tag == tagIssuerApplicationData || e.Tag == tagSignedDynamicData
		if belongs || !known && !t.given[e.Tag] {
			t.data.setFromCard(e.Tag, e.Value)
		}
	}
	atc := c.atc.Bytes()
	t.data.set(tagCID, []byte{byte(c.cid)})
	t.data.set(tagATC, atc[:])
	r := &t.result
	r.CID, r.ATC, r.AC, r.Cryptogram = c.cid, c.atc, c.ac, c.hasAC
	r.AdviceRequested = r.AdviceRequested || c.cid.AdviceRequired()
	t.data.remove(tagCryptogram)
	if c.hasAC {
		t.data.set(tagCryptogram, c.ac[:])
	}
}

// verifyCDA verifies a signed answer, which holds the cryptogram nowhere else.
// After a failure no further signature is asked for. EMV Book 2, 6.6.2.
func (t *transaction) verifyCDA(c *cryptogram, cdol2Data []byte) {
	combined, err := t.combinedData(c, cdol2Data)
	if err != nil {
		c.cdaFailed, t.cdaKey = true, oda.PublicKey{}
	} else {
		c.ac, c.hasAC = combined.AC, true
		t.data.set(tagICCDynamicNumber, slices.Clone(combined.ICCDynamicNumber))
	}
	t.authenticated(methodCDA(), err)
}

func (t *transaction) combinedData(c *cryptogram, cdol2Data []byte) (oda.CombinedData, error) {
	if c.signature == nil {
		return oda.CombinedData{}, fmt.Errorf("verify CDA: answer is not signed: %w", emv.ErrMalformed)
	}
	hash, err := oda.TransactionData{PDOL: t.pdolData, CDOL1: t.cdol1Data, CDOL2: cdol2Data, Response: c.format2}.Hash()
	if err != nil {
		return oda.CombinedData{}, err
	}
	return oda.VerifyCDA(t.cdaKey, c.signature, t.unpredictableNumber, c.cid, hash)
}
