package card

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/image"
)

// storedBytesMax and storedRecordsMax bound what scripts and the log may write in
// one application, in bytes and in records: a state must be short beside the
// journal.
const (
	storedBytesMax   = 8 << 10
	storedRecordsMax = 255
)

// checkMemory refuses limits, writable objects, writable files and a log that the
// card can not keep.
func (a *application) checkMemory() error {
	for tag, size := range limitSizes(a.Risk) {
		value, ok := imageObject(a.Application, tag)
		if !ok || len(value) != size {
			return fmt.Errorf("limit %s is no data object of %d bytes: %w", tag, size, errImage)
		}
		if _, err := limitValue(value); err != nil {
			return fmt.Errorf("limit %s: %w: %w", tag, err, errImage)
		}
	}
	if r := a.Risk; (r.Denial|r.Online|r.Default)&^image.Conditions != 0 {
		return fmt.Errorf("conditions of card risk management: %w", errImage)
	}
	if err := a.checkPuts(); err != nil {
		return err
	}
	if l := a.Log; l != nil && (l.SFI <= applicationSFIMax || l.SFI > 30 || l.Records == 0 || len(l.Format) == 0 || imageFile(a.Application, l.SFI) != nil) {
		return fmt.Errorf("transaction log: want a file of its own with SFI 11 to 30, records and a format: %w", errImage)
	}
	return a.checkRoom()
}

// checkPuts wants each object that PUT DATA may change to be there once.
func (a *application) checkPuts() error {
	for i, tag := range a.Puts {
		_, ok := imageObject(a.Application, tag)
		if !ok && tag != tagPINTryCounter || slices.Contains(a.Puts[:i], tag) || tag.Len() > 2 {
			return fmt.Errorf("PUT DATA of %s: there is no such data object, or it is named twice: %w", tag, errImage)
		}
	}
	return nil
}

// checkRoom adds up what may be written.
func (a *application) checkRoom() error {
	full, records := stored{}, 0
	for _, tag := range a.Puts {
		value, _ := imageObject(a.Application, tag)
		full.objects = append(full.objects, image.Object{Tag: tag, Value: value})
	}
	for _, f := range a.Files {
		if !f.Updates {
			continue
		}
		records += len(f.Records)
		for _, r := range f.Records {
			full.records = append(full.records, storedRecord{content: r})
		}
	}
	size := full.size()
	if a.Log != nil {
		size += int(a.Log.Records) * (2 + a.Log.Format.Len())
	}
	if size > storedBytesMax || records > storedRecordsMax {
		return fmt.Errorf("scripts and log may write %d bytes in %d records, at most %d and %d: %w", size, records, storedBytesMax, storedRecordsMax, errImage)
	}
	return nil
}
