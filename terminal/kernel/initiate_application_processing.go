package kernel

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// initiateApplicationProcessing sends GET PROCESSING OPTIONS. started is false
// where the card does not allow this application here (6985), so that another
// one may be selected. EMV Book 3, 10.1.
func (t *transaction) initiateApplicationProcessing() (started bool, err error) {
	list, err := t.optionalList(tagPDOL)
	if err != nil {
		return false, err
	}
	if t.pdolData, err = t.fill(list); err != nil {
		return false, err
	}
	template := tlv.Append(nil, tagCommandTemplate, t.pdolData)
	if len(template) > apdu.DataBytesMax {
		return false, notAccepted("PDOL asks for %d bytes", len(t.pdolData))
	}
	r, err := t.exchange(apdu.GetProcessingOptions(template))
	switch {
	case err != nil:
		return false, err
	case r.SW == apdu.SWConditionsNotSatisfied:
		t.note(InitiateApplicationProcessing, "application not allowed here: %s", r.SW)
		return false, nil
	case r.SW != apdu.SWSuccess:
		return false, notAccepted("GET PROCESSING OPTIONS: %s", r.SW)
	}
	if err := t.setProcessingOptions(r.Data); err != nil {
		return false, notAccepted("answer to GET PROCESSING OPTIONS malformed")
	}
	t.note(InitiateApplicationProcessing, "AIP %s, AFL of %d entries", t.aip, len(t.afl))
	return true, nil
}

// optionalList returns a list of the card that may be absent.
func (t *transaction) optionalList(tag emv.Tag) (tlv.DOL, error) {
	raw, _ := t.data.Value(tag)
	list, err := tlv.ParseDOL(raw)
	if err != nil {
		return nil, notAccepted("list %s malformed", tag)
	}
	return list, nil
}

// setProcessingOptions reads AIP and AFL in either format. EMV Book 3, 6.5.8.4.
func (t *transaction) setProcessingOptions(b []byte) error {
	aip, afl, err := t.readProcessingOptions(b)
	if err != nil {
		return err
	}
	if t.aip, err = emv.ParseField[emv.AIP](aip); err != nil {
		return err
	}
	if t.afl, err = emv.ParseAFL(withoutRFU(afl)); err != nil {
		return err
	}
	t.data.set(tagAIP, aip)
	t.data.set(tagAFL, afl)
	for _, tag := range []emv.Tag{tagAIP, tagAFL} {
		t.given[tag], t.recorded[tag] = true, true
	}
	return nil
}

// withoutRFU clears the bits of an AFL that are reserved for future use, bits 3 to
// 1 of the first byte of each entry: a terminal does not look at them. EMV Book 3,
// 10.2 and 6.3.6.
func withoutRFU(afl []byte) []byte {
	afl = slices.Clone(afl)
	for i := 0; i < len(afl); i += 4 {
		afl[i] &^= 0x07
	}
	return afl
}

// readProcessingOptions takes the answer apart and keeps what else there is in
// format 2.
func (t *transaction) readProcessingOptions(b []byte) (aip, afl []byte, err error) {
	e, rest, err := tlv.Next(b)
	switch {
	case err != nil:
		return nil, nil, err
	case len(rest) != 0:
		return nil, nil, fmt.Errorf("read processing options: bytes behind the template: %w", emv.ErrMalformed)
	case e.Tag == tagFormat1 && len(e.Value) > len(emv.AIP{}):
		return e.Value[:len(emv.AIP{})], e.Value[len(emv.AIP{}):], nil
	case e.Tag != tagFormat2:
		return nil, nil, fmt.Errorf("read processing options: neither format: %w", emv.ErrMalformed)
	}
	list, err := parseTemplate(e.Value)
	if err != nil {
		return nil, nil, err
	}
	if list.repeats() {
		return nil, nil, fmt.Errorf("read processing options: a data object is there twice: %w", emv.ErrMalformed)
	}
	t.keepFromCard(list)
	aip, _ = list.value(tagAIP)
	afl, _ = list.value(tagAFL)
	return aip, afl, nil
}
