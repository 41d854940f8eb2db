package emv

import (
	"cmp"
	"fmt"
	"time"
)

// Date is a day of the calendar without time zone, as tags 9A, 5F24 and 5F25
// hold it. The year is the full one.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// FullYear gives a two-digit year its century: 50 to 99 are 1950 to 1999, 00 to
// 49 are 2000 to 2049. EMV Book 4, 6.7.3.
func FullYear(yy int) int {
	if yy < 50 {
		return 2000 + yy
	}
	return 1900 + yy
}

// ParseDate reads the three bytes YYMMDD in format n.
func ParseDate(b []byte) (Date, error) {
	if len(b) != 3 {
		return Date{}, fmt.Errorf("parse date: %d bytes, want 3: %w", len(b), ErrMalformed)
	}
	n, err := DecodeN(b)
	if err != nil {
		return Date{}, fmt.Errorf("parse date: %w", err)
	}
	d := Date{Year: FullYear(int(n / 10000)), Month: time.Month(n / 100 % 100), Day: int(n % 100)}
	if !d.Valid() {
		return Date{}, fmt.Errorf("parse date: no such day: %w", ErrMalformed)
	}
	return d, nil
}

// DateOf returns the day of t in t's location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// Valid reports whether there is such a day, in a year that ParseDate gives.
func (d Date) Valid() bool { return FullYear(d.Year%100) == d.Year && DateOf(d.start()) == d }

func (d Date) start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Compare returns -1, 0 or 1 as d is before, on or after o.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Bytes returns the three bytes YYMMDD.
func (d Date) Bytes() [3]byte {
	var b [3]byte
	for i, v := range [3]int{d.Year % 100, int(d.Month), d.Day} {
		b[i] = byte(v/10<<4 | v%10)
	}
	return b
}

// String returns YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }
