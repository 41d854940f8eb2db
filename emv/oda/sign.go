package oda

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
)

// signMessage frames a body with header, hash and trailer and signs it. The
// hash covers the body and what follows it. EMV Book 2, A2.1.2.
func signMessage(key PrivateKey, body []byte, following ...[]byte) ([]byte, error) {
	hash := message{body: body}.digest()(following...)
	return key.power(slices.Concat([]byte{recoveredHeader}, body, hash[:], []byte{recoveredTrailer}))
}

// frameBytes is what the frame adds to a body: header, hash and trailer.
const frameBytes = 1 + sha1.Size + 1

// padBody fills a body with BB to the length that the key signs.
func padBody(body []byte, key PublicKey) ([]byte, error) {
	space := key.Size() - frameBytes - len(body)
	if space < 0 {
		return nil, fmt.Errorf("key of %d bytes is too short: %w", key.Size(), emv.ErrBadLength)
	}
	return append(body, bytes.Repeat([]byte{padding}, space)...), nil
}

// SignStaticData returns the signed static application data (tag 93) over the
// static data of AppendRecord and AppendTagList. EMV Book 2, 5.1.
func SignStaticData(issuer PrivateKey, dac [2]byte, staticData []byte) ([]byte, error) {
	body, err := padBody([]byte{byte(formatStaticData), algorithmSHA1, dac[0], dac[1]}, issuer.Public())
	if err != nil {
		return nil, fmt.Errorf("sign static data: %w", err)
	}
	signature, err := signMessage(issuer, body, staticData)
	if err != nil {
		return nil, fmt.Errorf("sign static data: %w", err)
	}
	return signature, nil
}

// SignDDA returns the signed dynamic application data (tag 9F4B) that answers
// INTERNAL AUTHENTICATE: over an ICC dynamic number of 2 to 8 bytes and the DDOL
// data of the command. EMV Book 2, 6.5.1.
func SignDDA(icc PrivateKey, dynamicNumber, ddolData []byte) ([]byte, error) {
	signature, err := signDynamicData(icc, dynamicNumber, nil, ddolData)
	if err != nil {
		return nil, fmt.Errorf("sign DDA: %w", err)
	}
	return signature, nil
}

// SignCDA returns the signed dynamic application data (tag 9F4B) that GENERATE
// AC returns for a TC or an ARQC, over the unpredictable number of the terminal.
// EMV Book 2, 6.6.1.
func SignCDA(icc PrivateKey, d CombinedData, un emv.UnpredictableNumber) ([]byte, error) {
	following := slices.Concat([]byte{byte(d.CID)}, d.AC[:], d.TransactionDataHash[:])
	signature, err := signDynamicData(icc, d.ICCDynamicNumber, following, un[:])
	if err != nil {
		return nil, fmt.Errorf("sign CDA: %w", err)
	}
	return signature, nil
}

// signDynamicData signs the ICC dynamic number, what follows it, and the
// terminal dynamic data.
func signDynamicData(icc PrivateKey, number, following, terminalData []byte) ([]byte, error) {
	if len(number) < dynamicNumberBytesMin || len(number) > dynamicNumberBytesMax {
		return nil, fmt.Errorf("ICC dynamic number of %d bytes, want %d to %d: %w",
			len(number), dynamicNumberBytesMin, dynamicNumberBytesMax, emv.ErrBadLength)
	}
	data := slices.Concat([]byte{byte(len(number))}, number, following)
	body := append([]byte{byte(formatDynamicData), algorithmSHA1, byte(len(data))}, data...)
	body, err := padBody(body, icc.Public())
	if err != nil {
		return nil, err
	}
	return signMessage(icc, body, terminalData)
}
