package card

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// stored is what scripts have written over the image, and the transaction log.
// Its slices are shared between states and never altered.
type stored struct {
	objects []image.Object // PUT DATA
	records []storedRecord // UPDATE RECORD
	log     [][]byte       // the latest transaction first
}

// storedRecord is a record in place of one of the image.
type storedRecord struct {
	sfi, number uint8
	content     []byte
}

// object returns the value of a data object that was written over.
func (s *stored) object(tag emv.Tag) (value []byte, ok bool) {
	i := slices.IndexFunc(s.objects, func(o image.Object) bool { return o.Tag == tag })
	if i < 0 {
		return nil, false
	}
	return s.objects[i].Value, true
}

// put writes a data object over.
func (s *stored) put(o image.Object) {
	kept := slices.DeleteFunc(slices.Clone(s.objects), func(old image.Object) bool { return old.Tag == o.Tag })
	s.objects = append(kept, o)
}

// record returns a record that was written over.
func (s *stored) record(sfi, number uint8) (content []byte, ok bool) {
	i := slices.IndexFunc(s.records, storedRecord{sfi: sfi, number: number}.samePlace)
	if i < 0 {
		return nil, false
	}
	return s.records[i].content, true
}

// update writes a record over.
func (s *stored) update(r storedRecord) {
	s.records = append(slices.DeleteFunc(slices.Clone(s.records), r.samePlace), r)
}

func (r storedRecord) samePlace(other storedRecord) bool {
	return r.sfi == other.sfi && r.number == other.number
}

// logTransaction puts an entry in front of the log, which keeps so many.
func (s *stored) logTransaction(entry []byte, most uint8) {
	log := slices.Concat([][]byte{entry}, s.log)
	s.log = log[:min(len(log), int(most))]
}

// over writes what is stored over an application, whose lists it copies.
func (s *stored) over(a *image.Application) {
	a.Data, a.Files = slices.Clone(a.Data), slices.Clone(a.Files)
	for i, o := range a.Data {
		if value, ok := s.object(o.Tag); ok {
			a.Data[i].Value = value
		}
	}
	for i, f := range a.Files {
		a.Files[i].Records = slices.Clone(f.Records)
		for n := range f.Records {
			if content, ok := s.record(f.SFI, uint8(n+1)); ok {
				a.Files[i].Records[n] = content
			}
		}
	}
}

// check holds what was written against the image: it has room for it.
func (s *stored) check(img *image.Application) error {
	for _, o := range s.objects {
		if was, ok := imageObject(img, o.Tag); !ok || !slices.Contains(img.Puts, o.Tag) || len(was) != len(o.Value) {
			return fmt.Errorf("data object %s: %w", o.Tag, errState)
		}
	}
	for _, r := range s.records {
		f := imageFile(img, r.sfi)
		if f == nil || !f.Updates || r.number == 0 || int(r.number) > len(f.Records) || len(r.content) > len(f.Records[r.number-1]) {
			return fmt.Errorf("record %d of SFI %d: %w", r.number, r.sfi, errState)
		}
	}
	if len(s.log) > 0 && (img.Log == nil || len(s.log) > int(img.Log.Records)) {
		return fmt.Errorf("transaction log: %w", errState)
	}
	for _, entry := range s.log {
		if len(entry) != img.Log.Format.Len() {
			return fmt.Errorf("transaction log: %w", errState)
		}
	}
	return nil
}

// imageObject returns a data object as it was personalised.
func imageObject(img *image.Application, tag emv.Tag) (value []byte, ok bool) {
	i := slices.IndexFunc(img.Data, func(o image.Object) bool { return o.Tag == tag })
	if i < 0 {
		return nil, false
	}
	return img.Data[i].Value, true
}

// imageFile returns the file with a short file identifier, or nil.
func imageFile(img *image.Application, sfi uint8) *image.File {
	i := slices.IndexFunc(img.Files, func(f image.File) bool { return f.SFI == sfi })
	if i < 0 {
		return nil
	}
	return &img.Files[i]
}
