package message

import (
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv"
)

// TransmissionDateTime is when a message was sent for the first time, in UTC:
// DE 7, MMDDhhmmss. It has no year.
type TransmissionDateTime struct {
	Month                     time.Month
	Day, Hour, Minute, Second int
}

// TransmissionDateTimeOf returns the instant in UTC.
func TransmissionDateTimeOf(t time.Time) TransmissionDateTime {
	t = t.UTC()
	return TransmissionDateTime{t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second()}
}

// Near returns the instant, in the year in which it is nearest to now.
func (d TransmissionDateTime) Near(now time.Time) time.Time {
	var nearest time.Time
	for year := now.UTC().Year() - 1; year <= now.UTC().Year()+1; year++ {
		t := time.Date(year, d.Month, d.Day, d.Hour, d.Minute, d.Second, 0, time.UTC)
		if nearest.IsZero() || t.Sub(now).Abs() < nearest.Sub(now).Abs() {
			nearest = t
		}
	}
	return nearest
}

// String returns MMDDhhmmss.
func (d TransmissionDateTime) String() string {
	return string(appendPairs(nil, int(d.Month), d.Day, d.Hour, d.Minute, d.Second))
}

// leapYear is one in which every day of DE 7 exists.
const leapYear = 2000

func parseTransmissionDateTime(value []byte, _ *element) (TransmissionDateTime, error) {
	p := pairs(value)
	d := TransmissionDateTime{time.Month(p[0]), p[1], p[2], p[3], p[4]}
	if TransmissionDateTimeOf(time.Date(leapYear, d.Month, d.Day, d.Hour, d.Minute, d.Second, 0, time.UTC)) != d {
		return TransmissionDateTime{}, errNoSuchTime
	}
	return d, nil
}

const errNoSuchTime fault = "no such date and time"

// LocalDateTime is what the clock of the terminal showed, without time zone: DE
// 12 of ISO 8583:1993, YYMMDDhhmmss. The year is the full one, 1950 to 2049.
type LocalDateTime struct {
	Date                 emv.Date
	Hour, Minute, Second int
}

// LocalDateTimeOf returns date and time of t in t's location.
func LocalDateTimeOf(t time.Time) LocalDateTime {
	hour, minute, second := t.Clock()
	return LocalDateTime{emv.DateOf(t), hour, minute, second}
}

// In returns the instant at which a clock of that location shows d.
func (d LocalDateTime) In(location *time.Location) time.Time {
	return time.Date(d.Date.Year, d.Date.Month, d.Date.Day, d.Hour, d.Minute, d.Second, 0, location)
}

// String returns YYYY-MM-DD hh:mm:ss.
func (d LocalDateTime) String() string {
	return fmt.Sprintf("%s %02d:%02d:%02d", d.Date, d.Hour, d.Minute, d.Second)
}

func appendLocalDateTime(dst []byte, d LocalDateTime) []byte {
	return appendPairs(dst, shortYear(d.Date.Year), int(d.Date.Month), d.Date.Day, d.Hour, d.Minute, d.Second)
}

func parseLocalDateTime(value []byte) (LocalDateTime, error) {
	p := pairs(value)
	d := LocalDateTime{emv.Date{Year: emv.FullYear(p[0]), Month: time.Month(p[1]), Day: p[2]}, p[3], p[4], p[5]}
	if LocalDateTimeOf(d.In(time.UTC)) != d {
		return LocalDateTime{}, errNoSuchTime
	}
	return d, nil
}

// shortYear returns the last two digits of a year if emv.FullYear finds its
// century again, else the year as it is, so that the length is wrong.
func shortYear(year int) int {
	if emv.FullYear(year%100) == year {
		return year % 100
	}
	return year
}

// appendPairs appends numbers of two digits; one that has more spoils the length.
func appendPairs(dst []byte, numbers ...int) []byte {
	for _, n := range numbers {
		dst = appendDigits(dst, uint64(n), 2)
	}
	return dst
}

// pairs reads digits, two for each number, of which there are at most six.
func pairs(digits []byte) (numbers [6]int) {
	for i := range len(digits) / 2 {
		numbers[i] = int(parseDigits(digits[2*i : 2*i+2]))
	}
	return numbers
}

func transmissionDateTime(c *coder, n int, v *TransmissionDateTime) {
	transfer(c, n, v, codec[TransmissionDateTime]{
		isZero: isZero[TransmissionDateTime],
		append: func(dst []byte, v TransmissionDateTime, _ *element) []byte { return append(dst, v.String()...) },
		parse:  parseTransmissionDateTime,
	})
}

func localDateTime(c *coder, n int, v *LocalDateTime) {
	transfer(c, n, v, codec[LocalDateTime]{
		isZero: isZero[LocalDateTime],
		append: func(dst []byte, v LocalDateTime, _ *element) []byte { return appendLocalDateTime(dst, v) },
		parse:  func(value []byte, _ *element) (LocalDateTime, error) { return parseLocalDateTime(value) },
	})
}
