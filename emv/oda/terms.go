package oda

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
)

// Check is a set of checks that can be left out.
type Check uint8

// The checks that need something beside the certificate.
const (
	CheckStaticData Check = 1 << iota // the hash that covers the static data
	CheckAccount                      // the issuer identifier or the PAN
	CheckExpiry                       // the certificate expiration date
)

// Terms is what a certificate is held against.
type Terms struct {
	PAN  account.PAN // of the card, tag 5A
	Date emv.Date    // of the transaction, tag 9A
	// Skip names checks to leave out, so that a certificate can be looked at
	// where not all is known. A terminal leaves none out.
	Skip Check
}

// errNoDate says that the terms lack the date and do not skip its check.
var errNoDate = errors.New("no date to compare with")

// MonthYear is a certificate expiration date, MMYY in two bytes of BCD. The
// certificate is good to the end of that month. EMV Book 2, 5.3.
type MonthYear [2]byte

// NewMonthYear returns the date of a month.
func NewMonthYear(e account.Expiry) MonthYear {
	bcd := func(n int) byte { return byte(n/10<<4 | n%10) }
	return MonthYear{bcd(int(e.Month)), bcd(e.Year % 100)}
}

// String returns the four digits MMYY.
func (d MonthYear) String() string { return fmt.Sprintf("%02X%02X", d[0], d[1]) }

// Expiry returns the month. Years 00 to 49 are 2000 to 2049, the others 1950 to
// 1999, as account.ParseExpiry has it.
func (d MonthYear) Expiry() (account.Expiry, error) {
	return account.ParseExpiry(fmt.Appendf(nil, "%02X%02X", d[1], d[0]))
}

// verify reports emv.ErrExpired where the month lies before the date of the
// terms.
func (d MonthYear) verify(t Terms) error {
	if t.Skip&CheckExpiry != 0 {
		return nil
	}
	if t.Date == (emv.Date{}) {
		return errNoDate
	}
	expiry, err := d.Expiry()
	if err != nil {
		return fmt.Errorf("expiration date: %w", err)
	}
	if endsBefore(expiry, t.Date) {
		return fmt.Errorf("good to %02d/%d: %w", int(expiry.Month), expiry.Year, emv.ErrExpired)
	}
	return nil
}

// endsBefore reports whether the last day of the month lies before d.
func endsBefore(month account.Expiry, d emv.Date) bool {
	return cmp.Or(cmp.Compare(month.Year, d.Year), cmp.Compare(month.Month, d.Month)) < 0
}
