package store

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Bounds of a record, in bytes but for the last.
const (
	rowNameMax           = 32
	sealedMax            = 512
	sequenceNumberMax    = 99
	lastFourDigits       = 4
	pinsMax              = pinlife.SentMax + 2 // the proven one, those sent, the pending one
	monthFirst, monthEnd = time.January, time.December
)

// Validate reports a record that a store must not keep, as an error that wraps
// ErrRecord. Stores check what they write and what they read back.
func (r *Record) Validate() error {
	for _, fault := range []func(*Record) string{
		(*Record).faultInCard, (*Record).faultInChip, (*Record).faultInPINs, (*Record).faultInSent, (*Record).faultInPINDevices, (*Record).faultInMoney,
	} {
		if f := fault(r); f != "" {
			return fmt.Errorf("check record: %s: %w", f, ErrRecord)
		}
	}
	if err := r.PIN.Validate(); err != nil {
		return fmt.Errorf("%w: %w", err, ErrRecord)
	}
	return nil
}

// faultInCard says what is wrong with the card and its people.
func (r *Record) faultInCard() string {
	switch {
	case r.Holder == 0 || r.Primary == 0:
		return "no holder or no primary member"
	case r.Status > Closed:
		return "unknown status"
	case (r.Status == Closed) != r.PIN.Closed:
		return "closed by its status or its PIN alone"
	case len(r.PAN) > sealedMax:
		return "sealed PAN too long"
	case len(r.LastFour) != lastFourDigits || !decimal(r.LastFour):
		return "last four digits are not four digits"
	case r.SequenceNumber > sequenceNumberMax:
		return "PAN sequence number of more than two digits"
	case r.Expiry.Month < monthFirst || r.Expiry.Month > monthEnd || !yearFits(r.Expiry):
		return "no date of expiry"
	case r.Effective != emv.Date{} && !r.Effective.Valid():
		return "first day of use is no day"
	}
	return ""
}

// yearFits reports whether the year is one that account.ParseExpiry gives.
func yearFits(e account.Expiry) bool { return e.Year >= 1950 && e.Year <= 2049 }

func decimal(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}

// faultInChip says what is wrong with the rows of a chip.
func (r *Record) faultInChip() string {
	c := &r.Chip
	switch {
	case c.Cryptogram == "" || len(c.Cryptogram) > rowNameMax || c.Script == "" || len(c.Script) > rowNameMax:
		return "no row of cryptograms or scripts"
	case c.Option != cryptogram.OptionA && c.Option != cryptogram.OptionB:
		return "no option of key derivation"
	}
	return ""
}

// faultInPINs says what is wrong with the sealed PINs: each generation that is
// alive has one, and no other. The PIN that a foreign card came with is not known,
// and that of a closed card is not needed.
func (r *Record) faultInPINs() string {
	live := r.PIN.Live()
	for i, p := range r.PINs {
		switch {
		case !slices.Contains(live, p.Generation):
			return "sealed PIN that no chip holds or waits for"
		case i > 0 && p.Generation <= r.PINs[i-1].Generation:
			return "sealed PINs out of order"
		case len(p.Sealed) == 0 || len(p.Sealed) > sealedMax:
			return "sealed PIN of a wrong length"
		}
	}
	for _, g := range live {
		unknown := r.PIN.Closed || r.Chip.Foreign && g == r.PIN.Proven
		if _, ok := r.SealedPIN(g); !ok && !unknown {
			return "generation without a sealed PIN"
		}
	}
	return ""
}

// faultInSent says what is wrong with the scripts.
func (r *Record) faultInSent() string {
	for i, s := range r.Sent {
		switch {
		case !r.sent(s.ATC):
			return "script of no sent item"
		case slices.ContainsFunc(r.Sent[:i], func(o SentScript) bool { return o.ATC == s.ATC }):
			return "two scripts of one sent item"
		case len(s.Sealed) > sealedMax:
			return "sealed script too long"
		}
	}
	return ""
}

// Lengths of what names a DUKPT device, in bytes.
const (
	initialTDESBytes = 10
	initialAESBytes  = 8
)

// faultInPINDevices says what is wrong with the DUKPT devices.
func (r *Record) faultInPINDevices() string {
	for i, d := range r.PINDevices {
		same := func(o PINDevice) bool { return bytes.Equal(o.Initial, d.Initial) }
		switch {
		case i >= PINDevicesMax:
			return "too many DUKPT devices"
		case len(d.Initial) != initialTDESBytes && len(d.Initial) != initialAESBytes:
			return "DUKPT device without a name"
		case d.Counter == 0:
			return "DUKPT device that used no key"
		case slices.ContainsFunc(r.PINDevices[:i], same):
			return "DUKPT device twice"
		}
	}
	return ""
}

// faultInMoney says what is wrong with limits and payments.
func (r *Record) faultInMoney() string {
	markers := count(r.Payments, Payment.Marker)
	negative := func(p Payment) bool { return p.Amount < 0 || p.Cash < 0 || p.Cash > p.Amount }
	switch {
	case r.Limits.PerTransaction < 0, r.Limits.PerDay < 0, r.Limits.NoPIN < 0, r.Limits.CashPerDay < 0, r.Limits.Cashback < 0:
		return "negative limit"
	case len(r.Numbers) > NumbersMax:
		return "too many unpredictable numbers"
	case markers > MarkersMax || len(r.Payments)-markers > PaymentsMax:
		return "too many payments"
	case slices.ContainsFunc(r.Payments, negative):
		return "negative payment, or more cash in it than it is"
	}
	return ""
}
