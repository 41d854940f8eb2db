package inspect

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// Config says how to look.
type Config struct {
	Contactless bool // the card is tapped: it is asked for its PPSE
	// AIDs are tried where the card has no directory.
	AIDs [][]byte
	// Terminal answers the lists of the card (PDOL); what it does not know is zeros.
	Terminal tlv.Lookup
}

// Card is what a card tells. What files and answers hold, account numbers among it,
// is kept as secrets.
type Card struct {
	secret.Opaque
	Directory    Directory
	Applications []Application
}

// Directory is the payment system environment of a card.
type Directory struct {
	secret.Opaque
	Name    string
	SW      apdu.SW      // of SELECT
	FCI     secret.Value // none where there is no directory
	Records []Record
}

// Application is one application of a card.
type Application struct {
	secret.Opaque
	Name []byte  // DF name: the AID
	SW   apdu.SW // of SELECT
	FCI  secret.Value

	Options   apdu.SW // of GET PROCESSING OPTIONS; 0 where it was not sent
	Malformed bool    // AIP and AFL can not be read
	AIP       emv.AIP
	AFL       emv.AFL
	Records   []Record
	Data      []Object
}

// Record is the answer to READ RECORD.
type Record struct {
	secret.Opaque
	SFI, Number byte
	SW          apdu.SW
	Content     secret.Value
}

// Object is a data object that the card gave upon GET DATA.
type Object struct {
	secret.Opaque
	Tag   emv.Tag
	Value secret.Value
}

// applicationsMax is the number of applications that are looked at.
const applicationsMax = 32

// Look looks at a card. An error says that the card or the reader did not answer;
// what was read before it is in Card.
func Look(ctx context.Context, t apdu.Transmitter, c Config) (Card, error) {
	l := look{ctx: ctx, transmitter: t, config: c}
	err := l.run()
	if err != nil {
		err = fmt.Errorf("look at card: %w", err)
	}
	return l.card, err
}

// look is one look at a card.
type look struct {
	ctx         context.Context
	transmitter apdu.Transmitter
	config      Config
	card        Card
}

func (l *look) exchange(c apdu.Command) (apdu.Response, error) {
	return apdu.Exchange(l.ctx, l.transmitter, c)
}

// run shows the order.
func (l *look) run() error {
	names, err := l.directory()
	if err != nil {
		return err
	}
	if len(names) == 0 && !l.config.Contactless {
		if names, err = l.tryAIDs(); err != nil {
			return err
		}
	}
	for _, name := range names[:min(len(names), applicationsMax)] {
		if err := l.application(name); err != nil {
			return err
		}
	}
	return nil
}
