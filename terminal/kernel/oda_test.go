package kernel_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// testKeys are throw-away keys of a CA, an issuer and a card.
type testKeys struct{ ca, issuer, icc oda.PrivateKey }

var makeKeys = sync.OnceValues(func() (k testKeys, err error) {
	stream := rand.NewChaCha8([32]byte{1})
	for _, key := range []*oda.PrivateKey{&k.ca, &k.issuer, &k.icc} {
		if *key, err = oda.GenerateKey(stream, 1024, oda.Exponent3); err != nil {
			return k, err
		}
	}
	return k, nil
})

func odaKeys(t testing.TB) testKeys {
	t.Helper()
	k, err := makeKeys()
	require.NoError(t, err)
	return k
}

var testRID = oda.RID{0xF0, 0, 0, 0, 0x25}

// set is what the terminal trusts.
func (k testKeys) set(t testing.TB) oda.CAPublicKeys {
	t.Helper()
	keys, err := oda.NewCAPublicKeys(oda.CAPublicKey{RID: testRID, Index: 7, Key: k.ca.Public()})
	require.NoError(t, err)
	return keys
}

// personalise signs record 1 and puts the certificates into record 2.
func (k testKeys) personalise(b *bench, aip string) {
	b.t.Helper()
	b.aip = aip
	b.records[0x9F4A] = "82"
	record := b.record1()
	static, err := oda.AppendRecord(nil, 1, unhexed(record))
	require.NoError(b.t, err)
	static = append(static, unhexed(aip)...)
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(b.t, err)
	id, err := oda.NewIssuerIdentifier(pan, 6)
	require.NoError(b.t, err)
	terms := oda.CertificateTerms{Expiry: oda.NewMonthYear(account.Expiry{Year: 2028, Month: time.December})}
	issuer, err := oda.SignIssuerCertificate(k.ca, id, terms, k.issuer.Public())
	require.NoError(b.t, err)
	icc, err := oda.SignICCCertificate(k.issuer, pan, terms, k.icc.Public(), static)
	require.NoError(b.t, err)
	ssad, err := oda.SignStaticData(k.issuer, [2]byte{0xDA, 0xC0}, static)
	require.NoError(b.t, err)
	var certificates []byte
	for _, o := range []struct {
		tag   emv.Tag
		value []byte
	}{
		{0x8F, []byte{7}}, {0x90, issuer.Signed}, {0x92, issuer.Remainder}, {0x9F32, issuer.Exponent},
	} {
		certificates = tlv.Append(certificates, o.tag, o.value)
	}
	var more []byte
	for _, o := range []struct {
		tag   emv.Tag
		value []byte
	}{
		{0x9F46, icc.Signed}, {0x9F48, icc.Remainder}, {0x9F47, icc.Exponent}, {0x9F49, []byte{0x9F, 0x37, 4}},
	} {
		more = tlv.Append(more, o.tag, o.value)
	}
	answers := b.card.answers
	answers["80A8"] = []string{object(0x80, aip, "08010401") + "9000"}
	answers["00B2010C"] = []string{record + "9000"}
	answers["00B2020C"] = []string{digits(tlv.Append(nil, 0x70, certificates)) + "9000"}
	answers["00B2030C"] = []string{digits(tlv.Append(nil, 0x70, more)) + "9000"}
	answers["00B2040C"] = []string{digits(tlv.Append(nil, 0x70, tlv.Append(nil, 0x93, ssad))) + "9000"}
	k.serve(b)
}

// serve has the card sign what the terminal sends, and answer CDA requests.
func (k testKeys) serve(b *bench) {
	b.card.handle["0088"] = func(command []byte) []byte {
		signature, err := oda.SignDDA(k.icc, []byte{1, 2, 3, 4}, command[5:9])
		require.NoError(b.t, err)
		return append(tlv.Append(nil, 0x80, signature), 0x90, 0)
	}
	var cdol1 []byte
	combined := func(cid emv.CID) func(command []byte) []byte {
		return func(command []byte) []byte {
			data := command[5 : len(command)-1]
			head := unhexed(object(0x9F27, digits([]byte{byte(cid)})) + object(0x9F36, "0012") + object(0x9F10, "06010103A00000"))
			transaction := oda.TransactionData{CDOL1: data, Response: head}
			if cdol1 == nil {
				cdol1 = append([]byte{}, data...)
			} else {
				transaction.CDOL1, transaction.CDOL2 = cdol1, data
			}
			hash, err := transaction.Hash()
			require.NoError(b.t, err)
			signature, err := oda.SignCDA(k.icc, oda.CombinedData{
				ICCDynamicNumber: []byte{1, 2, 3, 4}, CID: cid, AC: emv.AC{0xA, 0xC}, TransactionDataHash: hash,
			}, emv.UnpredictableNumber{})
			require.NoError(b.t, err)
			return append(tlv.Append(nil, 0x77, head, tlv.Append(nil, 0x9F4B, signature)), 0x90, 0)
		}
	}
	b.card.handle["80AE90"], b.card.handle["80AE50"] = combined(0x80), combined(0x40)
}

// odaBench is a transaction of a card that has all methods, up to the AIP.
func odaBench(t testing.TB, aip string) *bench {
	b := newBench(t)
	keys := odaKeys(t)
	b.profile.CAPublicKeys = keys.set(t)
	b.app().DefaultDDOL = tlv.DOL{{Tag: 0x9F37, Length: 4}}
	keys.personalise(b, aip)
	return b
}

func TestODAMethods(t *testing.T) {
	for name, c := range map[string]struct {
		aip, capabilities, tvr, tsi string
	}{
		"SDA":                {"5C00", "E0F8C8", "02", "E8"},
		"DDA before SDA":     {"7C00", "E0F8C8", "00", "E8"},
		"CDA before all":     {"7D00", "E0F8C8", "00", "E8"},
		"CDA not supported":  {"7D00", "E0F8C0", "00", "E8"},
		"SDA all we have":    {"7D00", "E0F880", "02", "E8"},
		"nothing in common":  {"5C00", "E0F848", "80", "68"},
		"card has no method": {"1C00", "E0F8C8", "80", "68"},
	} {
		t.Run(name, func(t *testing.T) {
			b := odaBench(t, c.aip)
			copy(b.profile.Capabilities[:], unhexed(c.capabilities))
			r := b.run()
			require.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
			assert.Equal(t, unhexed(c.tvr)[0], r.TVR[0], texts(r))
			assert.Equal(t, unhexed(c.tsi)[0], r.TSI[0])
		})
	}
}

// TestODAValues keeps what SDA and DDA recover.
func TestODAValues(t *testing.T) {
	b := odaBench(t, "5C00")
	r := b.run()
	dac, _ := r.Data.Value(0x9F45)
	assert.Equal(t, unhexed("DAC0"), dac)
	for _, aip := range []string{"3C00", "3D00"} {
		b = odaBench(t, aip)
		r = b.run()
		number, _ := r.Data.Value(0x9F4C)
		assert.Equal(t, unhexed("01020304"), number)
	}
	assert.Equal(t, emv.AC{0xA, 0xC}, r.AC, "the cryptogram of CDA is in the signature")
	assert.Equal(t, []string{"90", "50"}, []string{b.card.sentWith("80AE")[0][4:6], b.card.sentWith("80AE")[1][4:6]})
}

// TestODAFails sets the bit of the method, and that of missing data where data
// is missing.
func TestODAFails(t *testing.T) {
	const missing = emv.TVRICCDataMissing
	without := func(record string) func(*bench) {
		return func(b *bench) { b.card.answers[record] = []string{object(0x70) + "9000"} }
	}
	for name, c := range map[string]struct {
		change  func(*bench)
		missing bool
		methods string
	}{
		"no CA key index":       {without("00B2020C"), true, "SDA DDA CDA"},
		"index of two bytes":    {func(b *bench) { replaceIn(b, "00B2020C", 0x8F, []byte{7, 7}) }, false, "SDA DDA CDA"},
		"no ICC certificate":    {without("00B2030C"), true, "DDA CDA"},
		"no signed static data": {without("00B2040C"), true, "SDA"},
		"CA key unknown":        {func(b *bench) { b.profile.CAPublicKeys = oda.CAPublicKeys{} }, false, "SDA DDA CDA"},
		"other record signed":   {func(b *bench) { b.card.answers["00B2010C"] = []string{changedRecord(b)} }, false, "SDA DDA CDA"},
		"certificates expired":  {func(b *bench) { b.tx.Time = b.tx.Time.AddDate(3, 0, 0) }, false, "SDA DDA CDA"},
		"record no template": {func(b *bench) {
			b.card.answers["00B2040C"] = []string{"5A009000"}
			b.card.answers["80A8"] = []string{object(0x80, b.aip, "0801030108040401") + "9000"}
		}, false, "SDA DDA CDA"},
		"DDA signature wrong": {func(b *bench) {
			b.card.handle["0088"] = func([]byte) []byte { return append(tlv.Append(nil, 0x80, make([]byte, 128)), 0x90, 0) }
		}, false, "DDA"},
		"CDA answer not signed": {func(b *bench) { delete(b.card.handle, "80AE90"); b.card.answers["80AE90"] = []string{generated("80")} }, false, "CDA"},
	} {
		for method, aip := range map[string]string{"SDA": "5C00", "DDA": "3C00", "CDA": "1D00"} {
			failed := map[string]emv.Bit[emv.TVR]{"SDA": emv.TVRSDAFailed, "DDA": emv.TVRDDAFailed, "CDA": emv.TVRCDAFailed}[method]
			t.Run(name+", "+method, func(t *testing.T) {
				b := odaBench(t, aip)
				c.change(b)
				r := b.run()
				concerned := containsWord(c.methods, method)
				assert.Equal(t, concerned, r.TVR.Has(failed), texts(r))
				assert.Equal(t, concerned && c.missing, r.TVR.Has(missing))
				assert.True(t, r.TSI.Has(emv.TSIOfflineDataAuthenticationPerformed))
			})
		}
	}
}

// changedRecord is record 1 with another usage control.
func changedRecord(b *bench) string {
	b.records[0x9F07] = "FF01"
	return b.record1() + "9000"
}

// TestCAKeyUnknown sends no INTERNAL AUTHENTICATE and asks for no CDA.
func TestCAKeyUnknown(t *testing.T) {
	for _, aip := range []string{"3C00", "1D00"} {
		b := odaBench(t, aip)
		b.profile.CAPublicKeys = oda.CAPublicKeys{}
		r := b.run()
		assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
		assert.Empty(t, b.card.sentWith("0088"))
		assert.Empty(t, b.card.sentWith("80AE90"))
	}
}

// TestDDOL uses the card's list, or the default, or fails.
func TestDDOL(t *testing.T) {
	withoutCardList := func(b *bench) {
		record := b.card.answers["00B2030C"][0]
		list := object(0x9F49, "9F3704")
		require.Contains(t, record, list)
		b.card.answers["00B2030C"] = []string{object(0x70, record[6:len(record)-4-len(list)]) + "9000"}
	}
	b := odaBench(t, "3C00")
	withoutCardList(b)
	assert.False(t, b.run().TVR.Has(emv.TVRDDAFailed), "default DDOL")
	b = odaBench(t, "3C00")
	withoutCardList(b)
	b.app().DefaultDDOL = nil
	r := b.run()
	assert.True(t, r.TVR.Has(emv.TVRDDAFailed))
	assert.False(t, r.TVR.Has(emv.TVRICCDataMissing))
}

// TestInternalAuthenticate reads both formats and ends upon anything else.
func TestInternalAuthenticate(t *testing.T) {
	b := odaBench(t, "3C00")
	sign := b.card.handle["0088"]
	b.card.handle["0088"] = func(command []byte) []byte {
		answer := sign(command)
		value, _, err := tlv.Find(answer[:len(answer)-2], 0x80)
		require.NoError(t, err)
		return append(tlv.Append(nil, 0x77, tlv.Append(nil, 0x9F4B, value)), 0x90, 0)
	}
	assert.False(t, b.run().TVR.Has(emv.TVRDDAFailed))
	for name, answer := range map[string]string{"refused": "6985", "empty": "9000", "other": "70009000", "format 2 without": "77009000", "behind": "80011100119000"} {
		t.Run(name, func(t *testing.T) {
			b := odaBench(t, "3C00")
			delete(b.card.handle, "0088")
			b.card.answers["0088"] = []string{answer}
			assert.Equal(t, kernel.NotAccepted, b.run().Outcome)
		})
	}
}

// TestFailedCDA declines: a TC at once, an ARQC by a second GENERATE AC for an
// AAC, a second TC although the issuer approved.
func TestFailedCDA(t *testing.T) {
	spoil := func(b *bench, p1 string) {
		b.card.answers["80AE"+p1] = []string{generated(map[string]string{"90": "80", "50": "40"}[p1])}
		delete(b.card.handle, "80AE"+p1)
	}
	b := odaBench(t, "1D00")
	spoil(b, "90")
	r := b.run()
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome, texts(r))
	assert.Equal(t, emv.ARCOfflineDeclined, r.ARC)
	assert.Empty(t, b.online.requests)
	assert.Len(t, b.card.sentWith("80AE00"), 1)
	assert.Contains(t, b.card.sentWith("80AE00")[0], "8400008000"[2:], "the bit goes into the second GENERATE AC")

	b = odaBench(t, "1D00")
	b.app().FloorLimit = 5000
	spoil(b, "50")
	r = b.run()
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	assert.Equal(t, emv.ARCOfflineDeclined, r.ARC)
	assert.Len(t, b.card.sentWith("80AE"), 1)

	b = odaBench(t, "1D00")
	spoil(b, "50")
	r = b.run()
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.True(t, r.ReversalDue && r.TVR.Has(emv.TVRCDAFailed))
}

// TestCDAAnsweredWithAAC carries no signature, and none is missed.
func TestCDAAnsweredWithAAC(t *testing.T) {
	b := odaBench(t, "1D00")
	delete(b.card.handle, "80AE90")
	b.card.answers["80AE90"] = []string{generated("00")}
	r := b.run()
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	assert.Zero(t, r.TVR[0])
}

// TestEncipheredPIN has the card decipher what the terminal sends.
func TestEncipheredPIN(t *testing.T) {
	b := odaBench(t, "3C00")
	b.records[0x8E] = "0000000000000000" + "44001F00"
	odaKeys(t).personalise(b, "3C00")
	b.card.answers["80CA9F17"] = []string{threeTries}
	challenge := oda.Challenge{1, 2, 3, 4, 5, 6, 7, 8}
	b.card.answers["0084"] = []string{digits(challenge[:]) + "9000"}
	b.card.handle["00200088"] = func(command []byte) []byte {
		block, err := oda.DecipherPIN(odaKeys(t).icc, command[5:], challenge)
		require.NoError(t, err)
		p, err := pin.Decode(pin.Format2, block, account.PAN{})
		require.NoError(t, err)
		right, err := pin.Parse([]byte("1234"))
		require.NoError(t, err)
		if p.Equal(right) {
			return []byte{0x90, 0}
		}
		return []byte{0x63, 0xC2}
	}
	b.cardholder.entries = []kernel.PINEntry{enter(t, "9999"), enter(t, "1234")}
	r := b.run()
	assert.Equal(t, emv.CVMResults{0x44, 0, 2}, r.CVMResults, texts(r))
	assert.Len(t, b.card.sentWith("0084"), 2, "a fresh challenge for each VERIFY")

	for name, answer := range map[string]string{"refused": "6D00", "short": "01029000"} {
		t.Run("challenge "+name, func(t *testing.T) {
			b.card.answers["0084"] = []string{answer}
			b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
			r := b.run()
			assert.Equal(t, emv.CVMResults{0x1F, 0, 2}, r.CVMResults)
		})
	}
	b.cardholder.entries = []kernel.PINEntry{kernel.VerifiedByReader(0x9000)}
	assert.Equal(t, byte(0x10), b.run().TVR[2], "a reader's pad sends plaintext PINs only")
}
