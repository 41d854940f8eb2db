package card

import "github.com/f510b0cf/till/emv"

// issuerApplicationData returns tag 9F10 with the results in it.
func (s *session) issuerApplicationData(cvr emv.CVR) ([]byte, error) {
	visa, err := cvr.VisaCVR()
	if err != nil {
		return nil, err
	}
	a := s.application()
	return emv.AppendVisaIAD(nil, a.DKI, a.profile.Version, visa, nil)
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
}

// firstCVR returns the card verification results of the first GENERATE AC: what
// earlier transactions have left, and what this one has brought so far.
// docs/card.md says when each bit is set and cleared.
func (s *session) firstCVR(given emv.ACType) emv.CVR {
	a := s.remembered()
	cvr := emv.CVR{FirstAC: given, SecondAC: emv.ACTypeNotRequested, ScriptCount: a.scriptCount}
	for _, st := range statements {
		if a.has(st.flag) {
			cvr.Flags |= st.says
		}
	}
	t := &s.transaction
	for _, here := range [...]struct {
		is   bool
		says emv.CVRFlags
	}{
		{t.pinPerformed, emv.CVROfflinePINPerformed},
		{t.pinPerformed && t.pinFailed, emv.CVROfflinePINFailed},
		{t.ddaPerformed, emv.CVRDDAPerformed},
		{a.triesLeft == 0, emv.CVRPINTryLimitExceeded},
		{a.lastOnlineATC == 0, emv.CVRNewCard},
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
	case result == notPerformed && s.expectsAuthentication():
		cvr.Flags |= emv.CVRIssuerAuthenticationNotPerformedAfterOnline
	}
	return cvr
}

// expectsAuthentication reports whether the card has a way to authenticate its
// issuer.
func (s *session) expectsAuthentication() bool {
	return s.side().AIP.Has(emv.AIPIssuerAuthenticationSupported) || s.application().CDOL2.Contains(tagIssuerAuthentication)
}
