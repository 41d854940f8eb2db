package card

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// firstType decides on the first cryptogram, by what the card states of itself.
// The card gives what it is asked for or less: an ARQC in place of a TC, an AAC
// in place of both. EMV Book 3, 10.8; the rules are those of the image.
func (s *session) firstType(asked emv.ACType, states emv.CVRFlags) emv.ACType {
	r := &s.application().Risk
	switch {
	case s.blocked(), states&r.Denial != 0:
		return emv.ACTypeAAC
	case asked == emv.ACTypeARQC && r.OfflineOnly:
		return emv.ACTypeAAC
	case asked == emv.ACTypeTC && states&r.Online != 0 && !r.OfflineOnly && !s.terminalOfflineOnly():
		return emv.ACTypeARQC
	case asked == emv.ACTypeTC && (r.OfflineOnly || s.terminalOfflineOnly()):
		return s.withoutIssuer(asked, states)
	}
	return asked
}

// withoutIssuer decides where the transaction can not go online.
func (s *session) withoutIssuer(asked emv.ACType, states emv.CVRFlags) emv.ACType {
	if states&s.application().Risk.Default != 0 {
		return emv.ACTypeAAC
	}
	return asked
}

// terminalOfflineOnly reports whether the terminal has told the card that it can
// not go online.
func (s *session) terminalOfflineOnly() bool {
	value, ok := s.terminalObject(tagTerminalType, nil)
	if !ok || len(value) != 1 {
		return false
	}
	t, err := emv.ParseTerminalType(value[0])
	return err == nil && t.OfflineOnly()
}

// secondType decides on the second cryptogram.
func (s *session) secondType(asked emv.ACType, unable bool) emv.ACType {
	a, authentication := s.application(), s.transaction.authentication
	switch {
	case s.blocked():
		return emv.ACTypeAAC
	case unable:
		return s.withoutIssuer(asked, s.transaction.cvr.Flags)
	case authentication.result == failed && !a.Risk.AuthenticationAdvisory,
		authentication.result == notPerformed && a.Risk.AuthenticationMandatory,
		authentication.result == successful && !authentication.approved(a.profile.ARPC):
		return emv.ACTypeAAC
	}
	return asked
}

// limitStatements returns the limits that an offline approval of this transaction
// would exceed.
func (s *session) limitStatements() (f emv.CVRFlags) {
	r, a := &s.application().Risk, s.remembered().counters
	a.countOffline(s.countedAmount())
	for _, l := range [...]struct {
		tag     emv.Tag
		counter uint64
		says    emv.CVRFlags
	}{
		{r.LowerCount, uint64(a.offlineCount), emv.CVRLowerCountLimitExceeded},
		{r.UpperCount, uint64(a.offlineCount), emv.CVRUpperCountLimitExceeded},
		{r.LowerAmount, a.offlineAmount, emv.CVRLowerAmountLimitExceeded},
		{r.UpperAmount, a.offlineAmount, emv.CVRUpperAmountLimitExceeded},
	} {
		if l.tag != 0 && l.counter > s.limit(l.tag) {
			f |= l.says
		}
	}
	if f != 0 {
		f |= emv.CVRVelocityExceeded
	}
	return f
}

// limit returns the value of a limit. It was checked when the card was opened, and
// when it was put.
func (s *session) limit(tag emv.Tag) uint64 {
	value, _ := s.dataObject(tag)
	n, _ := limitValue(value)
	return n
}

// The lengths of limits in bytes.
const (
	countLimitSize  = 1
	amountLimitSize = 6
)

// limitValue reads a limit: one byte, or an amount.
func limitValue(value []byte) (uint64, error) {
	if len(value) == countLimitSize {
		return uint64(value[0]), nil
	}
	return emv.DecodeN(value)
}

// countedAmount returns the amount of the transaction, 0 where it is of another
// currency than the limits or is no number.
func (s *session) countedAmount() uint64 {
	in := &s.transaction.input
	if in.TransactionCurrencyCode != s.application().Risk.Currency {
		return 0
	}
	amount, err := emv.DecodeN(in.AmountAuthorised[:])
	if err != nil {
		return 0
	}
	return amount
}

// approvedOffline returns what an offline approval adds: the counters, where there
// are limits, and the log.
func (s *session) approvedOffline(cdol2 []byte) func(*applicationState) {
	limits := len(s.application().Risk.Limits()) > 0
	amount, entry := s.countedAmount(), s.entry(emv.ACTypeTC, cdol2)
	if !limits && entry == nil {
		return nil
	}
	return func(a *applicationState) {
		if limits {
			a.countOffline(amount)
		}
		s.addEntry(a, entry)
	}
}

// terminalMistaken reports whether the terminal believes in an offline PIN that
// this card has not found right: the sign of a wedge between the two.
func (s *session) terminalMistaken() bool {
	value, ok := s.terminalObject(tagCVMResults, nil)
	if !ok || s.transaction.pinPerformed && !s.transaction.pinFailed {
		return false
	}
	results, err := emv.ParseCVMResults(value)
	if err != nil {
		return false
	}
	return results.Result() == emv.CVMSuccessful && slices.Contains(offlinePINs[:], results.Rule().Code.Method())
}

// offlinePINs are the methods in which the card verifies a PIN.
var offlinePINs = [...]emv.CVM{emv.CVMPlaintextPIN, emv.CVMPlaintextPINAndSignature, emv.CVMEncipheredPIN, emv.CVMEncipheredPINAndSignature}

// limitSizes gives each limit of an application the length that its object has.
func limitSizes(r image.Risk) map[emv.Tag]int {
	sizes := map[emv.Tag]int{r.LowerCount: countLimitSize, r.UpperCount: countLimitSize, r.LowerAmount: amountLimitSize, r.UpperAmount: amountLimitSize}
	delete(sizes, 0)
	return sizes
}
