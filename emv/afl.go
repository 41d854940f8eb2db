package emv

import "fmt"

// AFLEntry names a range of records in one file. EMV Book 3, 10.2.
type AFLEntry struct {
	SFI         byte // short file identifier, 1 to 30
	First, Last byte // record numbers, from 1
	ODACount    byte // how many records from First on are signed
}

// AFL is the application file locator (tag 94): which records the terminal
// reads, in which order.
type AFL []AFLEntry

const (
	aflEntryBytes = 4   // SFI, first record, last record, count of signed records
	aflBytesMax   = 252 // EMV Book 3, Annex A
)

// SFIMax is the largest short file identifier. EMV Book 3, 10.2.
const SFIMax = 30

// ParseAFL reads an application file locator of 4 to 252 bytes and checks its
// entries. EMV Book 3, 10.2.
func ParseAFL(b []byte) (AFL, error) {
	if len(b) == 0 || len(b) > aflBytesMax || len(b)%aflEntryBytes != 0 {
		return nil, fmt.Errorf("parse AFL: %d bytes, want a multiple of %d up to %d: %w", len(b), aflEntryBytes, aflBytesMax, ErrMalformed)
	}
	afl := make(AFL, 0, len(b)/aflEntryBytes)
	for ; len(b) > 0; b = b[aflEntryBytes:] {
		// Bits 3-1 of the first byte are zero on a right card.
		if b[0]&0x07 != 0 {
			return nil, fmt.Errorf("parse AFL: entry %d: bits behind the SFI: %w", len(afl)+1, ErrMalformed)
		}
		e := AFLEntry{SFI: b[0] >> 3, First: b[1], Last: b[2], ODACount: b[3]}
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("parse AFL: entry %d: %w", len(afl)+1, err)
		}
		afl = append(afl, e)
	}
	return afl, nil
}

func (e AFLEntry) check() error {
	switch {
	case e.SFI < 1 || e.SFI > SFIMax:
		return fmt.Errorf("SFI %d, want 1 to %d: %w", e.SFI, SFIMax, ErrMalformed)
	case e.First < 1 || e.First > e.Last:
		return fmt.Errorf("records %d to %d: %w", e.First, e.Last, ErrMalformed)
	case int(e.ODACount) > e.Records():
		return fmt.Errorf("%d signed records of %d: %w", e.ODACount, e.Records(), ErrMalformed)
	}
	return nil
}

// Records returns how many records the entry names.
func (e AFLEntry) Records() int { return int(e.Last) - int(e.First) + 1 }

// Append appends the bytes of tag 94 to dst.
func (a AFL) Append(dst []byte) []byte {
	for _, e := range a {
		dst = append(dst, e.SFI<<3, e.First, e.Last, e.ODACount)
	}
	return dst
}
