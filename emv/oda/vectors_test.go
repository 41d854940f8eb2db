package oda_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata/vectors"
)

type caKeyIn struct {
	RID      vectors.Bytes `json:"rid"`
	Index    vectors.Bytes `json:"index"`
	Modulus  vectors.Bytes `json:"modulus"`
	Exponent vectors.Bytes `json:"exponent"`
}

func (k caKeyIn) key(t testing.TB) oda.CAPublicKey {
	t.Helper()
	require.Len(t, k.RID, 5)
	require.Len(t, k.Index, 1)
	public, err := oda.NewPublicKey(k.Modulus, k.Exponent)
	require.NoError(t, err)
	return oda.CAPublicKey{RID: oda.RID(k.RID), Index: k.Index[0], Key: public}
}

type capkIn struct {
	caKeyIn
	Kind string        `json:"kind"`
	Bits int           `json:"bits"`
	SHA1 vectors.Bytes `json:"sha1"`
}

type capkOut struct {
	SHA1 vectors.Bytes `json:"sha1"`
}

func TestCAPublicKeyVectors(t *testing.T) {
	vectors.Run(t, "capk", func(t *testing.T, c vectors.Case[capkIn, capkOut]) {
		key := c.In.key(t)
		assert.Equal(t, c.In.Bits, 8*key.Key.Size())
		sum := key.CheckSum()
		assert.Equal(t, c.Out.SHA1, vectors.Bytes(sum[:]))
		assert.Equal(t, c.In.Modulus, vectors.Bytes(key.Key.Modulus()))
		assert.Equal(t, c.In.Exponent, vectors.Bytes(key.Key.Exponent()))

		published := c.In.SHA1
		if c.Expect == vectors.OK {
			published = c.Out.SHA1
		}
		expect(t, c.Expect, key.Verify(oda.Hash(published)))
	})
}

type cdaIn struct {
	CID          vectors.Bytes `json:"cid"`
	PDOLData     vectors.Bytes `json:"pdol_data"`
	CDOL1Data    vectors.Bytes `json:"cdol1_data"`
	ResponseTLVs vectors.Bytes `json:"response_tlvs"`
	HashData     vectors.Bytes `json:"hash_data"` // the three above joined
}

type odaIn struct {
	Method       string                   `json:"method"`
	CAPK         caKeyIn                  `json:"capk"`
	Tags         map[string]vectors.Bytes `json:"tags"`
	StaticData   vectors.Bytes            `json:"static_data"`
	DynamicInput vectors.Bytes            `json:"dynamic_input"`
	Date         vectors.Bytes            `json:"date"`
	CDA          cdaIn                    `json:"cda"`
}

type odaOut struct {
	Failure             emv.Failure   `json:"failure"`
	IssuerModulus       vectors.Bytes `json:"issuer_modulus"`
	IssuerID            vectors.Bytes `json:"issuer_id"`
	IssuerExpiry        string        `json:"issuer_cert_expiry_mmyy"`
	IssuerSerial        vectors.Bytes `json:"issuer_cert_serial"`
	DAC                 vectors.Bytes `json:"dac"`
	ICCModulus          vectors.Bytes `json:"icc_modulus"`
	ICCExpiry           string        `json:"icc_cert_expiry_mmyy"`
	ICCDynamicNumber    vectors.Bytes `json:"icc_dynamic_number"`
	CID                 vectors.Bytes `json:"cid"`
	AC                  vectors.Bytes `json:"ac"`
	TransactionDataHash vectors.Bytes `json:"transaction_data_hash"`
}

func TestOfflineDataAuthenticationVectors(t *testing.T) {
	vectors.Run(t, "oda", func(t *testing.T, c vectors.Case[odaIn, odaOut]) {
		out, err := authenticate(t, c.In)
		expect(t, c.Expect, err)
		if c.Expect == vectors.OK {
			assert.Equal(t, c.Out, out)
		}
	})
}

// expect checks the class of an error, or that there is none.
func expect(t *testing.T, want emv.Failure, err error) {
	t.Helper()
	if want == vectors.OK {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, want)
}

func authenticate(t *testing.T, in odaIn) (odaOut, error) {
	t.Helper()
	chain := in.chain(t)
	issuer, err := chain.Issuer()
	if err != nil {
		return odaOut{}, err
	}
	out := odaOut{
		IssuerModulus: issuer.Key.Modulus(),
		IssuerID:      issuer.Identifier[:],
		IssuerExpiry:  issuer.Expiry.String(),
		IssuerSerial:  issuer.SerialNumber[:],
	}
	if in.Method == "SDA" {
		s, err := chain.StaticData(issuer.Key, in.StaticData)
		out.DAC = s.DAC[:]
		return out, err
	}
	icc, err := chain.ICC(issuer.Key, in.StaticData)
	if err != nil {
		return odaOut{}, err
	}
	out.ICCModulus, out.ICCExpiry = icc.Key.Modulus(), icc.Expiry.String()
	signature := in.Tags["9F4B"]
	switch in.Method {
	case "DDA":
		number, err := oda.VerifyDDA(icc.Key, signature, in.DynamicInput)
		out.ICCDynamicNumber = number
		return out, err
	case "CDA":
		return in.combine(t, out, icc.Key)
	}
	return out, nil
}

func (in odaIn) combine(t *testing.T, out odaOut, icc oda.PublicKey) (odaOut, error) {
	t.Helper()
	assert.Equal(t, in.CDA.HashData, slices.Concat(in.CDA.PDOLData, in.CDA.CDOL1Data, in.CDA.ResponseTLVs))
	hash, err := oda.TransactionData{PDOL: in.CDA.PDOLData, CDOL1: in.CDA.CDOL1Data, Response: in.CDA.ResponseTLVs}.Hash()
	require.NoError(t, err)
	require.Len(t, in.DynamicInput, 4)
	d, err := oda.VerifyCDA(icc, in.Tags["9F4B"], emv.UnpredictableNumber(in.DynamicInput), emv.CID(in.CDA.CID[0]), hash)
	out.ICCDynamicNumber, out.CID, out.AC = d.ICCDynamicNumber, vectors.Bytes{byte(d.CID)}, d.AC[:]
	out.TransactionDataHash = d.TransactionDataHash[:]
	return out, err
}

func (in odaIn) chain(t *testing.T) oda.Chain {
	t.Helper()
	objects := map[emv.Tag][]byte{}
	for name, value := range in.Tags {
		tag, err := emv.ParseTag(name)
		require.NoError(t, err)
		objects[tag] = value
	}
	pan, err := account.DecodePAN(objects[0x5A])
	require.NoError(t, err)
	terms := oda.Terms{PAN: pan}
	if in.Date == nil {
		terms.Skip |= oda.CheckExpiry
	} else {
		terms.Date, err = emv.ParseDate(in.Date)
		require.NoError(t, err)
	}
	return oda.Chain{CA: in.CAPK.key(t).Key, Data: dataOf(objects), Terms: terms}
}
