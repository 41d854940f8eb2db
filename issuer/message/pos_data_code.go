package message

import "fmt"

// POSDataCode is DE 22 of ISO 8583:1993, point of service data code: what the
// terminal can do and how the card was read. Each position is one letter or
// digit. The zero value is absent.
type POSDataCode struct {
	CardDataInputCapability  byte
	CardholderAuthCapability byte
	CardCaptureCapability    byte
	OperatingEnvironment     byte
	CardholderPresent        byte
	CardPresent              byte
	CardDataInputMode        byte
	CardholderAuthMethod     byte
	CardholderAuthEntity     byte
	CardDataOutputCapability byte
	TerminalOutputCapability byte
	PINCaptureCapability     byte
}

// posPosition is one position of DE 22 and its values. Values that networks add
// are taken, and not explained.
type posPosition struct {
	name   string
	values map[byte]string
}

var posPositions = [...]posPosition{
	{"card data input capability", map[byte]string{'0': "unknown", '1': "manual, no terminal", '2': "magnetic stripe",
		'5': "ICC", '6': "key entered", 'M': "contactless"}},
	{"cardholder authentication capability", map[byte]string{'0': "none", '1': "PIN"}},
	{"card capture capability", map[byte]string{'0': "none", '1': "capture"}},
	{"operating environment", map[byte]string{'0': "no terminal", '1': "on premises of card acceptor, attended",
		'2': "on premises of card acceptor, unattended"}},
	{"cardholder present", map[byte]string{'0': "present", '1': "not present", '2': "not present, mail order",
		'3': "not present, telephone", '4': "not present, standing authorization", '5': "not present, electronic order"}},
	{"card present", map[byte]string{'0': "not present", '1': "present"}},
	{"card data input mode", map[byte]string{'1': "manual, no terminal", '2': "magnetic stripe", '5': "ICC", '6': "key entered",
		'9': "magnetic stripe after a failed ICC", 'M': "contactless"}},
	{"cardholder authentication method", map[byte]string{'0': "not authenticated", '1': "PIN", '5': "manual signature"}},
	{"cardholder authentication entity", map[byte]string{'0': "not authenticated", '1': "ICC", '2': "terminal",
		'3': "authorizing agent", '4': "merchant"}},
	{"card data output capability", map[byte]string{'1': "none", '3': "ICC"}},
	{"terminal output capability", map[byte]string{'4': "printing and display"}},
	{"PIN capture capability", map[byte]string{'0': "none", '4': "four characters"}},
}

// posDataCodeLength is the number of positions.
const posDataCodeLength = len(posPositions)

// ParsePOSDataCode reads the twelve letters and digits. The error wraps
// emv.ErrMalformed.
func ParsePOSDataCode(s string) (POSDataCode, error) {
	if len(s) != posDataCodeLength {
		return POSDataCode{}, fmt.Errorf("parse POS data code: %w", fault(fmt.Sprintf("length %d, want %d", len(s), posDataCodeLength)))
	}
	for i := range len(s) {
		if s[i] == ' ' || !formatAN.allowsCharacter(s[i]) {
			return POSDataCode{}, fmt.Errorf("parse POS data code: %w", fault("a character that is neither letter nor digit"))
		}
	}
	return POSDataCode{s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11]}, nil
}

func (p POSDataCode) positions() [posDataCodeLength]byte {
	return [...]byte{p.CardDataInputCapability, p.CardholderAuthCapability, p.CardCaptureCapability, p.OperatingEnvironment,
		p.CardholderPresent, p.CardPresent, p.CardDataInputMode, p.CardholderAuthMethod, p.CardholderAuthEntity,
		p.CardDataOutputCapability, p.TerminalOutputCapability, p.PINCaptureCapability}
}

// String returns the twelve letters and digits.
func (p POSDataCode) String() string {
	b := p.positions()
	return string(b[:])
}

// Texts says what each position means, one line for each.
func (p POSDataCode) Texts() []string {
	lines := make([]string, posDataCodeLength)
	for i, value := range p.positions() {
		meaning, ok := posPositions[i].values[value]
		if !ok {
			meaning = "not known"
		}
		lines[i] = fmt.Sprintf("position %d, %s: %c, %s", i+1, posPositions[i].name, value, meaning)
	}
	return lines
}

func posDataCode(c *coder, n int, v *POSDataCode) {
	transfer(c, n, v, codec[POSDataCode]{
		isZero: isZero[POSDataCode],
		append: func(dst []byte, v POSDataCode, _ *element) []byte {
			b := v.positions()
			return append(dst, b[:]...)
		},
		parse: func(value []byte, _ *element) (POSDataCode, error) { return ParsePOSDataCode(string(value)) },
	})
}
