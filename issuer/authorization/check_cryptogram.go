package authorization

import (
	"errors"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// fromChip reports whether the card itself made the request.
func (d *decision) fromChip() bool {
	return d.channel == pinlife.Contact || d.channel == pinlife.Contactless
}

// checkCryptogram has the ARQC verified by the row that the card's record names.
// Whether its ATC is new is for the PIN life cycle to say. EMV Book 2, 8.1.
func (d *decision) checkCryptogram() (reason, error) {
	if !d.fromChip() {
		return approved, nil
	}
	var err error
	if d.chip, err = readChipData(d.request.ICCData, d.record.Chip.Cryptogram); err != nil {
		return malformedChipData, nil
	}
	if !d.chip.isRequest() {
		return badCryptogram, nil
	}
	wrong, err := d.verify(&d.chip)
	if wrong == approved && err == nil {
		d.arqcValid, d.cvr = true, d.chip.results()
	}
	return wrong, err
}

// verify has a cryptogram verified by the row of the card.
func (w *work) verify(c *chipData) (reason, error) {
	err := w.config.Module.VerifyARQC(w.card(), &c.input, c.ac)
	if errors.Is(err, emv.ErrWrongMAC) || errors.Is(err, emv.ErrMalformed) {
		return badCryptogram, nil
	}
	if errors.Is(err, hsm.ErrRetired) {
		return cardKeysRetired, nil
	}
	return approved, err
}
