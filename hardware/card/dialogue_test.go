package card_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
)

// TestDialogue plays the main story: wrong PIN, right PIN, ARQC, an answer with
// 91 and 72, TC, and the new PIN on the chip.
func TestDialogue(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc)
	assert.Equal(t, unhex(t, "3B6500002063CB6800"), d.card.ATR())

	assert.Equal(t, fci(t, unhex(t, testAID)), d.ok(apdu.Select(unhex(t, testAID), apdu.First)))
	assert.Equal(t, unhex(t, "770A 8202 3D00 9404 08010201"), d.ok(apdu.GetProcessingOptions(unhex(t, "830122"))))
	assert.Equal(t, unhex(t, "70045A023742"), d.ok(apdu.ReadRecord(1, 1)))
	assert.Equal(t, unhex(t, "9F170103"), d.ok(apdu.GetData(0x9F17)))
	d.refused(0x63C2, plaintext(t, "9999"))
	assert.Equal(t, unhex(t, "9F170102"), d.ok(apdu.GetData(0x9F17)))
	d.ok(plaintext(t, "1234"))
	assert.Equal(t, unhex(t, "9F170103"), d.ok(apdu.GetData(0x9F17)))

	d.atc = 1
	arqc := d.generate(emv.ACTypeARQC, d.fill(cdol1, nil))
	assert.Equal(t, emv.CID(0x80), arqc.cid)
	assert.Equal(t, unhex(t, "06010103A41000"), arqc.raw, "PIN performed and good, new card")
	d.arqc = arqc.ac
	tc := d.authenticated("00").complete(emv.ACTypeTC, "00")
	assert.Equal(t, emv.CID(0x40), tc.cid)
	assert.Equal(t, unhex(t, "06010103641000"), tc.raw)
	assert.NotEqual(t, arqc.ac, tc.ac)
	d.ok(d.pinChange("5678"))
	require.NoError(t, d.card.PowerOff())

	d = inserted(t, icc).begin()
	d.refused(0x63C2, plaintext(t, "1234"))
	d.ok(plaintext(t, "5678"))
	cvr := d.online()
	assert.True(t, cvr.OfflinePINGood())
	assert.Equal(t, uint8(1), cvr.ScriptCount)
	assert.Equal(t, emv.CVROfflinePINPerformed, cvr.Flags)
}

// TestFormat1 compares the answers of template 80.
func TestFormat1(t *testing.T) {
	icc := opened(t, created(t, func(a *image.Application) { a.Format1 = true }))
	d := inserted(t, icc)
	d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	assert.Equal(t, unhex(t, "8006 3D00 08010201"), d.ok(apdu.GetProcessingOptions(unhex(t, "830122"))))
	signed := d.ok(apdu.InternalAuthenticate(unhex(t, "1A2B3C4D")))
	assert.Equal(t, unhex(t, "8060"), signed[:2])
	_, err := oda.VerifyDDA(rsaKey(t, 768).Public(), signed[2:], unhex(t, "1A2B3C4D"))
	require.NoError(t, err)
	answer := d.ok(apdu.GenerateAC(emv.ACTypeAAC, false, d.fill(cdol1, nil)))
	assert.Equal(t, unhex(t, "8012 00 0001"), answer[:5])
	assert.Equal(t, unhex(t, "06010103801002"), answer[13:], "DDA performed, new card")
	d.atc = 1
	d.verify(answerAC{ac: emv.AC(answer[5:13]), raw: answer[13:]})
}

// TestInternalAuthenticate verifies DDA in format 2.
func TestInternalAuthenticate(t *testing.T) {
	d := inserted(t, opened(t, created(t))).begin()
	numbers := map[string]bool{}
	for range 3 {
		answer := d.ok(apdu.InternalAuthenticate(unhex(t, "1A2B3C4D")))
		template, _, err := tlv.Next(answer)
		require.NoError(t, err)
		signature, ok, err := tlv.Find(template.Value, 0x9F4B)
		require.NoError(t, err)
		require.True(t, ok)
		number, err := oda.VerifyDDA(rsaKey(t, 768).Public(), signature, unhex(t, "1A2B3C4D"))
		require.NoError(t, err)
		numbers[string(number)] = true
	}
	assert.Len(t, numbers, 3, "ICC dynamic numbers are fresh")
	assert.True(t, d.online().Has(emv.CVRDDAPerformed))
}

// TestCDA verifies both cryptograms of a transaction with CDA. The terminal's
// data of PDOL, CDOL1 and CDOL2 are all covered.
func TestCDA(t *testing.T) {
	d := inserted(t, opened(t, created(t))).begin()
	transaction := oda.TransactionData{PDOL: unhex(t, "22"), CDOL1: d.fill(cdol1, nil)}
	d.arqc = d.signed(emv.ACTypeARQC, transaction.CDOL1, transaction)
	d.authenticated("00")
	transaction.CDOL2 = d.fill(cdol2, map[emv.Tag]string{0x8A: "3030"})
	d.signed(emv.ACTypeTC, transaction.CDOL2, transaction)
}

// signed sends GENERATE AC with CDA and verifies signature and cryptogram.
func (d *dialogue) signed(asked emv.ACType, data []byte, transaction oda.TransactionData) emv.AC {
	d.t.Helper()
	template, _, err := tlv.Next(d.ok(apdu.GenerateAC(asked, true, data)))
	require.NoError(d.t, err)
	objects, err := tlv.Parse(template.Value)
	require.NoError(d.t, err)
	require.Len(d.t, objects, 4)
	for i, tag := range []emv.Tag{0x9F27, 0x9F36, 0x9F4B, 0x9F10} {
		require.Equal(d.t, tag, objects[i].Tag)
	}
	transaction.Response = template.Value
	hash, err := transaction.Hash()
	require.NoError(d.t, err)
	un := emv.UnpredictableNumber(unhex(d.t, terminalData[0x9F37]))
	combined, err := oda.VerifyCDA(rsaKey(d.t, 768).Public(), objects[2].Value, un, emv.CID(objects[0].Value[0]), hash)
	require.NoError(d.t, err)
	require.Equal(d.t, asked, combined.CID.Type())
	d.verify(answerAC{ac: combined.AC, raw: objects[3].Value})
	return combined.AC
}

// TestCDAIsLeftOut shows where the card gives a plain cryptogram although CDA is
// asked for: for an AAC, without a key, and where the signature would not fit.
func TestCDAIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		asked emv.ACType
		alter func(*image.Application)
	}{
		"AAC":        {emv.ACTypeAAC, func(*image.Application) {}},
		"no ICC key": {emv.ACTypeARQC, func(a *image.Application) { a.ICCKey = oda.PrivateKey{} }},
		"key too long": {emv.ACTypeARQC, func(a *image.Application) {
			a.ICCKey, a.Contact.AIP, a.Contactless = rsaKey(t, 1848), emv.AIP{0x3C}, nil // a card that has DDA alone
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := inserted(t, opened(t, created(t, c.alter))).begin()
			answer := d.ok(apdu.GenerateAC(c.asked, true, d.fill(cdol1, nil)))
			assert.NotContains(t, string(answer), "\x9F\x4B")
			assert.Contains(t, string(answer), "\x9F\x26\x08")
		})
	}
}

// TestLargestSignedAnswer has the longest key whose CDA answer fits into 256
// bytes.
func TestLargestSignedAnswer(t *testing.T) {
	icc := opened(t, created(t, func(a *image.Application) { a.ICCKey = rsaKey(t, 8*230) }))
	d := inserted(t, icc).begin()
	assert.Len(t, d.ok(apdu.GenerateAC(emv.ACTypeARQC, true, d.fill(cdol1, nil))), 256)
	assert.Equal(t, 256, oda.SignedAnswerBytes(rsaKey(t, 8*230).Public(), emv.VisaIADBytesMin))
}

// TestEncipheredPIN plays VERIFY with an enciphered PIN under the PIN key and
// under the ICC key.
func TestEncipheredPIN(t *testing.T) {
	for name, c := range map[string]struct {
		bits  int
		alter func(*image.Application)
	}{
		"PIN key": {776, func(*image.Application) {}},
		"ICC key": {768, func(a *image.Application) { a.PINKey = oda.PrivateKey{} }},
	} {
		t.Run(name, func(t *testing.T) {
			key := rsaKey(t, c.bits).Public()
			d := inserted(t, opened(t, created(t, c.alter))).begin()
			d.refused(apdu.SWConditionsNotSatisfied, enciphered(t, key, "1234", make([]byte, 8)))
			d.refused(0x63C2, enciphered(t, key, "9999", d.ok(apdu.GetChallenge())))
			challenge := d.ok(apdu.GetChallenge())
			require.Len(t, challenge, 8)
			right := enciphered(t, key, "1234", challenge)
			d.ok(right)
			d.refused(apdu.SWConditionsNotSatisfied, right)
			assert.True(t, d.online().OfflinePINGood())
		})
	}
}

// TestEncipheredPINFailures: what is no PIN enciphered for this challenge is a
// wrong PIN and costs a try; a VERIFY that compares nothing costs none.
func TestEncipheredPINFailures(t *testing.T) {
	key := rsaKey(t, 776).Public()
	for name, c := range map[string]struct {
		sw      apdu.SW
		tries   int
		command func(d *dialogue) apdu.Command
	}{
		"stale challenge": {0x63C2, 2, func(d *dialogue) apdu.Command {
			old := d.ok(apdu.GetChallenge())
			d.ok(apdu.GetChallenge())
			return enciphered(t, key, "1234", old)
		}},
		"other key": {0x63C2, 2, func(d *dialogue) apdu.Command {
			challenge := d.ok(apdu.GetChallenge())
			data := enciphered(t, rsaKey(t, 768).Public(), "1234", challenge).Data
			return apdu.VerifyEnciphered(append([]byte{0}, data...))
		}},
		"wrong length": {apdu.SWWrongLength, 3, func(d *dialogue) apdu.Command {
			return enciphered(t, rsaKey(t, 768).Public(), "1234", d.ok(apdu.GetChallenge()))
		}},
		"another command between": {apdu.SWConditionsNotSatisfied, 3, func(d *dialogue) apdu.Command {
			c := enciphered(t, key, "1234", d.ok(apdu.GetChallenge()))
			d.ok(apdu.GetData(0x9F17))
			return c
		}},
		"a plaintext VERIFY between": {apdu.SWConditionsNotSatisfied, 3, func(d *dialogue) apdu.Command {
			c := enciphered(t, key, "1234", d.ok(apdu.GetChallenge()))
			d.ok(plaintext(t, "1234"))
			return c
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := inserted(t, opened(t, created(t))).begin()
			d.refused(c.sw, c.command(d))
			assert.Equal(t, c.tries, d.icc.Status()[0].TriesLeft)
		})
	}
}

// TestTryLimit exhausts the tries and unblocks.
func TestTryLimit(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc).begin()
	for _, sw := range []apdu.SW{0x63C2, 0x63C1, 0x63C0, 0x6983} {
		d.refused(sw, plaintext(t, "9999"))
	}
	d.refused(0x6983, plaintext(t, "1234"))
	cvr := d.online()
	assert.True(t, cvr.Has(emv.CVROfflinePINPerformed|emv.CVROfflinePINFailed|emv.CVRPINTryLimitExceeded))
	d.authenticated("05").complete(emv.ACTypeAAC, "05")
	d.ok(d.pinUnblock())

	d = inserted(t, icc).begin()
	assert.Equal(t, unhex(t, "9F170103"), d.ok(apdu.GetData(0x9F17)))
	d.ok(plaintext(t, "1234"))
	assert.False(t, d.online().Has(emv.CVRPINTryLimitExceeded))
}

// TestMalformedPINBlock: a block that is no PIN in format 2 costs a try.
func TestMalformedPINBlock(t *testing.T) {
	for _, block := range []string{"141234FFFFFFFFFF", "231234FFFFFFFFFF", "24123AFFFFFFFFFF", "241234FFFFFFFFF0", "0000000000000000"} {
		d := inserted(t, opened(t, created(t))).begin()
		d.refused(0x63C2, apdu.VerifyPlaintext(unhex(t, block)))
		assert.True(t, d.online().Has(emv.CVROfflinePINFailed))
	}
}

// TestLastVerifyCounts: right after wrong is good, wrong after right is not.
func TestLastVerifyCounts(t *testing.T) {
	d := inserted(t, opened(t, created(t))).begin()
	d.refused(0x63C2, plaintext(t, "9999"))
	d.ok(plaintext(t, "1234"))
	assert.True(t, d.online().OfflinePINGood())
	d = inserted(t, opened(t, created(t))).begin()
	d.ok(plaintext(t, "1234"))
	d.refused(0x63C2, plaintext(t, "9999"))
	assert.False(t, d.online().OfflinePINGood())
}

// TestFirstPIN sets the PIN of a card that has none.
func TestFirstPIN(t *testing.T) {
	icc := opened(t, created(t, withoutPIN))
	d := inserted(t, icc).begin()
	assert.Equal(t, unhex(t, "9F170100"), d.ok(apdu.GetData(0x9F17)))
	d.refused(apdu.SWReferenceDataInvalid, plaintext(t, "1234"))
	cvr := d.online()
	assert.Equal(t, emv.CVRPINTryLimitExceeded|emv.CVRNewCard, cvr.Flags, "no PIN was compared")
	tc := d.authenticated("00").complete(emv.ACTypeTC, "00")
	assert.Equal(t, emv.ACTypeTC, tc.cid.Type(), "a PIN that is not set blocks nothing")
	d.refused(apdu.SWConditionsNotSatisfied, d.pinUnblock())
	assert.False(t, icc.Status()[0].PINSet, "there is nothing to unblock")
	d.ok(d.pinChange("2580"))
	d = inserted(t, icc).begin()
	d.ok(plaintext(t, "2580"))
	assert.Equal(t, uint8(2), d.online().ScriptCount)
}

// TestSecondGenerateAC shows what the card goes by.
func TestSecondGenerateAC(t *testing.T) {
	for name, c := range map[string]struct {
		arc91, arc8A string // "" is no EXTERNAL AUTHENTICATE
		asked, given emv.ACType
		flags        emv.CVRFlags // that the second CVR has more than the first
	}{
		"approved":                      {"00", "00", emv.ACTypeTC, emv.ACTypeTC, 0},
		"approved for a partial amount": {"10", "10", emv.ACTypeTC, emv.ACTypeTC, 0},
		"approved, VIP":                 {"11", "11", emv.ACTypeTC, emv.ACTypeTC, 0},
		"honour with identification, which is no approval": {"08", "08", emv.ACTypeTC, emv.ACTypeAAC, 0},
		"approved, terminal not":                           {"00", "05", emv.ACTypeAAC, emv.ACTypeAAC, 0},
		"declined":                                         {"05", "05", emv.ACTypeAAC, emv.ACTypeAAC, 0},
		"declined, 8A turned":                              {"05", "00", emv.ACTypeTC, emv.ACTypeAAC, 0},
		"no answer, accepted":                              {"", "Y3", emv.ACTypeTC, emv.ACTypeTC, emv.CVRUnableToGoOnline},
		"no answer, refused":                               {"", "Z3", emv.ACTypeAAC, emv.ACTypeAAC, emv.CVRUnableToGoOnline},
		"answer without 91":                                {"", "00", emv.ACTypeTC, emv.ACTypeTC, emv.CVRIssuerAuthenticationNotPerformedAfterOnline},
		"answered, terminal denies":                        {"00", "Z3", emv.ACTypeAAC, emv.ACTypeAAC, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := inserted(t, opened(t, created(t))).begin()
			first := d.online()
			if c.arc91 != "" {
				d.authenticated(c.arc91)
			}
			second := d.complete(c.asked, c.arc8A)
			assert.Equal(t, c.given, second.cid.Type())
			assert.Equal(t, c.given, second.iad.CVR.SecondAC)
			assert.Equal(t, emv.ACTypeARQC, second.iad.CVR.FirstAC)
			assert.Equal(t, first.Flags|c.flags, second.iad.CVR.Flags)
		})
	}
}

// TestIssuerAuthenticationFails: the card declines, takes no script and says so
// in this and the next transactions until one succeeds.
func TestIssuerAuthenticationFails(t *testing.T) {
	icc := opened(t, created(t))
	d := inserted(t, icc).begin()
	d.online()
	wrong := d.issuerData("00")
	wrong[0] ^= 1
	d.refused(apdu.SWWrongLength, apdu.ExternalAuthenticate(wrong[:8]))
	d.refused(apdu.SWAuthenticationFailed, apdu.ExternalAuthenticate(wrong))
	d.refused(apdu.SWConditionsNotSatisfied, apdu.ExternalAuthenticate(d.issuerData("00")))
	aac := d.complete(emv.ACTypeTC, "00")
	assert.Equal(t, emv.ACTypeAAC, aac.cid.Type())
	assert.True(t, aac.iad.CVR.Has(emv.CVRIssuerAuthenticationFailed))
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))

	const left = emv.CVRIssuerAuthenticationFailedLastOnline | emv.CVRLastOnlineNotCompleted | emv.CVRNewCard
	assert.Equal(t, left, inserted(t, icc).begin().online().Flags)
	assert.Equal(t, left, inserted(t, icc).approved().Flags)
	assert.Zero(t, inserted(t, icc).begin().online().Flags)
}

// TestIssuerAuthenticationByList has 91 in CDOL2.
func TestIssuerAuthenticationByList(t *testing.T) {
	list := "8A02910A" + cdol1
	alter := func(a *image.Application) {
		a.CDOL2, a.Contact.AIP = dol(t, list), emv.AIP{0x39, 0x00}
	}
	for name, c := range map[string]struct {
		spoil byte
		leave bool
		given emv.ACType
		flags emv.CVRFlags
		lonc  bool
	}{
		"right":   {given: emv.ACTypeTC},
		"wrong":   {spoil: 1, given: emv.ACTypeAAC, flags: emv.CVRIssuerAuthenticationFailed, lonc: true},
		"missing": {leave: true, given: emv.ACTypeTC, flags: emv.CVRIssuerAuthenticationNotPerformedAfterOnline, lonc: true},
	} {
		t.Run(name, func(t *testing.T) {
			icc := opened(t, created(t, alter))
			d := inserted(t, icc).begin()
			d.aip = &emv.AIP{0x39, 0x00}
			d.online()
			d.refused(apdu.SWConditionsNotSatisfied, apdu.ExternalAuthenticate(d.issuerData("00")))
			data := d.issuerData("00")
			data[3] ^= c.spoil
			if c.leave {
				clear(data)
			}
			values := d.fill(list, map[emv.Tag]string{0x8A: "3030", 0x91: hex.EncodeToString(data)})
			second := d.generate(emv.ACTypeTC, values)
			assert.Equal(t, c.given, second.cid.Type())
			assert.Equal(t, c.flags, second.iad.CVR.Flags&^emv.CVRNewCard)
			assert.Equal(t, c.lonc, icc.Status()[0].LastOnlineNotCompleted)
		})
	}
}

// TestARPCMethod2 runs a card of another row: the card status update approves or
// not.
func TestARPCMethod2(t *testing.T) {
	alter := func(a *image.Application) { a.Cryptogram, a.Script = "visa-cvn18", "visa-csk" }
	for csu, want := range map[[4]byte]emv.ACType{{0x00, 0x80}: emv.ACTypeTC, {}: emv.ACTypeAAC} {
		icc := opened(t, created(t, alter))
		d := inserted(t, icc).begin()
		p, ok := cryptogram.ProfileByName("visa-cvn18")
		require.True(t, ok)
		d.profile = &p
		d.online()
		data, err := d.keys().AppendIssuerAuthenticationData(nil, d.arqc, cryptogram.IssuerResponse{CSU: csu})
		require.NoError(t, err)
		d.ok(apdu.ExternalAuthenticate(data))
		assert.Equal(t, want, d.complete(emv.ACTypeTC, "00").cid.Type())

		style, ok := script.StyleByName("visa-csk")
		require.True(t, ok)
		change, err := script.NewSession(style, cardKeys(t), script.Context{ATC: d.atc, AC: d.arqc}).PINChange(newPIN(t, "5678"))
		require.NoError(t, err)
		d.ok(change)
		inserted(t, icc).begin().ok(plaintext(t, "5678"))
	}
}

// TestOfflineCryptograms: a TC or an AAC at once ends the transaction.
func TestOfflineCryptograms(t *testing.T) {
	for _, asked := range []emv.ACType{emv.ACTypeTC, emv.ACTypeAAC} {
		icc := opened(t, created(t))
		d := inserted(t, icc).begin()
		a := d.generate(asked, d.fill(cdol1, nil))
		assert.Equal(t, asked, a.cid.Type())
		assert.Equal(t, asked, a.iad.CVR.FirstAC)
		assert.Equal(t, emv.ACTypeNotRequested, a.iad.CVR.SecondAC)
		assert.False(t, icc.Status()[0].LastOnlineNotCompleted)
		d.refused(apdu.SWConditionsNotSatisfied, apdu.GenerateAC(emv.ACTypeAAC, false, d.fill(cdol2, nil)))
		d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))
	}
}

// TestDeclinedForDataAuthentication: the terminal's word that SDA or DDA failed
// is remembered with the decline, and forgotten when an issuer has answered.
func TestDeclinedForDataAuthentication(t *testing.T) {
	for tvr, want := range map[string]emv.CVRFlags{
		"0800000000": emv.CVRDDAFailedLastTransaction,
		"0400000000": emv.CVRDDAFailedLastTransaction, // CDA
		"4000000000": emv.CVRSDAFailedLastTransaction,
		"8000000000": 0,
	} {
		icc := opened(t, created(t))
		d := inserted(t, icc).begin()
		d.data[0x95] = tvr
		d.generate(emv.ACTypeAAC, d.fill(cdol1, nil))
		assert.Equal(t, want|emv.CVRNewCard, inserted(t, icc).approved().Flags)
		assert.Zero(t, inserted(t, icc).approved().Flags)

		d = inserted(t, icc).begin()
		d.data[0x95] = tvr
		d.online()
		d.complete(emv.ACTypeAAC, "Z3")
		assert.Equal(t, want|emv.CVRLastOnlineNotCompleted, inserted(t, icc).approved().Flags)
	}
}

// TestTap: a contactless transaction has one cryptogram, no PIN, no issuer and
// no script, and leaves nothing behind but its ATC.
func TestTap(t *testing.T) {
	icc := opened(t, created(t))
	inserted(t, icc).approved()
	before := icc.Status()[0]
	d := presented(t, icc, hardware.Contactless)
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(d.card))
	d.begin()
	d.refused(apdu.SWConditionsNotSatisfied, plaintext(t, "1234"))
	d.refused(apdu.SWConditionsNotSatisfied, apdu.GetChallenge())
	d.online()
	d.refused(apdu.SWConditionsNotSatisfied, apdu.ExternalAuthenticate(d.issuerData("00")))
	d.refused(apdu.SWConditionsNotSatisfied, apdu.GenerateAC(emv.ACTypeTC, false, d.fill(cdol2, nil)))
	d.refused(apdu.SWConditionsNotSatisfied, d.pinChange("5678"))
	before.ATC++
	assert.Equal(t, before, icc.Status()[0])
}

// TestATCEnd: the last ATC is used once, then the application is at its end.
func TestATCEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("65535 transactions")
	}
	m := created(t)
	icc := opened(t, m)
	d := inserted(t, icc)
	name, options := apdu.Select(unhex(t, testAID), apdu.First), apdu.GetProcessingOptions(unhex(t, "830122"))
	for range 0xFFFF {
		d.ok(name)
		d.ok(options)
	}
	d.atc = 0xFFFF
	assert.Equal(t, emv.ACTypeARQC, d.generate(emv.ACTypeARQC, d.fill(cdol1, nil)).cid.Type())
	d = inserted(t, opened(t, m))
	r := d.send(name)
	assert.Equal(t, apdu.SWSelectedFileInvalid, r.SW)
	assert.Equal(t, fci(t, unhex(t, testAID)), r.Data)
	d.refused(apdu.SWConditionsNotSatisfied, options)
	assert.Equal(t, unhex(t, "9F3602FFFF"), d.ok(apdu.GetData(0x9F36)))
}
