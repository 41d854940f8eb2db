package oda_test

import (
	"crypto/sha1"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/testdata/vectors"
)

const testPANDigits = "374245001741007"

var (
	testStaticData = []byte("records and AIP")
	testTerms      = oda.CertificateTerms{Expiry: oda.MonthYear{0x12, 0x30}, SerialNumber: [3]byte{0, 1, 0x23}}
	testDate       = day(2026, time.November, 1)
)

// card is a test card with all its certificates.
type card struct {
	ca, issuer, icc, pinKey oda.PrivateKey
	objects                 map[emv.Tag][]byte
	chain                   oda.Chain
}

// newCard signs the certificates of a card whose keys have these sizes in bits.
func newCard(t testing.TB, ca, issuer, icc int, exponent oda.Exponent) card {
	t.Helper()
	c := card{
		ca:     testKey(t, ca, exponent, 1),
		issuer: testKey(t, issuer, exponent, 2),
		icc:    testKey(t, icc, exponent, 3),
		pinKey: testKey(t, icc, exponent, 4),
	}
	pan := testPAN(t, testPANDigits)
	id, err := oda.NewIssuerIdentifier(pan, 6)
	require.NoError(t, err)
	issuerCertificate, err := oda.SignIssuerCertificate(c.ca, id, testTerms, c.issuer.Public())
	require.NoError(t, err)
	iccCertificate, err := oda.SignICCCertificate(c.issuer, pan, testTerms, c.icc.Public(), testStaticData)
	require.NoError(t, err)
	pinCertificate, err := oda.SignICCCertificate(c.issuer, pan, testTerms, c.pinKey.Public(), nil)
	require.NoError(t, err)
	ssad, err := oda.SignStaticData(c.issuer, [2]byte{0xDA, 0xC1}, testStaticData)
	require.NoError(t, err)
	c.objects = map[emv.Tag][]byte{0x93: ssad}
	c.hold(issuerCertificate, 0x90, 0x92, 0x9F32)
	c.hold(iccCertificate, 0x9F46, 0x9F48, 0x9F47)
	c.hold(pinCertificate, 0x9F2D, 0x9F2F, 0x9F2E)
	c.chain = oda.Chain{CA: c.ca.Public(), Data: dataOf(c.objects), Terms: oda.Terms{PAN: pan, Date: testDate}}
	return c
}

// hold stores a certificate as data objects, the remainder only if there is one.
func (c card) hold(certificate oda.Certificate, signed, remainder, exponent emv.Tag) {
	c.objects[signed], c.objects[exponent] = certificate.Signed, certificate.Exponent
	if certificate.Remainder != nil {
		c.objects[remainder] = certificate.Remainder
	}
}

// sizes are combinations of key lengths: with and without remainder at both
// levels, filled with BB, and without a spare byte.
var sizes = []struct{ ca, issuer, icc int }{
	{1024, 1024, 1024}, // remainder at both levels
	{1024, 768, 768},   // BB in the issuer certificate
	{1152, 1024, 768},  // remainder, BB
	{1408, 1152, 1024}, // remainder below
	{1984, 1408, 1152}, // BB above, remainder below
	{1984, 1984, 1984}, // the longest
	{1312, 1024, 0},    // the issuer's modulus fills its space exactly
	{1984, 1360, 1024}, // and so does the card's
}

func TestSignedCardVerifies(t *testing.T) {
	for _, exponent := range []oda.Exponent{oda.Exponent3, oda.Exponent65537} {
		for _, s := range sizes {
			if s.icc == 0 {
				s.icc = s.issuer
			}
			t.Run(fmt.Sprintf("%d/%d-%d-%d", exponent, s.ca, s.issuer, s.icc), func(t *testing.T) {
				verifyCard(t, newCard(t, s.ca, s.issuer, s.icc, exponent))
			})
		}
	}
}

// verifyCard carries out all methods against a card.
func verifyCard(t *testing.T, c card) {
	t.Helper()
	issuer, err := c.chain.Issuer()
	require.NoError(t, err)
	assert.True(t, issuer.Key.Equal(c.issuer.Public()))
	assert.Equal(t, "374245FF", fmt.Sprintf("%X", issuer.Identifier))
	assert.Equal(t, testTerms, oda.CertificateTerms{Expiry: issuer.Expiry, SerialNumber: issuer.SerialNumber})

	static, err := c.chain.StaticData(issuer.Key, testStaticData)
	require.NoError(t, err)
	assert.Equal(t, [2]byte{0xDA, 0xC1}, static.DAC)

	icc, err := c.chain.ICC(issuer.Key, testStaticData)
	require.NoError(t, err)
	assert.True(t, icc.Key.Equal(c.icc.Public()))
	assert.True(t, icc.PAN.Equal(testPAN(t, testPANDigits)))

	pinKey, err := c.chain.PINEncipherment(issuer.Key, testStaticData)
	require.NoError(t, err)
	assert.True(t, pinKey.Key.Equal(c.pinKey.Public()))

	verifyDynamic(t, c, icc.Key)
}

func verifyDynamic(t *testing.T, c card, key oda.PublicKey) {
	t.Helper()
	number := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	signature, err := oda.SignDDA(c.icc, number, []byte("DDOL data"))
	require.NoError(t, err)
	got, err := oda.VerifyDDA(key, signature, []byte("DDOL data"))
	require.NoError(t, err)
	assert.Equal(t, number, got)

	d := oda.CombinedData{ICCDynamicNumber: number[:2], CID: 0x80, AC: emv.AC{9, 8, 7}, TransactionDataHash: oda.Hash{1, 2}}
	un := emv.UnpredictableNumber{0xA, 0xB, 0xC, 0xD}
	signature, err = oda.SignCDA(c.icc, d, un)
	require.NoError(t, err)
	combined, err := oda.VerifyCDA(key, signature, un, d.CID, d.TransactionDataHash)
	require.NoError(t, err)
	assert.Equal(t, d, combined)
}

func TestCertificateRefusesLongerKey(t *testing.T) {
	ca, issuer := testKey(t, 1024, oda.Exponent3, 1), testKey(t, 1152, oda.Exponent3, 2)
	_, err := oda.SignIssuerCertificate(ca, oda.IssuerIdentifier{}, testTerms, issuer.Public())
	assert.ErrorIs(t, err, emv.ErrBadLength)
	_, err = oda.SignICCCertificate(ca, testPAN(t, testPANDigits), testTerms, issuer.Public(), nil)
	assert.ErrorIs(t, err, emv.ErrBadLength)
}

func TestDynamicNumberHasTwoToEightBytes(t *testing.T) {
	icc := testKey(t, 768, oda.Exponent3, 3)
	for _, n := range []int{0, 1, 9} {
		_, err := oda.SignDDA(icc, make([]byte, n), nil)
		assert.ErrorIs(t, err, emv.ErrBadLength, n)
	}
}

// resign alters the recovered bytes of a signature, computes the hash anew over
// them and what follows if fixHash is set, and signs the result.
func resign(t *testing.T, k oda.PrivateKey, signature []byte, fixHash bool, following []byte, alter func(recovered []byte)) []byte {
	t.Helper()
	b, err := k.Public().Recover(signature)
	require.NoError(t, err)
	alter(b)
	if fixHash {
		end := len(b) - 1 - sha1.Size
		hash := sha1.Sum(slices.Concat(b[1:end], following))
		copy(b[end:], hash[:])
	}
	signed, err := oda.Power(k, b)
	require.NoError(t, err)
	return signed
}

// put returns an alteration that writes bytes at an offset, from the end where
// it is negative.
func put(at int, value ...byte) func([]byte) {
	return func(b []byte) {
		if at < 0 {
			at += len(b)
		}
		copy(b[at:], value)
	}
}

func TestIssuerCertificateFailures(t *testing.T) {
	c := newCard(t, 1152, 1152, 1024, oda.Exponent3)
	following := slices.Concat(c.objects[0x92], c.objects[0x9F32])
	for name, test := range map[string]struct {
		alter   func([]byte)
		fixHash bool
		want    emv.Failure
	}{
		"trailer":                     {put(-1, 0xCC), true, emv.ErrBadTrailer},
		"header":                      {put(0, 0x6B), true, emv.ErrBadHeader},
		"format":                      {put(1, 0x04), true, emv.ErrBadFormat},
		"identifier, hash kept":       {put(2, 0x38), false, emv.ErrBadHash},
		"expiry, hash kept":           {put(6, 0x11), false, emv.ErrBadHash},
		"serial, hash kept":           {put(8, 0xFF), false, emv.ErrBadHash},
		"key, hash kept":              {put(20, 0xFF), false, emv.ErrBadHash},
		"hash":                        {put(-2, 0xFF), false, emv.ErrBadHash},
		"other issuer":                {put(2, 0x38), true, emv.ErrBadIssuerID},
		"identifier of two digits":    {put(2, 0x37, 0xFF, 0xFF, 0xFF), true, emv.ErrBadIssuerID},
		"identifier empty":            {put(2, 0xFF, 0xFF, 0xFF, 0xFF), true, emv.ErrBadIssuerID},
		"identifier with F inside":    {put(2, 0x37, 0x4F, 0x45, 0xFF), true, emv.ErrBadIssuerID},
		"expired last month":          {put(6, 0x10, 0x26), true, emv.ErrExpired},
		"expired in the last century": {put(6, 0x12, 0x50), true, emv.ErrExpired},
		"month 13":                    {put(6, 0x13, 0x30), true, emv.ErrMalformed},
		"month A1":                    {put(6, 0xA1, 0x30), true, emv.ErrMalformed},
		"hash algorithm":              {put(11, 2), true, emv.ErrBadAlgorithm},
		"key algorithm":               {put(12, 2), true, emv.ErrBadAlgorithm},
		"key length too short":        {put(13, 142), true, emv.ErrBadLength},
		"key length too long":         {put(13, 146), true, emv.ErrBadLength},
		"key length 0":                {put(13, 0), true, emv.ErrMalformed},
		"last month of use":           {put(6, 0x11, 0x26), true, "ok"},
		"identifier of three digits":  {put(2, 0x37, 0x4F, 0xFF, 0xFF), true, "ok"},
		"identifier of eight digits":  {put(2, 0x37, 0x42, 0x45, 0x00), true, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.with(0x90, resign(t, c.ca, c.objects[0x90], test.fixHash, following, test.alter)).chain.Issuer()
			expect(t, test.want, err)
		})
	}
}

// with returns the card with one data object changed; nil takes it away.
func (c card) with(tag emv.Tag, value []byte) card {
	objects := map[emv.Tag][]byte{}
	for t, v := range c.objects {
		objects[t] = v
	}
	objects[tag] = value
	if value == nil {
		delete(objects, tag)
	}
	c.objects, c.chain.Data = objects, dataOf(objects)
	return c
}

func TestICCCertificateFailures(t *testing.T) {
	c := newCard(t, 1152, 1152, 1024, oda.Exponent3)
	following := slices.Concat(c.objects[0x9F48], c.objects[0x9F47], testStaticData)
	for name, test := range map[string]struct {
		alter   func([]byte)
		fixHash bool
		want    emv.Failure
	}{
		"trailer":                 {put(-1, 0xCC), true, emv.ErrBadTrailer},
		"header":                  {put(0, 0x6B), true, emv.ErrBadHeader},
		"format":                  {put(1, 0x02), true, emv.ErrBadFormat},
		"PAN, hash kept":          {put(9, 0x08), false, emv.ErrBadHash},
		"hash":                    {put(-21, 0xFF), false, emv.ErrBadHash},
		"other PAN":               {put(7, 0x42), true, emv.ErrBadPAN},
		"PAN one digit longer":    {put(9, 0x70), true, emv.ErrBadPAN},
		"PAN that is none":        {put(2, 0xAA), true, emv.ErrBadPAN},
		"expired":                 {put(12, 0x10, 0x26), true, emv.ErrExpired},
		"hash algorithm":          {put(17, 2), true, emv.ErrBadAlgorithm},
		"key algorithm":           {put(18, 2), true, emv.ErrBadAlgorithm},
		"last month of use":       {put(12, 0x11, 0x26), true, "ok"},
		"key length and no match": {put(19, 140), true, emv.ErrBadLength},
	} {
		t.Run(name, func(t *testing.T) {
			altered := c.with(0x9F46, resign(t, c.issuer, c.objects[0x9F46], test.fixHash, following, test.alter))
			_, err := altered.chain.ICC(c.issuer.Public(), testStaticData)
			expect(t, test.want, err)
		})
	}
}

func TestSignedStaticDataFailures(t *testing.T) {
	c := newCard(t, 1152, 1152, 1024, oda.Exponent3)
	for name, test := range map[string]struct {
		alter   func([]byte)
		fixHash bool
		want    emv.Failure
	}{
		"trailer":        {put(-1, 0xCC), true, emv.ErrBadTrailer},
		"header":         {put(0, 0x6B), true, emv.ErrBadHeader},
		"format":         {put(1, 0x05), true, emv.ErrBadFormat},
		"DAC, hash kept": {put(3, 0), false, emv.ErrBadHash},
		"pad, hash kept": {put(8, 0), false, emv.ErrBadHash},
		"hash algorithm": {put(2, 2), true, emv.ErrBadAlgorithm},
	} {
		t.Run(name, func(t *testing.T) {
			altered := c.with(0x93, resign(t, c.issuer, c.objects[0x93], test.fixHash, testStaticData, test.alter))
			_, err := altered.chain.StaticData(c.issuer.Public(), testStaticData)
			expect(t, test.want, err)
		})
	}
}

func TestDDAFailures(t *testing.T) {
	icc := testKey(t, 1024, oda.Exponent3, 3)
	ddol := []byte("DDOL data")
	good, err := oda.SignDDA(icc, []byte{1, 2, 3, 4}, ddol)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		alter   func([]byte)
		fixHash bool
		want    emv.Failure
	}{
		"trailer":                     {put(-1, 0xCC), true, emv.ErrBadTrailer},
		"header":                      {put(0, 0x6B), true, emv.ErrBadHeader},
		"format":                      {put(1, 0x03), true, emv.ErrBadFormat},
		"number, hash kept":           {put(5, 9), false, emv.ErrBadHash},
		"hash algorithm":              {put(2, 2), true, emv.ErrBadAlgorithm},
		"length beyond the field":     {put(3, 0xFF), true, emv.ErrMalformed},
		"length beyond, hash kept":    {put(3, 0xFF), false, emv.ErrBadHash},
		"no dynamic data":             {put(3, 0), true, emv.ErrMalformed},
		"number of one byte":          {put(4, 1), true, emv.ErrMalformed},
		"number of nine bytes":        {put(3, 10, 9), true, emv.ErrMalformed},
		"number longer than the data": {put(4, 5), true, emv.ErrMalformed},
		"more behind the number":      {put(3, 7), true, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oda.VerifyDDA(icc.Public(), resign(t, icc, good, test.fixHash, ddol, test.alter), ddol)
			expect(t, test.want, err)
		})
	}
	_, err = oda.VerifyDDA(icc.Public(), good, []byte("other data"))
	assert.ErrorIs(t, err, emv.ErrBadHash)
	_, err = oda.VerifyDDA(icc.Public(), good[1:], ddol)
	assert.ErrorIs(t, err, emv.ErrBadLength)
}

func TestCDAFailures(t *testing.T) {
	icc := testKey(t, 1024, oda.Exponent3, 3)
	un := emv.UnpredictableNumber{1, 2, 3, 4}
	transaction := oda.TransactionData{
		PDOL: []byte{0x22}, CDOL1: []byte("CDOL1 data"), CDOL2: []byte("CDOL2 data"),
		Response: vectors.Unhex(t, "9F270140 9F36020001 9F1007 06010103A00000"),
	}
	hash, err := transaction.Hash()
	require.NoError(t, err)
	d := oda.CombinedData{ICCDynamicNumber: []byte{1, 2, 3, 4, 5, 6, 7, 8}, CID: 0x40, AC: emv.AC{9}, TransactionDataHash: hash}
	good, err := oda.SignCDA(icc, d, un)
	require.NoError(t, err)
	_, err = oda.VerifyCDA(icc.Public(), good, un, 0x40, hash)
	require.NoError(t, err)

	_, err = oda.VerifyCDA(icc.Public(), good, un, 0x80, hash)
	assert.ErrorIs(t, err, emv.ErrBadCID)
	_, err = oda.VerifyCDA(icc.Public(), good, emv.UnpredictableNumber{}, 0x40, hash)
	assert.ErrorIs(t, err, emv.ErrBadHash)
	_, err = oda.VerifyCDA(icc.Public(), good, un, 0x40, oda.Hash{})
	assert.ErrorIs(t, err, emv.ErrBadHash)
	_, err = oda.VerifyCDA(icc.Public(), good[1:], un, 0x40, hash)
	assert.ErrorIs(t, err, emv.ErrBadLength)

	short := resign(t, icc, good, true, un[:], put(3, 37))
	_, err = oda.VerifyCDA(icc.Public(), short, un, 0x40, hash)
	assert.ErrorIs(t, err, emv.ErrMalformed, "ICC dynamic data one byte too short")
	longer := resign(t, icc, good, true, un[:], put(3, 40))
	_, err = oda.VerifyCDA(icc.Public(), longer, un, 0x40, hash)
	assert.NoError(t, err, "what a card adds behind the hash is left alone")
}

func TestTransactionDataHash(t *testing.T) {
	d := oda.TransactionData{PDOL: []byte{1}, CDOL1: []byte{2, 3}, CDOL2: []byte{4}, Response: vectors.Unhex(t, "9F270140 9F4B03AABBCC 00 9F36020001")}
	got, err := d.Hash()
	require.NoError(t, err)
	want := sha1.Sum(vectors.Unhex(t, "01 0203 04 9F270140 9F36020001"))
	assert.Equal(t, oda.Hash(want), got)

	d.Response = vectors.Unhex(t, "9F270140 9F36")
	_, err = d.Hash()
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

func TestMissingDataObjectsAreNamed(t *testing.T) {
	c := newCard(t, 1152, 1152, 1152, oda.Exponent3)
	issuerKey := c.issuer.Public()
	for tag, authenticate := range map[emv.Tag]func(oda.Chain) error{
		0x90:   func(c oda.Chain) error { _, err := c.Issuer(); return err },
		0x92:   func(c oda.Chain) error { _, err := c.Issuer(); return err },
		0x9F32: func(c oda.Chain) error { _, err := c.Issuer(); return err },
		0x93:   func(c oda.Chain) error { _, err := c.StaticData(issuerKey, testStaticData); return err },
		0x9F46: func(c oda.Chain) error { _, err := c.ICC(issuerKey, testStaticData); return err },
		0x9F47: func(c oda.Chain) error { _, err := c.ICC(issuerKey, testStaticData); return err },
		0x9F48: func(c oda.Chain) error { _, err := c.ICC(issuerKey, testStaticData); return err },
		0x9F2E: func(c oda.Chain) error { _, err := c.PINEncipherment(issuerKey, testStaticData); return err },
		0x9F2F: func(c oda.Chain) error { _, err := c.PINEncipherment(issuerKey, testStaticData); return err },
	} {
		t.Run(tag.String(), func(t *testing.T) {
			require.NoError(t, authenticate(c.chain))
			err := authenticate(c.with(tag, nil).chain)
			var missing *oda.MissingError
			require.ErrorAs(t, err, &missing)
			assert.Equal(t, tag, missing.Tag)
			var failure emv.Failure
			assert.NotErrorAs(t, err, &failure, "missing data is no failed check")
		})
	}
}

func TestPINEnciphermentFallsBackToICCKey(t *testing.T) {
	c := newCard(t, 1152, 1152, 1024, oda.Exponent3).with(0x9F2D, nil)
	certificate, err := c.chain.PINEncipherment(c.issuer.Public(), testStaticData)
	require.NoError(t, err)
	assert.True(t, certificate.Key.Equal(c.icc.Public()))
	_, err = c.chain.PINEncipherment(c.issuer.Public(), []byte("other static data"))
	assert.ErrorIs(t, err, emv.ErrBadHash, "the ICC certificate covers the static data")
}

func TestTermsAreStrictUnlessSkipped(t *testing.T) {
	c := newCard(t, 1152, 1152, 1024, oda.Exponent3)
	issuerKey := c.issuer.Public()
	bare := c.chain
	bare.Terms = oda.Terms{}
	_, err := bare.Issuer()
	assert.ErrorIs(t, err, emv.ErrBadIssuerID, "no PAN")
	_, err = bare.ICC(issuerKey, testStaticData)
	assert.ErrorIs(t, err, emv.ErrBadPAN, "no PAN")
	bare.Terms.Skip = oda.CheckAccount
	_, err = bare.Issuer()
	assert.ErrorContains(t, err, "no date")
	_, err = bare.ICC(issuerKey, nil)
	assert.ErrorIs(t, err, emv.ErrBadHash, "no static data")
	_, err = bare.StaticData(issuerKey, nil)
	assert.ErrorIs(t, err, emv.ErrBadHash, "no static data")

	bare.Terms.Skip = oda.CheckAccount | oda.CheckExpiry | oda.CheckStaticData
	_, err = bare.Issuer()
	assert.NoError(t, err)
	_, err = bare.ICC(issuerKey, nil)
	assert.NoError(t, err)
	_, err = bare.StaticData(issuerKey, nil)
	assert.NoError(t, err)
}

func TestMonthYear(t *testing.T) {
	for text, want := range map[string]account.Expiry{
		"1249": {Year: 2049, Month: time.December},
		"0150": {Year: 1950, Month: time.January},
	} {
		d := oda.NewMonthYear(want)
		assert.Equal(t, text, d.String())
		got, err := d.Expiry()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := oda.MonthYear{0x1F, 0x30}.Expiry()
	assert.ErrorIs(t, err, emv.ErrMalformed)
}

func TestIssuerIdentifier(t *testing.T) {
	pan := testPAN(t, testPANDigits)
	for n := range 10 {
		id, err := oda.NewIssuerIdentifier(pan, n)
		if n < 3 || n > 8 {
			assert.ErrorIs(t, err, emv.ErrMalformed, n)
			continue
		}
		require.NoError(t, err)
		assert.True(t, id.Matches(pan), n)
		assert.False(t, id.Matches(testPAN(t, "411111111111111")), n)
		assert.False(t, id.Matches(account.PAN{}), n)
	}
}

// A bit changed anywhere in what the card presents is found.
func TestAnyChangedBitIsFound(t *testing.T) {
	c := newCard(t, 1024, 1024, 1024, oda.Exponent3)
	tags := []emv.Tag{0x90, 0x92, 0x9F32, 0x93, 0x9F46, 0x9F47, 0x9F48}
	rapid.Check(t, func(r *rapid.T) {
		tag := rapid.SampledFrom(tags).Draw(r, "tag")
		value := slices.Clone(c.objects[tag])
		bit := rapid.IntRange(0, 8*len(value)-1).Draw(r, "bit")
		value[bit/8] ^= 1 << (bit % 8)
		chain := c.with(tag, value).chain
		issuer, err := chain.Issuer()
		if err == nil {
			_, err = chain.StaticData(issuer.Key, testStaticData)
		}
		if err == nil {
			_, err = chain.ICC(issuer.Key, testStaticData)
		}
		if err == nil {
			r.Fatalf("no error with bit %d of %s changed", bit, tag)
		}
	})
}
