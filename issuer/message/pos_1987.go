package message

import "strconv"

// entryMode is one way to read a card in both editions: the first two digits of DE
// 22 of 1987, and positions 1 and 7 of the point of service data code of 1993. Where
// several have the same position 7, the first is written. ISO 8583:1987 and card
// networks' additions to it (07, 80, 81, 90, 91, 95), from memory.
type entryMode struct {
	code             int
	capability, mode byte
	text             string
}

var entryModes1987 = []entryMode{
	{0, '0', '0', "unspecified"},
	{1, '1', '1', "manual"},
	{2, '2', '2', "magnetic stripe"},
	{5, '5', '5', "ICC"},
	{7, 'M', 'M', "contactless ICC"},
	{80, '5', '9', "magnetic stripe after a failed ICC"},
	{1, '6', '6', "manual"},
	{81, '1', '1', "manual, electronic commerce"},
	{90, '2', '2', "magnetic stripe, complete"},
	{91, '2', '2', "contactless magnetic stripe"},
	{95, '5', '5', "ICC, results may be unreliable"},
}

// condition is who and what is present in both editions: DE 25 of 1987, and
// positions 4 to 6 of the point of service data code.
type condition struct {
	code                          int
	environment, cardholder, card byte
	text                          string
}

// conditions1987 are told apart by cardholder and card alone when written, but for
// an unattended terminal. ISO 8583:1987, from memory; 59 is an addition of networks.
var conditions1987 = []condition{
	{2, '2', '0', '1', "customer present, unattended terminal"},
	{0, '1', '0', '1', "normal presentment"},
	{5, '1', '0', '0', "customer present, card not present"},
	{1, '1', '1', '0', "customer not present"},
	{8, '0', '2', '0', "mail or telephone order"},
	{59, '0', '5', '0', "electronic commerce"},
}

// PIN entry capabilities, the third digit of DE 22. ISO 8583:1987, from memory.
const (
	pinUnknown1987 = '0'
	pinCan1987     = '1'
	pinCanNot1987  = '2'
)

// entryMode1987 is DE 22, three digits, and DE 25, two: together what DE 22 says in
// 1993. How the cardholder was verified is not told.
func entryMode1987(c *coder, v *POSDataCode) {
	mode, condition := "", ""
	if !c.unpacking && *v != (POSDataCode{}) {
		mode, condition = entryModeOf(*v), conditionOf(*v)
	}
	text(c, 22, &mode)
	text(c, 25, &condition)
	if !c.unpacking || c.err != nil || mode == "" && condition == "" {
		return
	}
	if mode == "" || condition == "" {
		c.fail(map[bool]int{true: 22, false: 25}[mode == ""], errMissing)
		return
	}
	p, ok := parseEntryMode1987(mode)
	if !ok {
		c.fail(22, fault("entry mode that is not known"))
		return
	}
	if *v, ok = p.under(condition); !ok {
		c.fail(25, fault("condition code that is not known"))
	}
}

// entryModeOf returns the three digits, empty where the card was read in a way that
// has none.
func entryModeOf(p POSDataCode) string {
	for _, m := range entryModes1987 {
		if m.mode == p.CardDataInputMode {
			pin := byte(pinCanNot1987)
			if p.CardholderAuthCapability == '1' {
				pin = pinCan1987
			}
			return string(append(appendDigits(nil, uint64(m.code), 2), pin))
		}
	}
	return ""
}

// conditionOf returns the two digits, empty where there are none.
func conditionOf(p POSDataCode) string {
	cardholder := p.CardholderPresent
	if cardholder == '3' || cardholder == '4' { // telephone and standing orders share a code with mail
		cardholder = '2'
	}
	for _, c := range conditions1987 {
		unattended := c.environment != '2' || p.OperatingEnvironment == '2'
		if c.cardholder == cardholder && c.card == p.CardPresent && unattended {
			return string(appendDigits(nil, uint64(c.code), 2))
		}
	}
	return ""
}

func parseEntryMode1987(digits string) (POSDataCode, bool) {
	code, _ := strconv.Atoi(digits[:2])
	for _, m := range entryModes1987 {
		if m.code != code {
			continue
		}
		p := POSDataCode{m.capability, '0', '0', '0', '0', '0', m.mode, '0', '0', '0', '0', '0'}
		switch digits[2] {
		case pinCan1987:
			p.CardholderAuthCapability, p.PINCaptureCapability = '1', '4'
		case pinUnknown1987, pinCanNot1987:
		default:
			return p, false
		}
		return p, true
	}
	return POSDataCode{}, false
}

// under returns the code with what a condition code says.
func (p POSDataCode) under(digits string) (POSDataCode, bool) {
	code, _ := strconv.Atoi(digits)
	for _, c := range conditions1987 {
		if c.code == code {
			p.OperatingEnvironment, p.CardholderPresent, p.CardPresent = c.environment, c.cardholder, c.card
			return p, true
		}
	}
	return p, false
}

func entryModeText1987(value []byte) string {
	for _, m := range entryModes1987 {
		if len(value) == 3 && m.code == int(smallNumber(value[:2])) {
			return m.text
		}
	}
	return ""
}

func conditionText1987(value []byte) string {
	for _, c := range conditions1987 {
		if c.code == int(smallNumber(value)) {
			return c.text
		}
	}
	return ""
}
