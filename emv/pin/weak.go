package pin

import (
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// Weak reports whether a PIN is too easily guessed: one digit repeated, a run in
// which every digit is the one before plus 1, or minus 1, or one of the personal
// digit strings (see DateForms and LastFour). Runs go on past the ends of the
// keypad, so 7890, 8901, 0987 and 1098 are weak too: 0 follows 9 on it, and
// these are among the PINs that people pick. There is one answer for all
// reasons, since a reason would tell who asks something about the holder.
func Weak(p PIN, personal ...secret.Value) (weak bool) {
	p.Open(func(digits []byte) { weak = len(digits) > 0 && isSequence(digits) })
	for _, known := range personal {
		match := p.digits.Equal(known)
		weak = weak || match
	}
	return weak
}

// isSequence reports whether all digits differ from the one before by the same
// step, which is 0, 1 or -1.
func isSequence(digits []byte) bool {
	step := func(i int) byte { return (digits[i] - digits[i-1] + 10) % 10 }
	for i := 2; i < len(digits); i++ {
		if step(i) != step(1) {
			return false
		}
	}
	const back = 9 // one less, modulo 10
	first := step(1)
	return first == 0 || first == 1 || first == back
}

// dateForms are the layouts in which people use a date as a PIN, of package
// time.
var dateForms = [...]string{
	"0201", "0102", "2006", "0601", "0106", // ddmm mmdd yyyy yymm mmyy
	"020106", "010206", "060102", // ddmmyy mmddyy yymmdd
	"02012006", "01022006", "20060102", // ddmmyyyy mmddyyyy yyyymmdd
}

// DateForms returns the digit strings in which a date, such as the holder's
// birthday, is used as a PIN: day and month in both orders, the year, and the
// common forms of 4, 6 and 8 digits with the year.
func DateForms(year int, month time.Month, day int) []secret.Value {
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	forms := make([]secret.Value, len(dateForms))
	for i, layout := range dateForms {
		forms[i] = secret.New([]byte(date.Format(layout)))
	}
	return forms
}

// LastFour returns the last four digits of a PAN, and nothing where there is
// none.
func LastFour(pan account.PAN) (last secret.Value) {
	if pan.IsZero() {
		return secret.Value{}
	}
	pan.Open(func(digits []byte) { last = secret.New(digits[len(digits)-4:]) })
	return last
}
