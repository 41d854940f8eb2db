package oda

import (
	"crypto/sha1"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

const tagSignedDynamicData emv.Tag = 0x9F4B

// CombinedData is the ICC dynamic data of CDA. EMV Book 2, 6.6.1.
type CombinedData struct {
	ICCDynamicNumber    []byte // 2 to 8 bytes
	CID                 emv.CID
	AC                  emv.AC // the TC or ARQC, which the response holds nowhere else
	TransactionDataHash Hash
}

// combinedDataTail is the number of bytes behind the ICC dynamic number.
const combinedDataTail = 1 + len(emv.AC{}) + sha1.Size

// CombinedData reads the ICC dynamic data as that of CDA; what a card adds
// behind it is left alone. Data that is too short is emv.ErrMalformed.
func (s SignedDynamicData) CombinedData() (CombinedData, error) {
	number, following, err := s.ICCDynamicNumber()
	if err != nil {
		return CombinedData{}, err
	}
	if len(following) < combinedDataTail {
		return CombinedData{}, fmt.Errorf("read ICC dynamic data: %d bytes behind the number, want %d: %w",
			len(following), combinedDataTail, emv.ErrMalformed)
	}
	return CombinedData{
		ICCDynamicNumber:    number,
		CID:                 emv.CID(following[0]),
		AC:                  emv.AC(following[1:9]),
		TransactionDataHash: Hash(following[9:combinedDataTail]),
	}, nil
}

// TransactionData is what the transaction data hash of CDA covers. EMV Book 2,
// 6.6.1.
type TransactionData struct {
	PDOL  []byte // filled PDOL, without tag 83 and its length; empty without a PDOL
	CDOL1 []byte // data of the first GENERATE AC
	CDOL2 []byte // data of the second GENERATE AC; empty at the first
	// Response is the value of template 77 that GENERATE AC returned. Tag 9F4B is
	// left out of the hash; the others enter in the order in which they stand.
	Response []byte
}

// Hash returns the transaction data hash. A response that can not be parsed is
// emv.ErrMalformed.
func (d TransactionData) Hash() (Hash, error) {
	h := sha1.New()
	h.Write(d.PDOL)
	h.Write(d.CDOL1)
	h.Write(d.CDOL2)
	for e, err := range tlv.Elements(d.Response) {
		if err != nil {
			return Hash{}, fmt.Errorf("hash transaction data: %w", err)
		}
		if e.Tag != tagSignedDynamicData {
			h.Write(e.Raw)
		}
	}
	return Hash(h.Sum(nil)), nil
}

// signedAnswerOverhead is what stands in a CDA answer beside the signature and the
// value of the issuer application data: 77 81 L, 9F27 01, CID, 9F36 02, ATC,
// 9F4B 81 L and 9F10 L.
const signedAnswerOverhead = 3 + 4 + 5 + 4 + 3

// SignedAnswerBytes returns the length of an answer to GENERATE AC that is signed
// by CDA and holds nothing but what it must: CID, ATC, signature and issuer
// application data. Where that is above 256 bytes the card can not give it. EMV
// Book 2, 6.6.1. The length bytes are those of a key from 1024 bits on; the answer
// under a shorter one is up to 2 bytes shorter.
func SignedAnswerBytes(icc PublicKey, iadBytes int) int {
	return signedAnswerOverhead + icc.Size() + iadBytes
}

// VerifyCDA recovers the signed dynamic application data that GENERATE AC
// returned and checks, in this order, that its CID is the one of the response
// (emv.ErrBadCID), that it covers the unpredictable number, and that its
// transaction data hash is the given one (both emv.ErrBadHash). EMV Book 2,
// 6.6.2.
func VerifyCDA(icc PublicKey, signature []byte, un emv.UnpredictableNumber, cid emv.CID, transaction Hash) (CombinedData, error) {
	s, err := RecoverSignedDynamicData(icc, signature)
	if err != nil {
		return CombinedData{}, err
	}
	d, err := s.CombinedData()
	if err != nil {
		return CombinedData{}, fmt.Errorf("verify CDA: %w", err)
	}
	if d.CID != cid {
		return CombinedData{}, fmt.Errorf("verify CDA: cryptogram information data differs: %w", emv.ErrBadCID)
	}
	if err := s.verifyHash(un[:]); err != nil {
		return CombinedData{}, fmt.Errorf("verify CDA: %w", err)
	}
	if d.TransactionDataHash != transaction {
		return CombinedData{}, fmt.Errorf("verify CDA: transaction data hash differs: %w", emv.ErrBadHash)
	}
	return d, nil
}
