package desktest

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/hardware"
)

// PIN is that of a Chip, PAN its account number.
const (
	PIN = "1234"
	PAN = "374245001741007"
)

// Chip answers commands by how they begin; the longest beginning counts. "pulled" is a
// card that is gone.
type Chip map[string]string

// Pulled is the answer of a card that is gone.
const Pulled = "pulled"

// object returns a data object of at most 127 bytes in hexadecimal digits.
func object(tag string, values ...string) string {
	value := strings.Join(values, "")
	return fmt.Sprintf("%s%02X%s", tag, len(value)/2, value)
}

// NewChip returns a chip with one application without offline data authentication, which
// asks for PIN and goes online.
func NewChip() Chip {
	return Chip{
		"00A404000E": "6A82", // no PSE
		"00A40400": object("6F", object("84", "A000000025010801"),
			object("A5", object("50", hex.EncodeToString([]byte("AMERICAN EXPRESS"))))) + "9000",
		"80A8": object("80", "1800", "08010100") + "9000", // CVM and terminal risk management; one record
		"00B2": object("70", object("5A", PAN+"F"), object("5F24", "351231"),
			object("8C", "9F0206", "9F3704"), object("8D", "8A02", "9F3704"), object("8E", "0000000000000000", "4103"),
			object("9F0E", "0000000000"), object("9F0F", "FFFFFFFFFF"), object("9F0D", "0000000000")) + "9000",
		"80CA9F17":         "9F1701039000",
		"0020008008241234": "9000",
		"0020":             "63C2",
		"80AE80":           "800B80000701020304050607089000", // ARQC
		"80AE40":           "800B40000711121314151617189000", // TC
		"80AE00":           "800B00000721222324252627289000", // AAC
	}
}

// PowerOn resets the chip.
func (c Chip) PowerOn(hardware.Presentation) (hardware.Card, error) { return c, nil }

// ATR returns an answer to reset.
func (c Chip) ATR() []byte { return []byte{0x3B, 0x60, 0x00, 0x00} }

// PowerOff does nothing.
func (c Chip) PowerOff() error { return nil }

// Transmit answers a command.
func (c Chip) Transmit(_ context.Context, command []byte) ([]byte, error) {
	digits := strings.ToUpper(hex.EncodeToString(command))
	longest := ""
	for begin := range c {
		if strings.HasPrefix(digits, begin) && len(begin) > len(longest) {
			longest = begin
		}
	}
	switch answer := c[longest]; answer {
	case "":
		return []byte{0x6D, 0x00}, nil
	case Pulled:
		return nil, hardware.ErrCardRemoved
	default:
		return hex.DecodeString(answer)
	}
}
