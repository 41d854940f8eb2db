package cardtest_test

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/cardtest"
)

// A test card answers commands like one that lies in a reader.
func ExampleMake() {
	c, err := cardtest.Make(cardtest.Options{Profile: "amex-pin"})
	if err != nil {
		fmt.Println(err)
		return
	}
	chip, _ := c.PowerOn(hardware.Contact)
	for _, command := range []string{"00A4040006A00000002501", "80A80000028300", "80CA9F1700", "0020008008241234FFFFFFFFFF"} {
		fmt.Println(send(chip, command))
	}
	// Output:
	// 6F268408A000000025010801A51A5010414D45524943414E20455850524553538701015F2D02656E9000
	// 771282023C00940C0801020110010200180102009000
	// 9F1701039000
	// 9000
}

// The power of a card can be taken at a named instant of a write: here behind the
// loss of a try, before the PIN is compared.
func ExampleCard_CutAt() {
	c, err := cardtest.Make(cardtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	chip, _ := c.PowerOn(hardware.Contact)
	send(chip, "00A4040006A00000002501")
	send(chip, "80A80000028300")
	c.CutAt(card.Point{Write: card.WritePINTry, Moment: card.After})
	fmt.Println(send(chip, "0020008008241234FFFFFFFFFF"))
	if err := c.Reopen(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("tries left:", c.Status()[0].TriesLeft)
	// Output:
	// no answer
	// tries left: 2
}

// send sends a command and returns the answer.
func send(chip hardware.Card, command string) string {
	raw, err := hex.DecodeString(command)
	if err != nil {
		return err.Error()
	}
	answer, err := chip.Transmit(context.Background(), raw)
	if err != nil {
		return "no answer"
	}
	return fmt.Sprintf("%X", answer)
}
