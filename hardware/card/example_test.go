package card_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// A card runs from an image, over a memory that outlives its power. Package
// cardtest makes one from a profile in one call.
func ExampleOpen() {
	key, _ := secret.NewAES(bytes.Repeat([]byte{1}, 32))
	memory := card.NewMemory()
	if err := card.Create(memory, key, exampleImage(), nil); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		icc, err := card.Open(card.Config{Medium: memory, Key: key})
		if err != nil {
			fmt.Println(err)
			return
		}
		chip, _ := icc.PowerOn(hardware.Contact)
		for _, c := range []apdu.Command{
			apdu.Select([]byte{0xF0, 1, 2, 3, 4}, apdu.First),
			apdu.GetProcessingOptions([]byte{0x83, 0}),
			apdu.VerifyPlaintext([]byte{0x24, 0x99, 0x99, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}),
		} {
			command, _ := c.Encode()
			answer, _ := chip.Transmit(context.Background(), command)
			fmt.Printf("%s: %X\n", c.Name(), answer)
		}
	}
	// Output:
	// SELECT: 6F098405F001020304A5009000
	// GET PROCESSING OPTIONS: 7704820210009000
	// VERIFY: 63C2
	// SELECT: 6F098405F001020304A5009000
	// GET PROCESSING OPTIONS: 7704820210009000
	// VERIFY: 63C1
}

// exampleImage is a card with little on it.
func exampleImage() image.Image {
	tdes, _ := secret.NewTDES([]byte("0123456789abcdef"))
	pan, _ := account.ParsePAN([]byte("374245001741007"))
	digits, _ := pin.Parse([]byte("1234"))
	name := []byte{0xF0, 1, 2, 3, 4}
	return image.Image{
		ATR: []byte{0x3B, 0x60, 0x00, 0x00},
		Applications: []image.Application{{
			Name: name, PAN: pan, PIN: digits, PINTryLimit: 3,
			Contact:    image.Interface{FCI: []byte{0x6F, 0x09, 0x84, 0x05, 0xF0, 1, 2, 3, 4, 0xA5, 0x00}, AIP: emv.AIP{0x10, 0x00}},
			CDOL1:      tlv.DOL{{Tag: 0x9F37, Length: 4}},
			CDOL2:      tlv.DOL{{Tag: 0x8A, Length: 2}},
			Cryptogram: "visa-cvn10", Script: "visa",
			Keys: cryptogram.MasterKeys{AC: tdes, SMI: tdes, SMC: tdes},
		}},
	}
}
