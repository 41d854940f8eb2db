package profile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// amountDigitsMax is the number of digits of an amount: tag 9F02 is n 12. EMV
// Book 3, Annex A.
const amountDigitsMax = 12

// ParseAmount reads an amount such as "12.34" or "12" in major units and returns
// it in the smallest unit of a currency with that exponent. It has at most 12
// digits in all, and as many decimal places as the currency has, or none.
func ParseAmount(s string, exponent uint8) (uint64, error) {
	whole, places, point := strings.Cut(s, ".")
	if !point {
		places = strings.Repeat("0", int(exponent))
	}
	digits := whole + places
	value, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || whole == "" || len(places) != int(exponent) || point && exponent == 0 || strings.HasPrefix(s, "+") {
		return 0, fmt.Errorf("want an amount such as %s", FormatAmount(1234, exponent))
	}
	if len(strings.TrimLeft(digits, "0")) > amountDigitsMax {
		return 0, errors.New("want an amount of at most 12 digits")
	}
	return value, nil
}

// FormatAmount returns an amount in the smallest unit of a currency with that
// exponent as "12.34".
func FormatAmount(value uint64, exponent uint8) string {
	digits := fmt.Sprintf("%0*d", int(exponent)+1, value)
	if exponent == 0 {
		return digits
	}
	point := len(digits) - int(exponent)
	return digits[:point] + "." + digits[point:]
}

// FormatMoney returns an amount with its currency (ISO 4217 numeric): "12.34
// EUR", or "12.34 (currency 999)" for a currency whose letters are not known
// here.
func FormatMoney(value uint64, currency uint16, exponent uint8) string {
	return FormatAmount(value, exponent) + " " + FormatCurrency(currency)
}

// FormatCurrency returns the letters of a currency (ISO 4217 numeric), or
// "(currency 999)" where they are not known here.
func FormatCurrency(currency uint16) string {
	if letters, ok := currencyLetters[currency]; ok {
		return letters
	}
	return fmt.Sprintf("(currency %03d)", currency)
}

// ExponentOf returns how many decimal places a currency has, and false where that is
// not known here.
func ExponentOf(currency uint16) (exponent uint8, known bool) {
	if slices.Contains(withoutPlaces, currency) {
		return 0, true
	}
	if _, known = currencyLetters[currency]; known {
		return 2, true
	}
	return 0, false
}

// withoutPlaces are those of currencyLetters that have no decimal places: yen and won;
// all others have two. ISO 4217.
var withoutPlaces = []uint16{392, 410}

// currencyLetters are the alphabetic codes of common currencies. ISO 4217.
var currencyLetters = map[uint16]string{
	36: "AUD", 124: "CAD", 156: "CNY", 203: "CZK", 208: "DKK", 344: "HKD", 348: "HUF", 356: "INR", 392: "JPY",
	410: "KRW", 484: "MXN", 578: "NOK", 702: "SGD", 710: "ZAR", 752: "SEK", 756: "CHF", 826: "GBP", 840: "USD",
	949: "TRY", 978: "EUR", 985: "PLN", 986: "BRL",
}
