package kernel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestApprovedOnline follows every APDU of a plain transaction.
func TestApprovedOnline(t *testing.T) {
	b := newBench(t)
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, r.Reason)
	values := "000000001200" + "000000000000" + "0276" + "8000008000" + "0978" + "261101" + "00" + "00000000"
	assert.Equal(t, []string{
		"00A4040006F0000000250100", "00A4040206F0000000250100", "00A4040008" + testAID + "00", "80A8000002830000", "00B2010C00",
		"80AE80001D" + values + "00", "008200000A11223344556677883030", "80AE40001F3030" + values + "00",
	}, b.card.sent)
	assert.Equal(t, "8000008000", r.TVR.String())
	assert.Equal(t, "7800", r.TSI.String())
	assert.Equal(t, emv.CVMResults{0x1F, 0x00, 0x02}, r.CVMResults)
	assert.Equal(t, emv.ARC(0x3030), r.ARC)
	assert.Equal(t, emv.CID(0x40), r.CID)
	assert.Equal(t, emv.ATC(0x12), r.ATC)
	assert.True(t, r.Cryptogram && r.RequestSent)
	assert.False(t, r.ReversalDue || r.SignatureNeeded)
	assert.Equal(t, "TEST", r.Application.Label)
	assert.Equal(t, []kernel.Message{kernel.MessagePleaseWait, kernel.MessageApproved, kernel.MessageRemoveCard}, b.cardholder.messages)
}

// TestOnlineRequest reads what the message is given.
func TestOnlineRequest(t *testing.T) {
	b := newBench(t)
	b.run()
	require.Len(t, b.online.requests, 1)
	q := b.online.requests[0]
	q.PAN.Open(func(digits []byte) { assert.Equal(t, "374245001741007", string(digits)) })
	q.Track2.Open(func(text []byte) { assert.Equal(t, "374245001741007=28122015432112345", string(text)) })
	assert.True(t, q.HasSequenceNumber)
	assert.EqualValues(t, 1, q.SequenceNumber)
	assert.Equal(t, emv.Date{Year: 2028, Month: 12, Day: 31}, q.Expiry)
	assert.True(t, q.PIN.IsZero())
	assert.Equal(t, kernel.EntryChipContact, q.EntryMode)
	assert.Equal(t, "9F26081122334455667788"+"9F270180"+"9F100706010103A00000"+"9F370400000000"+"9F36020012"+"95058000008000"+
		"9A03261101"+"9C0100"+"9F0206000000001200"+"9F0306000000000000"+"5F2A020978"+"9F1A020276"+"82021C00"+"5F340101"+"9F3303E0F8C8"+
		"9F34031F0002"+"9F350122"+"8408"+testAID+"9F1E0854494C4C30303031"+"9F09020001"+"9F410400000007", fmt.Sprintf("%X", q.ChipData))
}

// TestOutcomes plays every way in which a transaction ends after the first
// GENERATE AC.
func TestOutcomes(t *testing.T) {
	noAnswer := func(sent bool) func(*bench) {
		return func(b *bench) {
			b.online.response, b.online.err = nil, &kernel.UnableToGoOnlineError{Sent: sent}
		}
	}
	both := func(first, second func(*bench)) func(*bench) { return func(b *bench) { first(b); second(b) } }
	answer := func(prefix, response string) func(*bench) {
		return func(b *bench) { b.card.answers[prefix] = []string{response} }
	}
	defaultDeclines := func(b *bench) { b.app().TACDefault[3] = 0x80 }
	below := func(b *bench) { b.app().FloorLimit = 5000 }
	decline := func(b *bench) { b.online.response.ARC = 0x3035 }
	for name, c := range map[string]struct {
		change   func(*bench)
		outcome  kernel.Outcome
		arc      string
		requests string // P1 of the GENERATE AC commands
		reversal bool
		sent     bool
	}{
		"approved offline":             {below, kernel.ApprovedOffline, "Y1", "40", false, false},
		"declined offline by terminal": {func(b *bench) { b.app().TACDenial[3] = 0x80 }, kernel.DeclinedOffline, "Z1", "00", false, false},
		"declined by issuer's code":    {func(b *bench) { b.records[0x9F0E] = "0000008000" }, kernel.DeclinedOffline, "Z1", "00", false, false},
		"declined offline by card":     {both(below, answer("80AE40", generated("00"))), kernel.DeclinedOffline, "Z1", "40", false, false},
		"online refused by card":       {answer("80AE80", generated("00")), kernel.DeclinedOffline, "Z1", "80", false, false},
		"card goes online":             {both(below, func(b *bench) { b.card.answers["80AE40"] = []string{generated("80"), generated("40")} }), kernel.ApprovedOnline, "00", "40 40", false, true},
		"declined online":              {decline, kernel.DeclinedOnline, "05", "80 00", false, true},
		"code 10 approves":             {func(b *bench) { b.online.response.ARC = 0x3130 }, kernel.ApprovedOnline, "10", "80 40", false, true},
		"code 11 approves":             {func(b *bench) { b.online.response.ARC = 0x3131 }, kernel.ApprovedOnline, "11", "80 40", false, true},
		"code 08 does not":             {func(b *bench) { b.online.response.ARC = 0x3038 }, kernel.DeclinedOnline, "08", "80 00", false, true},
		"declined, but booked":         {both(decline, func(b *bench) { b.online.response.Booked = true }), kernel.DeclinedOnline, "05", "80 00", true, true},
		"approved and booked":          {func(b *bench) { b.online.response.Booked = true }, kernel.ApprovedOnline, "00", "80 40", false, true},
		"other codes agreed upon":      {both(decline, func(b *bench) { b.profile.ApprovalCodes = []emv.ARC{0x3035} }), kernel.ApprovedOnline, "05", "80 40", false, true},
		"no code":                      {func(b *bench) { b.online.response.ARC = 0 }, kernel.DeclinedOnline, "\x00\x00", "80 00", false, true},
		"card declines an approval":    {answer("80AE40", generated("00")), kernel.DeclinedOnline, "00", "80 40", true, true},
		"second cryptogram an ARQC":    {answer("80AE40", generated("80")), kernel.DeclinedOnline, "00", "80 40", true, true},
		"TC upon a decline":            {both(decline, answer("80AE00", generated("40"))), kernel.DeclinedOnline, "05", "80 00", false, true},
		"not sent, approved":           {noAnswer(false), kernel.ApprovedOffline, "Y3", "80 40", false, false},
		"no answer, approved":          {noAnswer(true), kernel.ApprovedOffline, "Y3", "80 40", true, true},
		"not sent, declined":           {both(noAnswer(false), defaultDeclines), kernel.DeclinedOffline, "Z3", "80 00", false, false},
		"no answer, declined":          {both(noAnswer(true), defaultDeclines), kernel.DeclinedOffline, "Z3", "80 00", true, true},
		"unable, declined by card":     {both(noAnswer(false), answer("80AE40", generated("00"))), kernel.DeclinedOffline, "Z3", "80 40", false, false},
		"another error counts as sent": {func(b *bench) { b.online.err = errors.New("line dropped") }, kernel.ApprovedOffline, "Y3", "80 40", true, true},
		"neither answer nor error":     {func(b *bench) { b.online.response = nil }, kernel.ApprovedOffline, "Y3", "80 40", true, true},
		"no link":                      {func(b *bench) { b.offline = true }, kernel.ApprovedOffline, "Y3", "80 40", false, false},
		"no link, IAC missing":         {func(b *bench) { b.offline, b.records[0x9F0D] = true, "" }, kernel.DeclinedOffline, "Z3", "80 00", false, false},
		"IAC online missing":           {both(below, func(b *bench) { b.records[0x9F0F] = ""; b.records[0x9F08] = "0009" }), kernel.ApprovedOnline, "00", "80 40", false, true},
		"IAC denial missing":           {func(b *bench) { b.records[0x9F0E] = "" }, kernel.ApprovedOnline, "00", "80 40", false, true},
		"online only":                  {both(below, func(b *bench) { b.profile.Type = 0x21 }), kernel.ApprovedOnline, "00", "80 40", false, true},
		"online only, no link":         {func(b *bench) { b.profile.Type, b.offline = 0x21, true }, kernel.DeclinedOffline, "Z3", "80 00", false, false},
		"offline only":                 {func(b *bench) { b.profile.Type = 0x23 }, kernel.ApprovedOffline, "Y1", "40", false, false},
		"offline only, default code":   {both(defaultDeclines, func(b *bench) { b.profile.Type = 0x23 }), kernel.DeclinedOffline, "Z1", "00", false, false},
		"offline only, card wants ARQC": {func(b *bench) {
			b.profile.Type = 0x23
			b.card.answers["80AE40"] = []string{generated("80"), generated("40")}
		}, kernel.ApprovedOffline, "Y3", "40 40", false, false},
		"format 1": {func(b *bench) {
			b.card.answers["80AE80"] = []string{object(0x80, "800012"+"1122334455667788"+"06010103A00000") + "9000"}
		}, kernel.ApprovedOnline, "00", "80 40", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			r := b.run()
			assert.Equal(t, c.outcome, r.Outcome, texts(r))
			assert.Equal(t, c.arc, r.ARC.String())
			assert.Equal(t, c.reversal, r.ReversalDue, "reversal")
			assert.Equal(t, c.sent, r.RequestSent, "sent")
			var requests string
			for _, command := range b.card.sentWith("80AE") {
				requests += " " + command[4:6]
			}
			assert.Equal(t, " "+c.requests, requests)
			assert.Equal(t, c.outcome.Approved(), b.cardholder.messages[len(b.cardholder.messages)-2] == kernel.MessageApproved)
		})
	}
}

// TestNotAccepted plays what ends a transaction without a verdict.
func TestNotAccepted(t *testing.T) {
	answer := func(prefix string, responses ...string) func(*bench) {
		return func(b *bench) { b.card.answers[prefix] = responses }
	}
	record := func(tag emv.Tag, value string) func(*bench) { return func(b *bench) { b.records[tag] = value } }
	for name, change := range map[string]func(*bench){
		"GPO refused":                answer("80A8", "6A81"),
		"GPO empty":                  answer("80A8", "9000"),
		"GPO neither format":         answer("80A8", "700482021C009000"),
		"GPO bytes behind":           answer("80A8", "80061C0008010100FF9000"),
		"GPO format 2 without AFL":   answer("80A8", "770482021C009000"),
		"GPO AFL cut":                answer("80A8", "80051C00080101"+"9000"),
		"AFL file 31":                answer("80A8", "80061C00F80101009000"),
		"AFL record 0":               answer("80A8", "80061C00080001009000"),
		"AFL backwards":              answer("80A8", "80061C00080201009000"),
		"record not there":           answer("00B2010C", "6A83"),
		"record no template":         answer("00B2010C", "5A0841111111111111119000"),
		"record cut":                 answer("00B2010C", "70105A089000"),
		"PAN missing":                record(0x5A, ""),
		"PAN no digits":              record(0x5A, "37424500174100AB"),
		"expiry missing":             record(0x5F24, ""),
		"expiry no date":             record(0x5F24, "281331"),
		"CDOL1 missing":              record(0x8C, ""),
		"CDOL2 missing":              record(0x8D, ""),
		"CDOL1 cut":                  record(0x8C, "9F02069F"),
		"CDOL1 too long":             record(0x8C, "9F02FF9F0302"),
		"CDOL2 cut":                  record(0x8D, "8A"),
		"sequence number no digits":  record(0x5F34, "AB"),
		"CVM list odd":               record(0x8E, "00000000000000001F"),
		"AUC short":                  record(0x9F07, "FF"),
		"effective date wrong":       record(0x5F25, "999999"),
		"IAC short":                  record(0x9F0E, "00"),
		"offline limit of two bytes": func(b *bench) { b.records[0x9F14], b.records[0x9F23] = "0001", "02" },
		"TDOL cut":                   func(b *bench) { b.records[0x8C] += "9814"; b.records[0x97] = "9F" },
		"GENERATE AC refused":        answer("80AE80", "6985"),
		"GENERATE AC empty":          answer("80AE80", "9000"),
		"GENERATE AC no AC":          answer("80AE80", "7709"+"9F2701809F360200019000"),
		"GENERATE AC short AC":       answer("80AE80", object(0x77, "9F2701809F360200019F2603112233")+"9000"),
		"GENERATE AC no CID":         answer("80AE80", object(0x77, "9F360200019F26081122334455667788")+"9000"),
		"GENERATE AC cut":            answer("80AE80", object(0x77, "9F2701809F36")+"9000"),
		"GPO format 2 cut":           answer("80A8", object(0x77, "82021C0094")+"9000"),
		"GPO no TLV":                 answer("80A8", "80"+"9000"),
		"GPO format 2, short AIP":    answer("80A8", object(0x77, "82011C", "940408010100")+"9000"),
		"GENERATE AC other template": answer("80AE80", "700B"+"80001211223344556677889000"),
		"GENERATE AC format 1 short": answer("80AE80", "800A8000121122334455669000"),
		"GENERATE AC format 1 long":  answer("80AE80", object(0x80, "800012"+"1122334455667788"+fmt.Sprintf("%066d", 0))+"9000"),
		"card raises to TC":          answer("80AE80", generated("40")),
		"card raises an AAC":         func(b *bench) { b.app().TACDenial[3] = 0x80; b.card.answers["80AE00"] = []string{generated("80")} },
		"cryptogram RFU":             answer("80AE80", generated("C0")),
		"service not allowed":        answer("80AE80", generated("01")),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(b)
			r := b.run()
			assert.Equal(t, kernel.NotAccepted, r.Outcome, texts(r))
			assert.NotEmpty(t, r.Reason)
			assert.False(t, r.ReversalDue || r.RequestSent)
			assert.NotNil(t, r.Data)
		})
	}
}

// TestSecondGenerateACFails leaves an approval behind that does not stand.
func TestSecondGenerateACFails(t *testing.T) {
	for name, response := range map[string]string{"refused": "6985", "malformed": "80029000"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.card.answers["80AE40"] = []string{response}
			r := b.run()
			assert.Equal(t, kernel.NotAccepted, r.Outcome)
			assert.True(t, r.ReversalDue)

			b = newBench(t)
			b.online.response.ARC = 0x3035
			b.card.answers["80AE00"] = []string{response}
			assert.False(t, b.run().ReversalDue, "nothing was booked")
		})
	}
}

// TestCardPulled pulls the card at every APDU of a transaction with issuer
// authentication and both kinds of script.
func TestCardPulled(t *testing.T) {
	make := func(pullAt int) (*bench, *kernel.Result) {
		b := newBench(t)
		b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
		b.online.response.Scripts = [][]byte{script("72", "8424000201AA"), script("71", "8424000201BB")}
		b.card.answers["8424"] = []string{"9000"}
		b.card.pullAt = pullAt
		return b, b.run()
	}
	whole, r := make(0)
	require.Equal(t, kernel.ApprovedOnline, r.Outcome)
	const generate1, script71, script72 = 6, 8, 10
	require.Len(t, whole.card.sent, script72)
	for n := 1; n <= script72; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b, r := make(n)
			assert.Len(t, b.card.sent, n, "nothing is sent to a card that is gone")
			assert.ErrorIs(t, r.Cause, errPulled)
			if n == script72 {
				assert.Equal(t, kernel.ApprovedOnline, r.Outcome, "the TC stands")
				assert.False(t, r.ReversalDue)
				assert.Equal(t, emv.ScriptFailed, r.ScriptResults[1].Outcome)
				return
			}
			assert.Equal(t, kernel.CardRemoved, r.Outcome)
			assert.Equal(t, n > generate1, r.RequestSent)
			assert.Equal(t, n > generate1, r.ReversalDue)
			assert.NotContains(t, b.cardholder.messages, kernel.MessageRemoveCard)
			if n == script71 {
				assert.Equal(t, emv.ScriptFailed, r.ScriptResults[0].Outcome)
				assert.True(t, r.TVR.Has(emv.TVRScriptFailedBeforeFinalGenerateAC))
			}
		})
	}
}

// wideBench is a transaction with as many kinds of command as there are.
func wideBench(t *testing.T, aip string) *bench {
	b := odaBench(t, aip)
	b.records[0x8E] = "0000000000000000" + "44034103" + "1F00"
	b.records[0x9F14], b.records[0x9F23] = "03", "05"
	odaKeys(t).personalise(b, aip)
	b.profile.SelectByDirectory = true
	b.cardholder.entries = []kernel.PINEntry{enter(t, "1111"), enter(t, "1234")}
	for prefix, answer := range map[string]string{
		"80CA9F17": threeTries, "80CA9F36": "9F360200089000", "80CA9F13": "9F130200069000", "0084": "01020304050607089000", "8424": "9000",
	} {
		b.card.answers[prefix] = []string{answer}
	}
	b.card.answers["00200088"] = []string{"63C2", "9000"}
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	b.online.response.Scripts = [][]byte{script("71", command1), script("72", command2)}
	return b
}

// TestCardPulledAnywhere pulls the card at every APDU of wide transactions.
func TestCardPulledAnywhere(t *testing.T) {
	for name, make := range map[string]func() *bench{
		"DDA": func() *bench { return wideBench(t, "3C00") },
		"CDA": func() *bench { return wideBench(t, "1D00") },
		"failed CDA": func() *bench {
			b := wideBench(t, "1D00")
			delete(b.card.handle, "80AE90")
			b.card.answers["80AE90"] = []string{generated("80")}
			return b
		},
		"unable to go online": func() *bench { b := wideBench(t, "5C00"); b.offline = true; return b },
		"tap":                 func() *bench { return tapBench(t) },
	} {
		t.Run(name, func(t *testing.T) {
			whole := make()
			complete := whole.run()
			require.NotEqual(t, kernel.NotAccepted, complete.Outcome, texts(complete))
			for n := range whole.card.sent {
				b := make()
				b.card.pullAt = n + 1
				r := b.run()
				assert.Len(t, b.card.sent, n+1)
				assert.ErrorIs(t, r.Cause, errPulled)
				assert.Equal(t, len(b.online.requests) > 0 && !b.offline, r.RequestSent)
				assert.Equal(t, r.RequestSent && r.Outcome != kernel.ApprovedOnline, r.ReversalDue)
				if r.Outcome != kernel.CardRemoved {
					assert.Equal(t, len(whole.card.sent), n+1, "only the last script of an approved transaction")
				}
			}
		})
	}
}

// TestCommandsAreBounded reads 255 records from each of many files.
func TestCommandsAreBounded(t *testing.T) {
	b := newBench(t)
	b.card.answers["80A8"] = []string{object(0x80, b.aip, "0801FF00", "1001FF00", "1801FF00") + "9000"}
	b.card.answers["00B2"] = []string{"70009000"}
	r := b.run()
	assert.Equal(t, kernel.NotAccepted, r.Outcome)
	assert.Equal(t, "more than 512 commands", r.Reason)
	assert.Len(t, b.card.sent, 512)
}

// TestRandomBytesRunOut ends the transaction where they are needed, and no
// earlier.
func TestRandomBytesRunOut(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"random selection": func(b *bench) { b.app().FloorLimit = 5000; b.app().RandomSelection = profileSelection(50, 50, 0) },
		"enciphered PIN":   func(*bench) {},
	} {
		t.Run(name, func(t *testing.T) {
			b := wideBench(t, "3C00")
			change(b)
			if name == "random selection" {
				b.card.answers["80CA9F17"] = []string{"9F1701009000"}
			}
			b.run() // completes the fake card's answers
			c := b.config()
			c.Rand = bytes.NewReader(make([]byte, 4))
			k, err := kernel.New(c)
			require.NoError(t, err)
			b.cardholder.entries = []kernel.PINEntry{enter(t, "1234")}
			r, err := k.Transact(t.Context(), b.card, b.cardholder, b.online, b.tx)
			require.NoError(t, err)
			assert.Equal(t, kernel.NotAccepted, r.Outcome, texts(r))
			assert.ErrorIs(t, r.Cause, io.EOF)
		})
	}
}

// TestUnableToGoOnlineError says what became of the request.
func TestUnableToGoOnlineError(t *testing.T) {
	cause := errors.New("line busy")
	assert.Equal(t, "go online: request not sent", (&kernel.UnableToGoOnlineError{}).Error())
	err := &kernel.UnableToGoOnlineError{Sent: true, Cause: cause}
	assert.Equal(t, "go online: no answer to the request: line busy", err.Error())
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, "Outcome(99)", kernel.Outcome(99).String())
	assert.Equal(t, "Phase(99)", kernel.Phase(99).String())
}

// TestReasonOfAAC is told.
func TestReasonOfAAC(t *testing.T) {
	b := newBench(t)
	b.card.answers["80AE80"] = []string{generated("0A")}
	r := b.run()
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
	assert.NotEmpty(t, r.Reason)
	assert.True(t, r.AdviceRequested)
}

// TestPDOL is filled with what is known, or ends the transaction.
func TestPDOL(t *testing.T) {
	for list, sent := range map[string]string{
		"9F02069F1A029F66045A08": "80A80000168314" + "000000001200" + "0276" + "B600C000" + "0000000000000000" + "00",
		"9F0204":                 "80A800000683040000120000",
		"9F02":                   "",
		"9F02FD":                 "",
		"9F02FF9F0201":           "",
	} {
		b := newBench(t)
		b.app().Data = []profile.Object{{Tag: 0x9F66, Value: unhexed("B600C000")}}
		b.card.answers["00A4040008"+testAID] = []string{fci(testAID, object(0x9F38, list))}
		r := b.run()
		if sent == "" {
			assert.Equal(t, kernel.NotAccepted, r.Outcome, list)
			assert.Empty(t, b.card.sentWith("80A8"))
			continue
		}
		assert.Equal(t, []string{sent}, b.card.sentWith("80A8"), texts(r))
	}
}

// TestCDOLWithAccount gives the card its own PAN back, in format cn.
func TestCDOLWithAccount(t *testing.T) {
	b := newBench(t)
	b.records[0x8C] = "5A0A9F0702"
	b.run()
	assert.Equal(t, "80AE80000C"+testPAN+"FFFF"+"FF00"+"00", b.card.sentWith("80AE80")[0])
}

// TestCardPulledAfterDecline has nothing to reverse.
func TestCardPulledAfterDecline(t *testing.T) {
	b := newBench(t)
	b.online.response.ARC = 0x3035
	b.card.pullAt = 7
	r := b.run()
	assert.Equal(t, kernel.CardRemoved, r.Outcome)
	assert.False(t, r.ReversalDue)
	assert.Equal(t, emv.ARC(0x3035), r.ARC)
}

// TestShortAnswer is how readers show a card that is gone.
func TestShortAnswer(t *testing.T) {
	b := newBench(t)
	b.card.answers["80AE80"] = []string{"90"}
	assert.Equal(t, kernel.CardRemoved, b.run().Outcome)
}

// TestTransactRefuses finds calls that no data object can hold.
func TestTransactRefuses(t *testing.T) {
	b := newBench(t)
	k, err := kernel.New(b.config())
	require.NoError(t, err)
	b.tx.Amount = 1e12
	_, err = k.Transact(t.Context(), b.card, b.cardholder, b.online, b.tx)
	require.Error(t, err)
	_, err = k.Transact(t.Context(), nil, b.cardholder, b.online, kernel.Transaction{})
	require.Error(t, err)
	assert.Empty(t, b.card.sent)

	c := b.config()
	c.Rand = noRandom{}
	k, err = kernel.New(c)
	require.NoError(t, err)
	_, err = k.Transact(t.Context(), b.card, b.cardholder, b.online, kernel.Transaction{})
	require.ErrorIs(t, err, errNoRandom)
}

var errNoRandom = errors.New("no random bytes")

type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errNoRandom }

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"no application":    func(b *bench) { b.profile.Applications = nil },
		"short AID":         func(b *bench) { b.app().AID = b.app().AID[:4] },
		"percentages":       func(b *bench) { b.app().RandomSelection.TargetPercentage = 1 },
		"percentage 100":    func(b *bench) { b.app().RandomSelection.MaximumTargetPercentage = 100 },
		"country":           func(b *bench) { b.profile.CountryCode = 10000 },
		"serial number":     func(b *bench) { b.profile.IFDSerialNumber = "X" },
		"acquirer's digits": func(b *bench) { b.profile.AcquirerIdentifier = 1e12 },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(b)
			_, err := kernel.New(b.config())
			assert.Error(t, err)
		})
	}
}

// TestCardPulledBeforeVerdict: a code that the terminal was about to give is that
// of no verdict.
func TestCardPulledBeforeVerdict(t *testing.T) {
	for name, spoil := range map[string]func(*bench){
		"first cryptogram": func(b *bench) { b.app().FloorLimit = 5000; b.card.answers["80AE40"] = []string{"90"} },
		"second cryptogram": func(b *bench) {
			b.offline = true
			b.app().TACDefault[3] = 0x80
			b.card.answers["80AE00"] = []string{"90"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			spoil(b)
			r := b.run()
			assert.Equal(t, kernel.CardRemoved, r.Outcome)
			assert.Zero(t, r.ARC)
		})
	}
}
