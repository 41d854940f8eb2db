package issuertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
)

// TriesMax is the chip's PIN try limit.
const TriesMax = 3

// Card is a chip. Its exported fields are its non-volatile record.
type Card struct {
	secret.Opaque
	issuer  *Issuer
	PAN     account.PAN
	Ref     account.Ref
	Expiry  account.Expiry
	keys    cryptogram.MasterKeys
	profile cryptogram.Profile
	style   script.Style

	PIN    pin.PIN // zero while none was ever set
	Tries  uint8
	Count  uint8 // script commands in the last transaction
	Failed bool  // one of them failed
	LONC   bool  // last online transaction not completed
	ATC    emv.ATC
}

// Insertion is what happens at the terminal before the card goes online.
type Insertion struct {
	Amount   uint64
	Type     message.ProcessingCode
	Cashback uint64 // of Amount
	TVR      emv.TVR
	Number   emv.UnpredictableNumber // zero is one that no other transaction has
	Offline  string                  // PIN for the chip, none where it is empty
	Online   string                  // PIN for DE 52 under TDES DUKPT
	AES      bool                    // under AES DUKPT in its place
	Tap      bool
	Wedge    bool // the terminal is made to believe that the chip took a PIN
}

// Attempt is a transaction that waits for its answer.
type Attempt struct {
	secret.Opaque
	Request *message.AuthorizationRequest

	card    *Card
	input   cryptogram.Input
	session cryptogram.Session
	arqc    emv.AC
	pin     emv.CVRFlags
}

// Begin carries a transaction out up to the request.
func (c *Card) Begin(t testing.TB, in Insertion) *Attempt {
	t.Helper()
	c.ATC++
	a := &Attempt{card: c, pin: c.verify(t, in)}
	a.input = cryptogram.Input{
		TerminalCountryCode: [2]byte{0x02, 0x80}, TransactionCurrencyCode: [2]byte{0x09, 0x78}, TransactionDate: [3]byte{0x26, 0x11, 0x23},
		UnpredictableNumber: emv.UnpredictableNumber{1, 2, 3, byte(c.ATC)}, AIP: [2]byte{0x1C, 0x00}, ATC: c.ATC,
	}
	copy(a.input.AmountAuthorised[:], numeric(t, in.Amount, 6))
	copy(a.input.AmountOther[:], numeric(t, in.Cashback, 6))
	copy(a.input.TransactionType[:], numeric(t, uint64(in.Type/10000), 1))
	a.input.TVR = in.TVR
	if in.Number != (emv.UnpredictableNumber{}) {
		a.input.UnpredictableNumber = in.Number
	}
	a.session = c.profile.Session(c.keys.AC, c.ATC, a.input.UnpredictableNumber)
	a.arqc = a.generateAC(t, emv.CVR{FirstAC: emv.ACTypeARQC, SecondAC: emv.ACTypeNotRequested})
	if !in.Tap {
		c.LONC = true
	}
	a.Request = c.request(t, in, a.chipData(t, in))
	return a
}

// verify is VERIFY: the try is written down before the comparison.
func (c *Card) verify(t testing.TB, in Insertion) (flags emv.CVRFlags) {
	if in.Offline != "" && c.Tries > 0 {
		flags = emv.CVROfflinePINPerformed
		c.Tries--
		if c.PIN.Equal(PIN(t, in.Offline)) {
			c.Tries = TriesMax
		} else {
			flags |= emv.CVROfflinePINFailed
		}
	}
	if c.Tries == 0 {
		flags |= emv.CVRPINTryLimitExceeded
	}
	return flags
}

// generateAC is GENERATE AC. The first one states the evidence of transactions
// before.
func (a *Attempt) generateAC(t testing.TB, cvr emv.CVR) emv.AC {
	t.Helper()
	c := a.card
	cvr.ScriptCount, cvr.Flags = c.Count, a.pin
	if c.Failed {
		cvr.Flags |= emv.CVRScriptFailed
	}
	if c.LONC && cvr.SecondAC == emv.ACTypeNotRequested {
		cvr.Flags |= emv.CVRLastOnlineNotCompleted
	}
	raw, err := cvr.VisaCVR()
	require.NoError(t, err)
	a.input.IAD, err = emv.AppendVisaIAD(nil, 1, c.profile.Version, raw, nil)
	require.NoError(t, err)
	ac, err := a.session.Compute(&a.input)
	require.NoError(t, err)
	return ac
}

// chipData returns DE 55 of the request.
func (a *Attempt) chipData(t testing.TB, in Insertion) []byte {
	b := a.objects(a.arqc)
	code := emv.CVMNone
	result := emv.CVMSuccessful
	switch {
	case in.Wedge, a.pin&(emv.CVROfflinePINPerformed|emv.CVROfflinePINFailed) == emv.CVROfflinePINPerformed:
		code = emv.CVMPlaintextPIN
	case in.Online != "":
		code, result = emv.CVMOnlinePIN, emv.CVMUnknown
	}
	results := emv.NewCVMResults(emv.CVMRule{Code: emv.CVMCode(code)}, result)
	return tlv.Append(b, 0x9F34, results[:])
}

// objects returns what the cryptogram covers, and the cryptogram.
func (a *Attempt) objects(ac emv.AC) []byte {
	b := tlv.Append(nil, 0x9F26, ac[:])
	b = tlv.Append(b, 0x9F10, a.input.IAD)
	for tag, value := range a.input.Elements() {
		b = tlv.Append(b, tag, value)
	}
	return b
}

// Complete gives the chip the answer: issuer authentication and second GENERATE
// AC, then the scripts. It returns the advice that reports them, nil where there
// was none. docs/pin-lifecycle.md, section 4.
func (a *Attempt) Complete(t testing.TB, answer *message.AuthorizationResponse) *message.Advice {
	t.Helper()
	final := a.Authenticate(t, answer)
	results := a.runScripts(t, answer)
	if len(results) == 0 {
		return nil
	}
	return a.Advice(t, answer, final, results)
}

// Final is the second cryptogram with what it covers.
type Final struct{ objects []byte }

// Authenticate is the second GENERATE AC, without the scripts behind it.
func (a *Attempt) Authenticate(t testing.TB, answer *message.AuthorizationResponse) Final {
	t.Helper()
	c := a.card
	value := object(t, answer.ICCData, 0x91)
	second := emv.ACTypeAAC
	if r, err := a.session.VerifyIssuerAuthenticationData(a.arqc, value); err == nil {
		c.Count, c.Failed, c.LONC = 0, false, false
		if r.ARC == [2]byte{'0', '0'} {
			second = emv.ACTypeTC
		}
	}
	return Final{a.objects(a.generateAC(t, emv.CVR{FirstAC: emv.ACTypeARQC, SecondAC: second}))}
}

// runScripts carries out the commands of template 72. A chip that did not
// authenticate the issuer refuses them.
func (a *Attempt) runScripts(t testing.TB, answer *message.AuthorizationResponse) (results []emv.ScriptResult) {
	t.Helper()
	for _, template := range Templates(t, answer) {
		outcome := emv.ScriptFailed
		if !a.card.LONC && a.card.apply(t, a, template.Commands[0]) {
			outcome = emv.ScriptSuccessful
		}
		results = append(results, emv.ScriptResult{Outcome: outcome, Identifier: [4]byte(template.Identifier)})
	}
	return results
}

// apply runs one command. PIN, tries, count and failed bit change together.
func (c *Card) apply(t testing.TB, a *Attempt, raw []byte) bool {
	t.Helper()
	c.Count++
	command, err := apdu.ParseCommand(raw)
	require.NoError(t, err)
	session := script.NewSession(c.style, c.keys, script.Context{ATC: c.ATC, AC: a.arqc})
	next, err := session.OpenPINChange(command, c.PIN)
	if err != nil {
		c.Failed = true
		return false
	}
	if !next.IsZero() {
		c.PIN = next
	}
	c.Tries = TriesMax
	return true
}

// Templates returns the scripts of an answer.
func Templates(t testing.TB, answer *message.AuthorizationResponse) (templates []script.Template) {
	t.Helper()
	answer.ICCData.Open(func(b []byte) {
		all, err := script.ParseTemplates(append([]byte(nil), b...))
		require.NoError(t, err)
		templates = all
	})
	return templates
}

// object returns the value of a data object, nil where it is not there.
func object(t testing.TB, icc secret.Value, tag emv.Tag) (value []byte) {
	t.Helper()
	icc.Open(func(b []byte) {
		v, _, err := tlv.Find(append([]byte(nil), b...), tag)
		require.NoError(t, err)
		value = v
	})
	return value
}

// Object returns the value of a data object of an answer.
func Object(t testing.TB, answer *message.AuthorizationResponse, tag emv.Tag) []byte {
	t.Helper()
	return object(t, answer.ICCData, tag)
}

func numeric(t testing.TB, value uint64, length int) []byte {
	t.Helper()
	b, err := emv.EncodeN(value, length)
	require.NoError(t, err)
	return b
}
