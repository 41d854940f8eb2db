package authorization

import (
	"cmp"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// decision is one authorisation request on its way through the checks.
type decision struct {
	*work
	request *message.AuthorizationRequest
	card    hsm.Card
	channel pinlife.Channel

	// What the chip says, where there is one.
	chip      chipData
	cvr       pinlife.CVR
	arqcValid bool

	compared bool                 // DE 52 was
	equals   []pinlife.Generation // whose PIN is the one in it
	verdict  pinlife.PINVerdict
	build    pinlife.Effect // the script that the answer is to carry
	template []byte         // and its bytes
	notes    []note         // what the PIN life cycle wants to be known
	reason   reason
}

// decideRequest returns the decider of an authorisation request.
func decideRequest(m *message.AuthorizationRequest) decider {
	return func(w *work) (outcome, error) {
		d := decision{work: w, request: m, card: w.card(), channel: channelOf(m)}
		if err := d.run(); err != nil {
			return outcome{}, err
		}
		return d.outcome()
	}
}

// run shows the order of the checks. The first that finds a reason to decline
// names it, but a chip whose cryptogram is right is always heard: its evidence
// counts, and its answer carries an ARPC and perhaps a script.
func (d *decision) run() error {
	first := cmp.Or(d.form(), d.status(), d.expiry(), d.kind())
	wrong, err := d.checkCryptogram()
	if err != nil {
		return err
	}
	first = cmp.Or(first, wrong)
	if wrong, err = d.identification(first); err != nil {
		return err
	}
	first = cmp.Or(first, wrong)
	unreadable, err := d.comparePIN(first)
	if err != nil {
		return err
	}
	last := cmp.Or(d.agreement(), d.reversed(), d.risk(), d.limits())
	life := d.step(cmp.Or(first, unreadable, last) != approved, unreadable)
	d.reason = cmp.Or(first, life, last)
	if err := d.buildScript(); err != nil {
		return err
	}
	if d.reason == approved {
		d.book()
	}
	return nil
}

// form looks at what a request of its channel has.
func (d *decision) form() reason {
	switch {
	case d.fromChip() || d.request.ICCData.IsZero():
		return approved
	case d.channel == pinlife.Order:
		return orderWithChipData
	}
	return stripeWithChipData
}

// card returns what the hsm needs to know of the card.
func (w *work) card() hsm.Card {
	c := w.record.Chip
	return hsm.Card{
		PAN: w.transaction.PAN, SequenceNumber: w.transaction.SequenceNumber,
		KeySet: c.KeySet, Option: c.Option, Cryptogram: c.Cryptogram, Script: c.Script,
	}
}

// channelOf returns how a request came about: by positions 6 and 7 of DE 22, never
// by what the terminal could do (position 1) or by what is missing. Key entry with
// the card present counts as its stripe: no chip speaks for either.
func channelOf(m *message.AuthorizationRequest) pinlife.Channel {
	if m.POSDataCode.CardPresent == posCardNotPresent {
		return pinlife.Order
	}
	switch m.POSDataCode.CardDataInputMode {
	case posManual, posStripe, posKeyEntry, posFallback:
		return pinlife.Stripe
	case posContactless:
		return pinlife.Contactless
	}
	return pinlife.Contact
}

// Values of positions 6 to 9 of DE 22.
const (
	posCardNotPresent = '0'
	posManual         = '1'
	posStripe         = '2'
	posKeyEntry       = '6'
	posFallback       = '9' // stripe after a failed ICC
	posContactless    = 'M'
	posPIN            = '1'
	posICC            = '1'
)

// outcome returns the answer and the lines of the journal.
func (d *decision) outcome() (outcome, error) {
	answer, err := d.response()
	if err != nil {
		return outcome{}, err
	}
	return outcome{answer: answer, entries: d.entries()}, nil
}

// arqc returns the cryptogram of the request.
func (d *decision) arqc() emv.AC { return d.chip.ac }

// input returns what the cryptogram covers.
func (d *decision) input() *cryptogram.Input { return &d.chip.input }
