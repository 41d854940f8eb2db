package authorization

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// chipData is what the chip data of a message (DE 55) say. The zero value says
// nothing.
type chipData struct {
	input  cryptogram.Input
	ac     emv.AC
	family emv.IADFamily
	cvr    emv.CVR

	// What no cryptogram covers: the word of the terminal.
	cvmResults     []byte // tag 9F34
	sequenceNumber []byte // tag 5F34
	scriptResults  []byte // tag 9F5B
}

// The data objects that are read beside those that the cryptogram covers.
const (
	tagApplicationCryptogram emv.Tag = 0x9F26
	tagCVMResults            emv.Tag = 0x9F34
	tagSequenceNumber        emv.Tag = 0x5F34
	tagScriptResults         emv.Tag = 0x9F5B
)

// families are the layouts whose issuer application data hold card verification
// results that we can read.
var families = map[cryptogram.Layout]emv.IADFamily{
	cryptogram.LayoutVisa0: emv.IADVisaLayout,
	cryptogram.LayoutVisa2: emv.IADVisaFormat2,
	cryptogram.LayoutMChip: emv.IADMChip,
	cryptogram.LayoutCCD:   emv.IADCCD,
}

// readChipData reads chip data by a row of the table of cryptograms. The error
// wraps emv.ErrMalformed: something is missing, can not be read or is of another
// row.
func readChipData(v secret.Value, row string) (c chipData, err error) {
	v.Open(func(clear []byte) {
		if err = c.readObjects(clear); err == nil {
			err = c.readIAD(row)
		}
	})
	if err != nil {
		return chipData{}, err
	}
	return c, nil
}

// readObjects takes the data objects that are needed.
func (c *chipData) readObjects(b []byte) (err error) {
	if c.input, err = cryptogram.ParseInput(b); err != nil {
		return err
	}
	var ac []byte
	for e, err := range tlv.Elements(b) {
		if err != nil {
			return err
		}
		switch e.Tag {
		case tagApplicationCryptogram:
			first(&ac, e.Value)
		case tagCVMResults:
			first(&c.cvmResults, e.Value)
		case tagSequenceNumber:
			first(&c.sequenceNumber, e.Value)
		case tagScriptResults:
			first(&c.scriptResults, e.Value)
		}
	}
	c.input.IAD = bytes.Clone(c.input.IAD) // what is kept is not secret, what lies beside it may be
	if len(ac) != len(c.ac) {
		return fmt.Errorf("read application cryptogram: %d bytes, want %d: %w", len(ac), len(c.ac), emv.ErrMalformed)
	}
	c.ac = emv.AC(ac)
	return nil
}

// first keeps a copy of a value where there is none yet.
func first(kept *[]byte, value []byte) {
	if *kept == nil {
		*kept = append([]byte{}, value...)
	}
}

// readIAD takes the issuer application data apart, which must be of the row.
func (c *chipData) readIAD(row string) error {
	profile, _ := cryptogram.ProfileByName(row)
	version, ok := profile.Layout.Version(c.input.IAD)
	if !ok || version != profile.Version {
		return fmt.Errorf("read issuer application data: not of row %s: %w", row, emv.ErrMalformed)
	}
	c.family = families[profile.Layout]
	iad, err := c.family.Parse(c.input.IAD)
	c.cvr = iad.CVR
	return err
}

// results returns the card verification results as the PIN life cycle has them.
func (c *chipData) results() pinlife.CVR {
	return pinlife.CVR{
		OfflinePINPerformed:    c.cvr.Has(emv.CVROfflinePINPerformed),
		OfflinePINFailed:       c.cvr.Has(emv.CVROfflinePINFailed),
		TryLimitExceeded:       c.cvr.Has(emv.CVRPINTryLimitExceeded),
		ScriptCount:            c.cvr.ScriptCount,
		ScriptFailed:           c.cvr.Has(emv.CVRScriptFailed),
		LastOnlineNotCompleted: c.cvr.Has(emv.CVRLastOnlineNotCompleted),
		Cyclic:                 c.family.ScriptCounter() == emv.ScriptsRunOn,
		ScriptReceived:         c.cvr.Has(emv.CVRScriptReceived),
	}
}

// isRequest reports whether the card states that this is an ARQC: the first
// cryptogram, before a second was asked for. The cryptogram covers that, which it
// does not the CID.
func (c *chipData) isRequest() bool {
	return c.cvr.FirstAC == emv.ACTypeARQC && c.cvr.SecondAC == emv.ACTypeNotRequested
}

// isFinal reports whether the card states that this is the last cryptogram of its
// transaction.
func (c *chipData) isFinal() bool {
	return c.cvr.FirstAC != emv.ACTypeARQC || c.cvr.SecondAC == emv.ACTypeTC || c.cvr.SecondAC == emv.ACTypeAAC
}
