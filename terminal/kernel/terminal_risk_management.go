package kernel

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/terminal/profile"
)

// terminalRiskManagement decides what is better looked at online. Version 4.4
// has a terminal do this whatever the AIP says; older ones went by its bit
// "terminal risk management is to be performed". EMV Book 3, 10.6.
func (t *transaction) terminalRiskManagement() error {
	t.checkExceptionFile()
	if t.tx.ForceOnline {
		t.found(TerminalRiskManagement, emv.TVRMerchantForcedOnline, "Book 3, 10.6", "merchant forces the transaction online")
	}
	if err := t.checkFloorLimit(); err != nil {
		return err
	}
	if !t.tx.Contactless {
		if err := t.checkVelocity(); err != nil {
			return err
		}
	}
	t.tsi.Set(emv.TSITerminalRiskManagementPerformed)
	return nil
}

// checkExceptionFile looks the account up. EMV Book 4, 6.3.5.
func (t *transaction) checkExceptionFile() {
	how := t.profile.Exceptions.Match(t.kernel.config.ReferenceKey, t.pan, t.sequenceNumber)
	if file := t.kernel.config.ExceptionFile; file != nil && file(t.pan, t.sequenceNumber) {
		how = "account"
	}
	if how != "" {
		t.found(TerminalRiskManagement, emv.TVRCardOnTerminalExceptionFile, "Book 4, 6.3.5", "card is on the exception file by its %s", how)
	}
}

// checkFloorLimit compares the amount with the floor limit; amounts below it may
// be selected at random. There is no log of earlier payments with the card to
// add up. EMV Book 3, 10.6.1.
func (t *transaction) checkFloorLimit() error {
	if t.tx.Amount >= t.app.FloorLimit {
		t.found(TerminalRiskManagement, emv.TVRFloorLimitExceeded, "Book 3, 10.6.1", "amount %s reaches the floor limit of %s",
			t.amountText(t.tx.Amount), t.amountText(t.app.FloorLimit))
		return nil
	}
	t.note(TerminalRiskManagement, "amount %s is below the floor limit of %s", t.amountText(t.tx.Amount), t.amountText(t.app.FloorLimit))
	if t.profile.Type.OfflineOnly() {
		return nil // nothing to select for: EMV Book 3, 10.6.2
	}
	return t.selectRandomly()
}

func (t *transaction) amountText(amount uint64) string {
	return profile.FormatAmount(amount, t.profile.CurrencyExponent)
}

// selectRandomly draws a number from 1 to 99 and compares it with the target
// percentage. EMV Book 3, 10.6.2.
func (t *transaction) selectRandomly() error {
	target := targetPercentage(t.app.RandomSelection, t.tx.Amount, t.app.FloorLimit)
	if target == 0 {
		return nil
	}
	var b [8]byte
	if _, err := io.ReadFull(t.kernel.config.Rand, b[:]); err != nil {
		return &ending{outcome: NotAccepted, reason: "no random number", cause: err}
	}
	// 2^64 is no multiple of 99, but so large that no number is preferred
	// noticeably.
	if drawn := binary.BigEndian.Uint64(b[:])%percentageMax + 1; drawn <= target {
		t.found(TerminalRiskManagement, emv.TVRSelectedRandomly, "Book 3, 10.6.2", "number %d of 1 to 99 is not above the target percentage %d", drawn, target)
	}
	return nil
}

// targetPercentage is the percentage of transactions with an amount below the
// floor limit that are selected. From the threshold on it rises in proportion to
// the amount up to the maximum. What stands behind the point does not matter to a
// comparison with whole numbers. EMV Book 3, 10.6.2.
func targetPercentage(r profile.RandomSelection, amount, floorLimit uint64) uint64 {
	low, high := uint64(r.TargetPercentage), uint64(r.MaximumTargetPercentage)
	if amount < r.Threshold || floorLimit <= r.Threshold {
		return low
	}
	return low + (amount-r.Threshold)*(high-low)/(floorLimit-r.Threshold)
}

// checkVelocity compares the number of transactions since the last one online
// with the issuer's limits, where the card gives both. EMV Book 3, 10.6.3.
func (t *transaction) checkVelocity() error {
	lower, hasLower := t.data.Value(tagLowerOfflineLimit)
	upper, hasUpper := t.data.Value(tagUpperOfflineLimit)
	switch {
	case !hasLower || !hasUpper:
		return nil
	case len(lower) != 1 || len(upper) != 1:
		return notAccepted("data object %s or %s malformed", tagLowerOfflineLimit, tagUpperOfflineLimit)
	}
	atc, err := t.readCounter(tagATC)
	if err != nil {
		return err
	}
	last, err := t.readCounter(tagLastOnlineATC)
	if err != nil {
		return err
	}
	if atc == counterUnknown || last == counterUnknown {
		t.dataMissing(TerminalRiskManagement, "Book 3, 7.5", "the card has offline limits, and does not give ATC and last online ATC register")
	}
	const rule = "Book 3, 10.6.3"
	for _, limit := range []struct {
		name  string
		value byte
		bit   emv.Bit[emv.TVR]
	}{
		{"lower", lower[0], emv.TVRLowerConsecutiveOfflineLimitExceeded},
		{"upper", upper[0], emv.TVRUpperConsecutiveOfflineLimitExceeded},
	} {
		why, exceeded := exceeds(atc, last, limit.value)
		if exceeded {
			t.found(TerminalRiskManagement, limit.bit, rule, "%s limit: %s", limit.name, why)
			continue
		}
		t.note(TerminalRiskManagement, "%s limit: %s", limit.name, why)
	}
	if last == 0 {
		t.found(TerminalRiskManagement, emv.TVRNewCard, rule, "new card: the last online ATC register is 0")
	}
	return nil
}

// exceeds compares the number of transactions since the last one online with a
// limit. Without both counters, or with an ATC that did not rise, every limit
// counts as exceeded. EMV Book 3, 10.6.3.
func exceeds(atc, last int, limit byte) (why string, exceeded bool) {
	switch {
	case atc == counterUnknown || last == counterUnknown:
		return "the card does not give ATC and last online ATC register", true
	case atc <= last:
		return fmt.Sprintf("ATC %d is not above the last online ATC register %d", atc, last), true
	}
	return fmt.Sprintf("ATC %d, last online %d: %d in a row, limit %d", atc, last, atc-last, limit), atc-last > int(limit)
}

// counterUnknown stands for a counter that the card does not give.
const counterUnknown = -1

// readCounter returns a counter of two bytes that GET DATA gives.
func (t *transaction) readCounter(tag emv.Tag) (int, error) {
	value, ok, err := t.getData(tag, 2)
	if !ok {
		return counterUnknown, err
	}
	return int(binary.BigEndian.Uint16(value)), nil
}
