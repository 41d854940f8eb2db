package apdu

import "fmt"

// SW is a status word, SW1 in the high byte and SW2 in the low one. ISO/IEC
// 7816-4; EMV Book 3, 6.3.
type SW uint16

// The status words that EMV cards and terminals use. The words of ISO/IEC 7816-4
// that have a number in SW2 have functions: VerifyFailed, TriesLeft.
const (
	SWSuccess                SW = 0x9000
	SWWarning                SW = 0x6200
	SWSelectedFileInvalid    SW = 0x6283
	SWAuthenticationFailed   SW = 0x6300
	SWExecutionError         SW = 0x6400
	SWMemoryFailure          SW = 0x6581
	SWWrongLength            SW = 0x6700
	SWLogicalChannel         SW = 0x6881
	SWSecureMessaging        SW = 0x6882
	SWSecurityStatus         SW = 0x6982
	SWAuthenticationBlocked  SW = 0x6983
	SWReferenceDataInvalid   SW = 0x6984
	SWConditionsNotSatisfied SW = 0x6985
	SWCommandNotAllowed      SW = 0x6986
	SWMACMissing             SW = 0x6987
	SWMACIncorrect           SW = 0x6988
	SWWrongData              SW = 0x6A80
	SWFunctionNotSupported   SW = 0x6A81
	SWFileNotFound           SW = 0x6A82
	SWRecordNotFound         SW = 0x6A83
	SWNotEnoughMemory        SW = 0x6A84
	SWWrongP1P2              SW = 0x6A86
	SWReferencedDataNotFound SW = 0x6A88
	SWOffsetOutOfRange       SW = 0x6B00
	SWInstructionUnknown     SW = 0x6D00
	SWClassUnknown           SW = 0x6E00
	SWNoDiagnosis            SW = 0x6F00
)

// descriptions are the meanings of the constants.
var descriptions = map[SW]string{
	SWSuccess:                "success",
	SWWarning:                "warning, card memory unchanged",
	SWSelectedFileInvalid:    "selected file or application blocked",
	SWAuthenticationFailed:   "authentication failed",
	SWExecutionError:         "execution error, card memory unchanged",
	SWMemoryFailure:          "writing to memory failed",
	SWWrongLength:            "wrong length",
	SWLogicalChannel:         "logical channel not supported",
	SWSecureMessaging:        "secure messaging not supported",
	SWSecurityStatus:         "security status not satisfied",
	SWAuthenticationBlocked:  "authentication method blocked",
	SWReferenceDataInvalid:   "reference data not usable",
	SWConditionsNotSatisfied: "conditions of use not satisfied",
	SWCommandNotAllowed:      "command not allowed",
	SWMACMissing:             "secure messaging data missing",
	SWMACIncorrect:           "secure messaging data incorrect",
	SWWrongData:              "wrong data",
	SWFunctionNotSupported:   "function not supported",
	SWFileNotFound:           "file or application not found",
	SWRecordNotFound:         "record not found",
	SWNotEnoughMemory:        "not enough memory",
	SWWrongP1P2:              "wrong P1 or P2",
	SWReferencedDataNotFound: "data not found",
	SWOffsetOutOfRange:       "P1 P2 out of range",
	SWInstructionUnknown:     "instruction not known",
	SWClassUnknown:           "class not known",
	SWNoDiagnosis:            "error without diagnosis",
}

// The values of SW1 that have a number in SW2.
const (
	sw1BytesAvailable = 0x61
	sw1WrongLe        = 0x6C
)

// triesMask and triesWord are the status words 63C0 to 63CF.
const (
	triesMask = 0xFFF0
	triesWord = 0x63C0
)

// triesMax is the largest count that a 63Cx holds.
const triesMax = 0x0F

// VerifyFailed returns 63Cx: the PIN was wrong and x tries are left, 15 where
// there are more. EMV Book 3, 6.5.12.
func VerifyFailed(triesLeft int) SW {
	return triesWord | SW(min(max(triesLeft, 0), triesMax))
}

// TriesLeft returns the count in 63Cx; ok is false for every other word.
func (s SW) TriesLeft() (n int, ok bool) {
	if s&triesMask != triesWord {
		return 0, false
	}
	return int(s & triesMax), true
}

// SW1 returns the high byte.
func (s SW) SW1() byte { return byte(s >> 8) }

// SW2 returns the low byte.
func (s SW) SW2() byte { return byte(s) }

// Class is what SW1 alone says about a command.
type Class uint8

// The classes of a status word.
const (
	Normal  Class = iota + 1 // SW1 90
	Warning                  // SW1 62 or 63
	Error                    // any other SW1
)

// String returns "normal", "warning" or "error".
func (c Class) String() string {
	switch c {
	case Normal:
		return "normal"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// Class returns the class of the word as the processing of issuer scripts sees
// it: after Normal and Warning it goes on with the next command, after Error it
// ends the template. 61xx and 6Cxx belong to the transport; one that Exchange
// has not resolved is an Error. EMV Book 3, 10.10.
func (s SW) Class() Class {
	switch s.SW1() {
	case 0x90:
		return Normal
	case 0x62, 0x63:
		return Warning
	}
	return Error
}

// BytesAvailable reports 61xx: xx bytes of the answer are still to be fetched.
// EMV Contact Interface Specification, 9.3.1.
func (s SW) BytesAvailable() bool { return s.SW1() == sw1BytesAvailable }

// WrongLe reports 6Cxx: the command is to come again with Le xx. EMV Contact
// Interface Specification, 9.3.1.
func (s SW) WrongLe() bool { return s.SW1() == sw1WrongLe }

// Describe returns the meaning of the word in a few words, or "" where it has
// none here.
func (s SW) Describe() string {
	if n, ok := s.TriesLeft(); ok {
		return fmt.Sprintf("wrong PIN, %d %s left", n, plural(n, "try", "tries"))
	}
	switch s.SW1() {
	case sw1BytesAvailable:
		return available(s.SW2())
	case sw1WrongLe:
		return "wrong Le, " + available(s.SW2())
	}
	return descriptions[s]
}

// available says how many bytes wait, by the SW2 of 61xx and 6Cxx.
func available(sw2 byte) string {
	n := decodeLe(sw2)
	return fmt.Sprintf("%d %s available", n, plural(n, "byte", "bytes"))
}

// plural returns the word that goes with a count.
func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// String returns the word as four hexadecimal digits, followed by its meaning:
// "6983 authentication method blocked".
func (s SW) String() string {
	if d := s.Describe(); d != "" {
		return fmt.Sprintf("%04X %s", uint16(s), d)
	}
	return fmt.Sprintf("%04X", uint16(s))
}
