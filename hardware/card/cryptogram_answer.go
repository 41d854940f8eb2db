package card

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// acAnswer is what the answer to a GENERATE AC is made of.
type acAnswer struct {
	given  emv.ACType
	cvr    emv.CVR
	signed bool   // with CDA
	cdol2  []byte // values of the second GENERATE AC
}

// answer computes the cryptogram over the data collected so far and returns it
// with the answer: format 1, or format 2, which CDA always has. EMV Book 3,
// 6.5.5.4.
func (s *session) answer(w acAnswer) (ac emv.AC, answer []byte, err error) {
	a, in := s.application(), &s.transaction.input
	if in.IAD, err = s.issuerApplicationData(w.cvr); err != nil {
		return ac, nil, err
	}
	if ac, err = s.transaction.keys.Compute(in); err != nil {
		return ac, nil, err
	}
	cid, atc := []byte{byte(emv.NewCID(w.given, false, emv.ReasonNone))}, in.ATC.Bytes()
	if w.signed {
		answer, err = s.signedAnswer(w, emv.CID(cid[0]), ac)
		return ac, answer, err
	}
	if a.Format1 {
		return ac, tlv.Append(nil, tagResponseFormat1, cid, atc[:], ac[:], in.IAD), nil
	}
	objects := tlv.Append(nil, tagCID, cid)
	objects = tlv.Append(objects, tagATC, atc[:])
	objects = tlv.Append(objects, tagApplicationCryptogram, ac[:])
	objects = tlv.Append(objects, tagIAD, in.IAD)
	return ac, tlv.Append(nil, tagResponseFormat2, objects), nil
}

// signs reports whether a cryptogram is signed: CDA is asked for, there is no CDA
// of an AAC, and the card has a key whose signature fits into an answer with
// everything else. A card whose AIP has CDA is known to have one; another can be
// asked for CDA all the same.
func (s *session) signs(asked bool, given emv.ACType) bool {
	a := s.application()
	return asked && given != emv.ACTypeAAC && !a.ICCKey.IsZero() && signedAnswerFits(a.ICCKey, a.iadBytes())
}

func signedAnswerFits(key oda.PrivateKey, iadBytes int) bool {
	return oda.SignedAnswerBytes(key.Public(), iadBytes) <= apdu.MaxLe
}

// signedAnswer returns the answer of combined DDA and application cryptogram
// generation. The signature stands between ATC and issuer application data, and
// its hash covers the others in their order. EMV Book 2, 6.6.1.
func (s *session) signedAnswer(w acAnswer, cid emv.CID, ac emv.AC) ([]byte, error) {
	t := &s.transaction
	atc := t.input.ATC.Bytes()
	before := tlv.Append(nil, tagCID, []byte{byte(cid)})
	before = tlv.Append(before, tagATC, atc[:])
	behind := tlv.Append(nil, tagIAD, t.input.IAD)
	hash, err := oda.TransactionData{PDOL: t.pdol, CDOL1: t.cdol1, CDOL2: w.cdol2, Response: slices.Concat(before, behind)}.Hash()
	if err != nil {
		return nil, err
	}
	number, err := s.drawDynamicNumber()
	if err != nil {
		return nil, fmt.Errorf("draw ICC dynamic number: %w", err)
	}
	data := oda.CombinedData{ICCDynamicNumber: number[:], CID: cid, AC: ac, TransactionDataHash: hash}
	signature, err := oda.SignCDA(s.application().ICCKey, data, t.input.UnpredictableNumber)
	if err != nil {
		return nil, err
	}
	signed := tlv.Append(nil, tagSignedDynamicData, signature)
	return tlv.Append(nil, tagResponseFormat2, before, signed, behind), nil
}
