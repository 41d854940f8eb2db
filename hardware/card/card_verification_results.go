package card

import "github.com/f510b0cf/till/emv"

// issuerApplicationData returns tag 9F10 with the results in it, as far as its
// layout has bits for them.
func (s *session) issuerApplicationData(cvr emv.CVR) ([]byte, error) {
	a, now := s.application(), s.remembered()
	family, ok := a.profile.Layout.Family()
	if !ok {
		return nil, errImage
	}
	switch family.ScriptCounter() {
	case emv.ScriptsSucceeded:
		cvr.ScriptCount = s.transaction.before.scriptsApplied
	case emv.ScriptsRunOn:
		cvr.ScriptCount = s.transaction.before.scriptsEver
	}
	cvr.Flags &= family.Statements()
	iad := emv.IAD{DKI: a.DKI, CVN: a.profile.Version, CVR: cvr, Counters: now.counted()}
	if family == emv.IADMChip {
		iad.Counters = append(iad.Counters, 0xFF)
	}
	return family.Append(nil, iad, now.triesLeft)
}

// counted returns the offline counters as issuer application data tells them, where
// it does: amount and number. The form is that of M/Chip 4, where FF stands behind
// them, from memory.
func (c *counters) counted() []byte {
	amount, _ := emv.EncodeN(c.offlineAmount, amountLimitSize) // it has 12 digits at most
	return append(amount, c.offlineCount)
}

// statement pairs an indicator of the card with what the CVR says for it.
type statement struct {
	flag flags
	says emv.CVRFlags
}

var statements = [...]statement{
	{lastOnlineNotCompleted, emv.CVRLastOnlineNotCompleted},
	{issuerAuthenticationFailed, emv.CVRIssuerAuthenticationFailedLastOnline},
	{scriptFailed, emv.CVRScriptFailed},
	{sdaFailed, emv.CVRSDAFailedLastTransaction},
	{ddaFailed, emv.CVRDDAFailedLastTransaction},
	{sdaFailed, emv.CVRODAFailedLastTransaction},
	{ddaFailed, emv.CVRODAFailedLastTransaction},
	{goOnlineNext, emv.CVRGoOnlineNextWasSet},
}

// firstCVR returns the card verification results of the first GENERATE AC but for
// the cryptogram: what earlier transactions have left, and what this one has
// brought so far. docs/card.md says when each bit is set and cleared.
func (s *session) firstCVR() emv.CVR {
	a := s.remembered()
	cvr := emv.CVR{SecondAC: emv.ACTypeNotRequested, ScriptCount: a.scriptCount, Flags: s.limitStatements()}
	for _, st := range statements {
		if a.has(st.flag) {
			cvr.Flags |= st.says
		}
	}
	t := &s.transaction
	home := s.application().Risk.Country
	country, domestic := home != [2]byte{}, t.input.TerminalCountryCode == home
	for _, here := range [...]struct {
		is   bool
		says emv.CVRFlags
	}{
		{t.pinPerformed, emv.CVROfflinePINPerformed},
		{t.pinPerformed && t.pinFailed, emv.CVROfflinePINFailed},
		{t.pinPerformed && !t.pinFailed, emv.CVROfflinePINSuccessful},
		{t.pinEnciphered, emv.CVREncipheredPINPerformed},
		{!t.pinPerformed, emv.CVROfflinePINNotPerformed},
		{s.terminalMistaken(), emv.CVRTerminalConsidersPINOK},
		{country && domestic, emv.CVRDomestic},
		{country && !domestic, emv.CVRInternational},
		{t.ddaPerformed, emv.CVRDDAPerformed},
		{a.triesLeft == 0, emv.CVRPINTryLimitExceeded},
		{a.lastOnlineATC == 0, emv.CVRNewCard},
		{a.scriptCount > 0, emv.CVRScriptReceived},
	} {
		if here.is {
			cvr.Flags |= here.says
		}
	}
	return cvr
}

// secondCVR returns the results of the second GENERATE AC: those of the first,
// and what came after it.
func (s *session) secondCVR(given emv.ACType, unable bool) emv.CVR {
	cvr := s.transaction.cvr
	cvr.SecondAC = given
	switch result := s.transaction.authentication.result; {
	case unable:
		cvr.Flags |= emv.CVRUnableToGoOnline
	case result == failed:
		cvr.Flags |= emv.CVRIssuerAuthenticationFailed
	case result == successful:
		cvr.Flags |= emv.CVRIssuerAuthenticationPerformed
	case s.expectsAuthentication():
		cvr.Flags |= emv.CVRIssuerAuthenticationNotPerformedAfterOnline | emv.CVRIssuerAuthenticationNotPerformed
	}
	return cvr
}

// expectsAuthentication reports whether the card has a way to authenticate its
// issuer.
func (s *session) expectsAuthentication() bool {
	return s.side().AIP.Has(emv.AIPIssuerAuthenticationSupported) || s.application().CDOL2.Contains(tagIssuerAuthentication)
}
