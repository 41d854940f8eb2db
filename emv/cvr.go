package emv

import (
	"math/bits"
	"slices"
)

// CVR is what the card states about itself in the card verification results
// of its issuer application data, in one form for all families. The application
// cryptogram covers it, so a host may believe it where the cryptogram is right.
type CVR struct {
	FirstAC     ACType // ACTypeAAC, ACTypeTC or ACTypeARQC
	SecondAC    ACType // ACTypeAAC, ACTypeTC or ACTypeNotRequested
	ScriptCount uint8  // issuer script commands processed on the last transaction, 0 to 15; see the family
	Flags       CVRFlags
}

// Has reports whether the card states all of the flags.
func (c CVR) Has(f CVRFlags) bool { return c.Flags&f == f }

// OfflinePINGood reports whether the card verified an offline PIN in this
// transaction and found it right.
func (c CVR) OfflinePINGood() bool {
	return c.Has(CVROfflinePINPerformed) && !c.Has(CVROfflinePINFailed)
}

// CVRFlags is a set of statements. A family makes only some of them.
type CVRFlags uint64

// The statements that card verification results make.
const (
	CVRIssuerAuthenticationFailed CVRFlags = 1 << iota // in this transaction
	CVROfflinePINPerformed                             // right or wrong
	CVROfflinePINFailed
	CVRUnableToGoOnline
	CVRLastOnlineNotCompleted
	CVRPINTryLimitExceeded
	CVRVelocityExceeded // any offline counter, accumulator or day limit
	CVRNewCard
	CVRIssuerAuthenticationFailedLastOnline
	CVRIssuerAuthenticationNotPerformedAfterOnline
	CVRApplicationBlockedByPINTries
	CVRSDAFailedLastTransaction // and it was declined offline
	CVRScriptFailed             // on the last transaction
	CVRDDAFailedLastTransaction // and it was declined offline
	CVRDDAPerformed
	CVRPINExpectedNotReceived
	CVRDeviceCVMPerformed // on the consumer's device
	CVRCDAPerformed
	CVRCDAInFirstAC
	CVRCDAInSecondAC
	CVRIssuerAuthenticationPerformed
	CVRIssuerAuthenticationNotPerformed
	CVRDateCheckFailed
	CVREncipheredPINPerformed
	CVROfflinePINSuccessful
	CVROfflinePINNotPerformed
	CVRTerminalConsidersPINOK // the sign of a no-PIN wedge
	CVROfflineChangePINSuccessful
	CVRCIACDefaultSkipped
	CVRInternational
	CVRDomestic
	CVRGoOnlineNextWasSet
	CVRScriptReceived
	CVRODAFailedLastTransaction
	CVRLowerCountLimitExceeded // consecutive offline transactions, or counter 1
	CVRUpperCountLimitExceeded
	CVRLowerAmountLimitExceeded // cumulative offline amount, or accumulator 1
	CVRUpperAmountLimitExceeded
	CVRLowerCount2LimitExceeded
	CVRUpperCount2LimitExceeded
	CVRLowerAmount2LimitExceeded
	CVRUpperAmount2LimitExceeded
	CVRMTALimitExceeded // maximum transaction amount
	CVRDaysOfflineLimitExceeded
	CVRAdditionalCheckMatch
	CVRAdditionalCheckNoMatch
)

// cvrFlagNames are the machine names of the flags, in their order.
var cvrFlagNames = [...]string{
	"issuer-auth-failed",
	"offline-pin-performed",
	"offline-pin-failed",
	"unable-to-go-online",
	"last-online-not-completed",
	"pin-try-limit-exceeded",
	"velocity-exceeded",
	"new-card",
	"issuer-auth-failed-last-online",
	"issuer-auth-not-performed-after-online",
	"application-blocked-by-pin-tries",
	"sda-failed-last-transaction",
	"script-failed",
	"dda-failed-last-transaction",
	"dda-performed",
	"pin-expected-not-received",
	"device-cvm-performed",
	"cda-performed",
	"cda-in-first-ac",
	"cda-in-second-ac",
	"issuer-auth-performed",
	"issuer-auth-not-performed",
	"date-check-failed",
	"enciphered-pin-performed",
	"offline-pin-successful",
	"offline-pin-not-performed",
	"terminal-wrongly-considers-pin-ok",
	"offline-change-pin-successful",
	"ciac-default-skipped-on-cat3",
	"international",
	"domestic",
	"go-online-next-was-set",
	"script-received",
	"oda-failed-last-transaction",
	"lower-count-limit-exceeded",
	"upper-count-limit-exceeded",
	"lower-amount-limit-exceeded",
	"upper-amount-limit-exceeded",
	"lower-count-2-limit-exceeded",
	"upper-count-2-limit-exceeded",
	"lower-amount-2-limit-exceeded",
	"upper-amount-2-limit-exceeded",
	"mta-limit-exceeded",
	"days-offline-limit-exceeded",
	"additional-check-match",
	"additional-check-no-match",
}

// allOf returns the flags that a table has a bit for.
func allOf(table []cvrBit) (f CVRFlags) {
	for _, row := range table {
		f |= row.flag
	}
	return f
}

// Names returns the machine names of the flags that are set.
func (f CVRFlags) Names() []string {
	names := []string{}
	for rest := f & (1<<len(cvrFlagNames) - 1); rest != 0; rest &= rest - 1 {
		names = append(names, cvrFlagNames[bits.TrailingZeros64(uint64(rest))])
	}
	return names
}

// cvrLimits are the limits whose crossing counts as exceeded velocity in the
// families that state each of them.
const cvrLimits = CVRLowerCountLimitExceeded | CVRUpperCountLimitExceeded |
	CVRLowerAmountLimitExceeded | CVRUpperAmountLimitExceeded |
	CVRLowerCount2LimitExceeded | CVRUpperCount2LimitExceeded |
	CVRLowerAmount2LimitExceeded | CVRUpperAmount2LimitExceeded |
	CVRDaysOfflineLimitExceeded

// cvrBit places a flag in the bytes of a family: byte number from 1 in the upper
// byte, mask in the lower one, as Bit has it.
type cvrBit struct {
	at   uint16
	flag CVRFlags
}

// decodeCVRFlags returns the flags that the bytes state.
func decodeCVRFlags(b []byte, table []cvrBit) CVRFlags {
	var f CVRFlags
	for _, row := range table {
		if b[row.at>>8-1]&byte(row.at) != 0 {
			f |= row.flag
		}
	}
	return f
}

// encodeCVRFlags sets the bits of the flags that the table has and returns the
// others.
func encodeCVRFlags(b []byte, f CVRFlags, table []cvrBit) (rest CVRFlags) {
	rest = f
	for _, row := range table {
		if f&row.flag != 0 {
			b[row.at>>8-1] |= byte(row.at)
			rest &^= row.flag
		}
	}
	return rest
}

// ParseCVRFlag returns the flag with a machine name, such as "new-card".
func ParseCVRFlag(name string) (f CVRFlags, ok bool) {
	i := slices.Index(cvrFlagNames[:], name)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

// firstAC and secondAC read the types of the cryptograms, which all families
// have in bits 6-5 and bits 8-7 of one byte.
func firstAC(b byte) ACType { return ACType(b >> 4 & 0x03) }

func secondAC(b byte) ACType {
	if t := ACType(b >> 6); t != ACTypeARQC {
		return t
	}
	return ACTypeNotRequested
}
