package emv

import "fmt"

// TerminalType (tag 9F35) is two decimal digits: who controls the terminal (1
// financial institution, 2 merchant, 3 cardholder), and how it stands (1 to 3
// attended, 4 to 6 unattended; of each three: online only, offline with online
// capability, offline only). EMV Book 4, Annex A1.
type TerminalType byte

// ParseTerminalType reads the byte of tag 9F35. A terminal that the cardholder
// controls is unattended.
func ParseTerminalType(b byte) (TerminalType, error) {
	t := TerminalType(b)
	control, environment := t.control(), b&0x0F
	if control < controlFinancialInstitution || control > controlCardholder || environment < 1 || environment > 6 {
		return 0, fmt.Errorf("parse terminal type: no such type: %w", ErrMalformed)
	}
	if control == controlCardholder && t.Attended() {
		return 0, fmt.Errorf("parse terminal type: attended and controlled by the cardholder: %w", ErrMalformed)
	}
	return t, nil
}

// Who controls a terminal: its first digit.
const (
	controlFinancialInstitution = 1
	controlMerchant             = 2
	controlCardholder           = 3
)

func (t TerminalType) control() byte { return byte(t) >> 4 }

// Attended reports whether staff stands at the terminal.
func (t TerminalType) Attended() bool { return t&0x0F <= 3 }

// OnlineOnly reports whether every transaction goes online.
func (t TerminalType) OnlineOnly() bool { return t&0x0F == 1 || t&0x0F == 4 }

// OfflineOnly reports whether the terminal can not go online.
func (t TerminalType) OfflineOnly() bool { return t&0x0F == 3 || t&0x0F == 6 }

// FinancialInstitution reports whether a financial institution controls the
// terminal.
func (t TerminalType) FinancialInstitution() bool { return t.control() == controlFinancialInstitution }

// Merchant reports whether a merchant controls the terminal.
func (t TerminalType) Merchant() bool { return t.control() == controlMerchant }

// Cardholder reports whether the cardholder controls the terminal.
func (t TerminalType) Cardholder() bool { return t.control() == controlCardholder }

// ATM reports whether a terminal with these additional capabilities is an ATM:
// unattended, controlled by a financial institution, and paying out cash. EMV
// Book 4, Annex A1.
func (t TerminalType) ATM(c AdditionalTerminalCapabilities) bool {
	return t.FinancialInstitution() && !t.Attended() && c.Has(AdditionalCash)
}

// String returns the two digits.
func (t TerminalType) String() string { return fmt.Sprintf("%02X", byte(t)) }
