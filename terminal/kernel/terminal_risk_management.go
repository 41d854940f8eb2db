package kernel

import (
	"encoding/binary"
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
		t.tvr.Set(emv.TVRMerchantForcedOnline)
		t.note(TerminalRiskManagement, "merchant forces the transaction online")
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
	if file := t.kernel.config.ExceptionFile; file != nil && file(t.pan, t.sequenceNumber) {
		t.tvr.Set(emv.TVRCardOnTerminalExceptionFile)
		t.note(TerminalRiskManagement, "card is on the exception file")
	}
}

// checkFloorLimit compares the amount with the floor limit; amounts below it may
// be selected at random. There is no log of earlier payments with the card to
// add up. EMV Book 3, 10.6.1.
func (t *transaction) checkFloorLimit() error {
	if t.tx.Amount >= t.app.FloorLimit {
		t.tvr.Set(emv.TVRFloorLimitExceeded)
		t.note(TerminalRiskManagement, "amount %d reaches the floor limit of %d", t.tx.Amount, t.app.FloorLimit)
		return nil
	}
	if t.profile.Type.OfflineOnly() {
		return nil // nothing to select for: EMV Book 3, 10.6.2
	}
	selected, err := t.selectRandomly()
	if selected {
		t.tvr.Set(emv.TVRSelectedRandomly)
		t.note(TerminalRiskManagement, "selected at random")
	}
	return err
}

// selectRandomly draws a number from 1 to 99 and compares it with the target
// percentage. EMV Book 3, 10.6.2.
func (t *transaction) selectRandomly() (bool, error) {
	target := targetPercentage(t.app.RandomSelection, t.tx.Amount, t.app.FloorLimit)
	if target == 0 {
		return false, nil
	}
	var b [8]byte
	if _, err := io.ReadFull(t.kernel.config.Rand, b[:]); err != nil {
		return false, &ending{outcome: NotAccepted, reason: "no random number", cause: err}
	}
	// 2^64 is no multiple of 99, but so large that no number is preferred
	// noticeably.
	return binary.BigEndian.Uint64(b[:])%percentageMax+1 <= target, nil
}

// targetPercentage is the percentage of transactions with an amount below the
// floor limit that are selected. From the threshold on it rises in proportion to
// the amount up to the maximum. EMV Book 3, 10.6.2.
func targetPercentage(r profile.RandomSelection, amount, floorLimit uint64) uint64 {
	low, high := uint64(r.TargetPercentage), uint64(r.MaximumTargetPercentage)
	if amount < r.Threshold || floorLimit <= r.Threshold {
		return low
	}
	share := float64(amount-r.Threshold) / float64(floorLimit-r.Threshold)
	return low + uint64(share*float64(high-low))
}

// checkVelocity compares the number of transactions since the last one online
// with the issuer's limits, where the card gives both. EMV Book 3, 10.6.3.
func (t *transaction) checkVelocity() error {
	lower, hasLower := t.data.Value(tagLowerOfflineLimit)
	upper, hasUpper := t.data.Value(tagUpperOfflineLimit)
	if !hasLower || !hasUpper {
		return nil
	}
	atc, hasATC, err := t.readCounter(tagATC)
	if err != nil {
		return err
	}
	last, hasLast, err := t.readCounter(tagLastOnlineATC)
	if err != nil {
		return err
	}
	// Without both, or with a counter that did not rise, the limits count as
	// exceeded.
	unknown := !hasATC || !hasLast || atc <= last
	if unknown || atc-last > int(lower[0]) {
		t.tvr.Set(emv.TVRLowerConsecutiveOfflineLimitExceeded)
		t.note(TerminalRiskManagement, "lower consecutive offline limit exceeded")
	}
	if unknown || atc-last > int(upper[0]) {
		t.tvr.Set(emv.TVRUpperConsecutiveOfflineLimitExceeded)
		t.note(TerminalRiskManagement, "upper consecutive offline limit exceeded")
	}
	if hasLast && last == 0 {
		t.tvr.Set(emv.TVRNewCard)
		t.note(TerminalRiskManagement, "new card")
	}
	return nil
}

// readCounter returns a counter of two bytes that GET DATA gives.
func (t *transaction) readCounter(tag emv.Tag) (n int, ok bool, err error) {
	value, ok, err := t.getData(tag, 2)
	if !ok {
		return 0, false, err
	}
	return int(binary.BigEndian.Uint16(value)), true, nil
}
