package emv

import "fmt"

// ApplicationPriorityIndicator (tag 87) ranks an application of a card and says
// whether the cardholder has to confirm it. EMV Book 1, 12.2.3.
type ApplicationPriorityIndicator byte

// ConfirmationRequired reports whether the application may be selected only with
// the cardholder's confirmation.
func (i ApplicationPriorityIndicator) ConfirmationRequired() bool { return i&0x80 != 0 }

// Priority returns the rank: 1 is the highest, 15 the lowest, 0 is none.
func (i ApplicationPriorityIndicator) Priority() int { return int(i & 0x0F) }

// String returns the byte as hexadecimal digits.
func (i ApplicationPriorityIndicator) String() string { return fmt.Sprintf("%02X", byte(i)) }
