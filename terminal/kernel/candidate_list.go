package kernel

import (
	"bytes"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/terminal/profile"
)

// The names of the payment system environments. EMV Book 1, 12.2.2; EMV
// Contactless Book B, 3.3.
const (
	paymentSystemEnvironment          = "1PAY.SYS.DDF01"
	proximityPaymentSystemEnvironment = "2PAY.SYS.DDF01"
)

// fci is the answer to SELECT: file control information. EMV Book 1, 11.3.4.
type fci struct {
	name        []byte   // tag 84
	top         template // in template 6F
	proprietary template // in template A5
	issuer      template // in BF0C, which may be absent
}

// parseFCI reads template 6F with a DF name and template A5 in it.
func parseFCI(b []byte) (f fci, err error) {
	if f.top, err = openTemplate(b, tagFCI); err != nil {
		return fci{}, err
	}
	name, ok := f.top.value(tagDFName)
	proprietary := f.top.all(tagFCIProprietary)
	if !ok || len(proprietary) != 1 || f.top.repeats() {
		return fci{}, fmt.Errorf("parse FCI: no %s or %s: %w", tagDFName, tagFCIProprietary, emv.ErrMalformed)
	}
	f.name = name
	if f.proprietary, err = parseTemplate(proprietary[0]); err != nil {
		return fci{}, err
	}
	if issuer, ok := f.proprietary.value(tagFCIIssuerDiscretionaryData); ok {
		f.issuer, err = parseTemplate(issuer)
	}
	return f, err
}

// codeTable returns the issuer code table index, 0 where there is none.
func (f fci) codeTable() byte {
	index, _ := f.proprietary.byteOf(tagCodeTableIndex)
	return index
}

// readPaymentSystemEnvironment lists what the directory of the card names. Upon
// any error the list stays empty, so that the list of AIDs is tried; only a
// blocked card ends the transaction. EMV Book 1, 12.3.2.
func (t *transaction) readPaymentSystemEnvironment() error {
	r, err := t.exchange(apdu.Select([]byte(paymentSystemEnvironment), apdu.First))
	switch {
	case err != nil:
		return err
	case r.SW == apdu.SWFunctionNotSupported:
		return errCardBlocked()
	case r.SW != apdu.SWSuccess:
		t.note(ApplicationSelection, "no PSE: %s", r.SW)
		return nil
	}
	f, parseErr := parseFCI(r.Data)
	sfi, ok := f.proprietary.byteOf(tagSFI)
	if parseErr != nil || !ok || sfi < 1 || sfi > directorySFIMax {
		t.note(ApplicationSelection, "PSE malformed: list of AIDs is used")
		return nil
	}
	return t.readDirectory(sfi, f.codeTable())
}

// directorySFIMax is the highest short file identifier of a payment system
// directory. EMV Book 1, 12.2.3.
const directorySFIMax = 10

// recordNumberMax is the highest record number that READ RECORD can name.
const recordNumberMax = 255

// readDirectory lists the applications in the records of the directory, up to
// the answer 6A83. EMV Book 1, 12.3.2.
func (t *transaction) readDirectory(sfi, codeTable byte) error {
	for record := 1; record <= recordNumberMax; record++ {
		r, err := t.exchange(apdu.ReadRecord(sfi, byte(record)))
		if err != nil {
			return err
		}
		if r.SW == apdu.SWRecordNotFound {
			return nil
		}
		entries, parseErr := openTemplate(r.Data, tagRecord)
		if r.SW != apdu.SWSuccess || parseErr != nil || t.addEntries(entries, codeTable) != nil {
			t.selection.candidates = nil
			t.note(ApplicationSelection, "directory record %d malformed: list of AIDs is used", record)
			return nil
		}
	}
	return nil
}

// addEntries adds the applications among directory entries that the terminal
// supports. Entries without an ADF name, as for DDFs, are passed over.
func (t *transaction) addEntries(entries template, codeTable byte) error {
	for _, raw := range entries.all(tagDirectoryEntry) {
		entry, err := parseTemplate(raw)
		if err != nil {
			return err
		}
		name, ok := entry.value(tagADFName)
		if !ok {
			continue
		}
		if app := t.terms(name); app != nil {
			t.addCandidate(t.newCandidate(name, app, entry, codeTable))
		}
	}
	return nil
}

// tryListOfAIDs selects each AID of the terminal. EMV Book 1, 12.3.3.
func (t *transaction) tryListOfAIDs() error {
	for i := range t.profile.Applications {
		if err := t.tryAID(&t.profile.Applications[i], i == 0); err != nil {
			return err
		}
	}
	return nil
}

// occurrencesMax is the number of applications of one card that an AID is tried
// on. EMV sets no limit.
const occurrencesMax = 32

// tryAID selects an AID and, as long as the names that the card answers with are
// longer and the terminal takes those, the next occurrence. That the card is
// blocked is told by the answer to the first AID of the list alone: EMV Book 1,
// 12.3.3, step 2.
func (t *transaction) tryAID(app *profile.Application, first bool) error {
	occurrence := apdu.First
	for range occurrencesMax {
		r, err := t.exchange(apdu.Select(app.AID, occurrence))
		if err != nil {
			return err
		}
		if first && occurrence == apdu.First && r.SW == apdu.SWFunctionNotSupported {
			return errCardBlocked()
		}
		if again := t.considerSelected(app, r); !again {
			return nil
		}
		occurrence = apdu.Next
	}
	return nil
}

// considerSelected adds the application that a card selected upon an AID of the
// terminal, and reports whether the next occurrence is to be tried. A blocked
// application (6283) is not added. EMV Book 1, 12.3.3.
func (t *transaction) considerSelected(app *profile.Application, r apdu.Response) (again bool) {
	if r.SW != apdu.SWSuccess && r.SW != apdu.SWSelectedFileInvalid {
		return false // step 3: any other status passes on to the next AID
	}
	f, err := parseFCI(r.Data)
	if err != nil || !bytes.HasPrefix(f.name, app.AID) {
		return false
	}
	exact := len(f.name) == len(app.AID)
	if !exact && !app.PartialSelection {
		return false // step 6
	}
	switch r.SW {
	case apdu.SWSuccess:
		t.addCandidate(t.newCandidate(f.name, app, f.proprietary, f.codeTable()))
	case apdu.SWSelectedFileInvalid:
		t.selection.blocked = true
		t.note(ApplicationSelection, "application %X blocked", f.name)
	}
	return !exact
}

// readProximityEnvironment lists what the PPSE names, which is in the answer to
// its selection. A card without one can not be used by a tap. EMV Contactless
// Book B, 3.3.
func (t *transaction) readProximityEnvironment() error {
	r, err := t.exchange(apdu.Select([]byte(proximityPaymentSystemEnvironment), apdu.First))
	if err != nil {
		return err
	}
	f, parseErr := parseFCI(r.Data)
	if r.SW != apdu.SWSuccess || parseErr != nil || t.addEntries(f.issuer, f.codeTable()) != nil {
		return &ending{outcome: Fallback, reason: "no PPSE"}
	}
	return nil
}
