package kernel

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// commandsMax is the number of commands that one transaction sends at most, so
// that no card keeps a terminal busy for ever. Each may take several APDUs, as
// apdu.Exchange bounds them. EMV sets no limit; a transaction takes 15 to 40.
const commandsMax = 512

// exchange sends a command and returns the whole answer. Its error is an ending:
// no answer, or one too short to be an APDU, is a card that is gone, while one
// that does not come to an end is there and not accepted.
func (t *transaction) exchange(c apdu.Command) (apdu.Response, error) {
	if err := t.countCommand(); err != nil {
		return apdu.Response{}, err
	}
	r, err := apdu.Exchange(t.ctx, t.card, c)
	switch {
	case errors.Is(err, apdu.ErrEndless):
		return apdu.Response{}, &ending{outcome: NotAccepted, reason: c.Name() + ": card does not come to an end", cause: err}
	case err != nil:
		return apdu.Response{}, cardLost(err)
	}
	return r, nil
}

func (t *transaction) countCommand() error {
	t.commands++
	if t.commands > commandsMax {
		return notAccepted("more than %d commands", commandsMax)
	}
	return nil
}

// cardLost is the ending of a transaction whose card or reader does not answer.
func cardLost(cause error) error {
	return &ending{outcome: CardRemoved, reason: "no answer from the card", cause: cause}
}

// getData returns the value of a data object that the card gives by GET DATA. ok
// is false where it does not, for whatever reason. EMV Book 3, 6.5.7.
func (t *transaction) getData(tag emv.Tag, length int) (value []byte, ok bool, err error) {
	r, err := t.exchange(apdu.GetData(tag))
	if err != nil {
		return nil, false, err
	}
	if r.SW != apdu.SWSuccess {
		return nil, false, nil
	}
	value, found, err := tlv.Find(r.Data, tag)
	if err != nil || !found || len(value) != length {
		return nil, false, nil
	}
	t.data.set(tag, value)
	return value, true, nil
}
