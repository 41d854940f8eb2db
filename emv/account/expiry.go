package account

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv"
)

// Expiry is the last month in which an account may be used. The year is the
// full one.
type Expiry struct {
	Year  int
	Month time.Month
}

// ParseExpiry reads the four digits YYMM. Years 00 to 49 are 2000 to 2049, 50 to
// 99 are 1950 to 1999, as EMV Book 4, 6.7.3 has it for dates.
func ParseExpiry(yymm []byte) (Expiry, error) {
	if len(yymm) != 4 || !emv.Decimal(yymm) {
		return Expiry{}, fmt.Errorf("parse expiry: want four digits YYMM: %w", emv.ErrMalformed)
	}
	year := int(10*(yymm[0]-'0') + yymm[1] - '0')
	month := int(10*(yymm[2]-'0') + yymm[3] - '0')
	if month < 1 || month > 12 {
		return Expiry{}, fmt.Errorf("parse expiry: month %02d: %w", month, emv.ErrMalformed)
	}
	return Expiry{Year: emv.FullYear(year), Month: time.Month(month)}, nil
}

// Before reports whether the account had expired on the day t, in t's location.
func (e Expiry) Before(t time.Time) bool {
	return !t.Before(time.Date(e.Year, e.Month+1, 1, 0, 0, 0, 0, t.Location()))
}

// String returns YYMM.
func (e Expiry) String() string { return fmt.Sprintf("%02d%02d", e.Year%100, int(e.Month)) }
