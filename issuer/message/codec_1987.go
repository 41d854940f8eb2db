package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// localTime1987 is DE 12, hhmmss, and DE 13, MMDD: the year is not told. Either is
// there with the other alone.
func localTime1987(c *coder, v *LocalDateTime) {
	has := *v != LocalDateTime{}
	clock, day := *v, *v
	flagged(c, 12, &clock, &has, codec[LocalDateTime]{
		append: func(dst []byte, d LocalDateTime, _ *element) []byte {
			return appendPairs(dst, d.Hour, d.Minute, d.Second)
		},
		parse: parseTime1987,
	})
	hasDay := has
	if c.unpacking {
		hasDay = false
	}
	flagged(c, 13, &day, &hasDay, codec[LocalDateTime]{
		append: func(dst []byte, d LocalDateTime, _ *element) []byte {
			return appendPairs(dst, int(d.Date.Month), d.Date.Day)
		},
		parse: parseDay1987,
	})
	if !c.unpacking || c.err != nil {
		return
	}
	if has != hasDay {
		c.fail(map[bool]int{true: 13, false: 12}[has], errMissing)
		return
	}
	*v = LocalDateTime{day.Date, clock.Hour, clock.Minute, clock.Second}
}

func parseTime1987(value []byte, _ *element) (LocalDateTime, error) {
	p := pairs(value)
	if p[0] > 23 || p[1] > 59 || p[2] > 59 {
		return LocalDateTime{}, errNoSuchTime
	}
	return LocalDateTime{Hour: p[0], Minute: p[1], Second: p[2]}, nil
}

func parseDay1987(value []byte, _ *element) (LocalDateTime, error) {
	p := pairs(value)
	d := time.Date(leapYear, time.Month(p[0]), p[1], 0, 0, 0, 0, time.UTC)
	if int(d.Month()) != p[0] || d.Day() != p[1] {
		return LocalDateTime{}, errNoSuchTime
	}
	return LocalDateTime{Date: emv.Date{Month: d.Month(), Day: d.Day()}}, nil
}

// ksnHead begins DE 63: the tag of our only sub-element, in the form of DE 48.
const ksnHead = "01"

// Lengths of key serial numbers, in hexadecimal digits.
const (
	ksnDigitsTDES = 20
	ksnDigitsAES  = 24
)

// keySerialNumber1987 is our form of DE 63, since DE 53 of this edition has no room
// for a key serial number: sub-element 01 with its hexadecimal digits.
func keySerialNumber1987(c *coder, v *secret.Value) {
	transfer(c, 63, v, codec[secret.Value]{
		isZero: secret.Value.IsZero,
		append: func(dst []byte, v secret.Value, _ *element) []byte {
			v.Open(func(ksn []byte) { dst = appendSubelement(dst, ksnHead, upperHex(ksn)) })
			return dst
		},
		parse: parseKeySerialNumber1987,
	})
}

func parseKeySerialNumber1987(value []byte, _ *element) (secret.Value, error) {
	tag, digits, rest, err := nextSubelement(value)
	if err != nil {
		return secret.Value{}, err
	}
	if tag != ksnHead || len(rest) != 0 || len(digits) != ksnDigitsTDES && len(digits) != ksnDigitsAES {
		return secret.Value{}, fault("key serial number, want sub-element 01 with 20 or 24 hexadecimal digits alone")
	}
	ksn, n, err := hexadecimal{}.Decode(digits, len(digits)/2)
	if err != nil || n != len(digits) {
		return secret.Value{}, fault("key serial number that is not hexadecimal")
	}
	return secret.New(ksn), nil
}

// replacementDigits1987 is the length of DE 95: actual amounts of transaction and
// settlement, and two fees with a sign. The first alone is read.
const replacementDigits1987 = 42

// replacementAmount1987 is what a partial reversal leaves.
func replacementAmount1987(c *coder, left *uint64, partial *bool) {
	flagged(c, 95, left, partial, codec[uint64]{
		append: func(dst []byte, v uint64, _ *element) []byte {
			dst = appendDigits(dst, v, amountDigits)
			return append(dst, strings.Repeat("0", replacementDigits1987-amountDigits)...)
		},
		parse: func(value []byte, _ *element) (uint64, error) {
			return parseNumber[uint64](value[:amountDigits], nil)
		},
	})
}

// networkCodes1987 are function codes by their DE 70. ISO 8583:1987, from memory.
var networkCodes1987 = map[FunctionCode]uint16{SignOn: 1, SignOff: 2, KeyChange: 161, EchoTest: 301}

// networkCode1987 is DE 70. A code that has no function code is one itself.
func networkCode1987(c *coder, v *FunctionCode) {
	transfer(c, 70, v, codec[FunctionCode]{
		isZero: isZero[FunctionCode],
		append: func(dst []byte, v FunctionCode, e *element) []byte {
			if code, ok := networkCodes1987[v]; ok {
				v = FunctionCode(code)
			}
			return appendDigits(dst, uint64(v), e.length)
		},
		parse: func(value []byte, _ *element) (FunctionCode, error) { return functionOf1987(value) },
	})
}

func functionOf1987(value []byte) (FunctionCode, error) {
	code, err := parseNumericCode[uint16](value, nil)
	if err != nil {
		return 0, err
	}
	f := FunctionCode(code)
	if _, taken := networkCodes1987[f]; taken {
		return 0, fault(fmt.Sprintf("network code %03d is none of this edition", code))
	}
	for function, n := range networkCodes1987 {
		if n == code {
			f = function
		}
	}
	return f, nil
}
