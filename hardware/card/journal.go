package card

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
)

// journalBytesMax is how long a journal grows, in bytes, before the image and the
// latest state take the place of all of it.
const journalBytesMax = 256 << 10

// scanBufferBytes is what is read at once when a journal is opened.
const scanBufferBytes = 1 << 16

// journal is a sequence of records over a Medium: the image, and states behind
// it. A record that write has returned for is durable; one that it has failed
// for is there as a whole or not at all when the journal is opened again.
type journal struct {
	medium Medium
	image  []byte // payload of the first record
	size   int64  // of the whole records
	most   int64  // size from which on it is compacted
	torn   bool   // bytes of an unfinished record lie behind them
	next   uint64 // sequence number of the next record
	buffer []byte
}

// openJournal reads a journal and calls visit for each record in order. It
// changes nothing, so that a journal that turns out to be of another card or key
// is left as it is: call repair before the first append.
func openJournal(m Medium, visit func(record) error) (*journal, error) {
	size, err := m.Size()
	if err != nil {
		return nil, fmt.Errorf("read card memory: %w", err)
	}
	j := &journal{medium: m, most: journalBytesMax}
	r := bufio.NewReaderSize(io.NewSectionReader(m, 0, size), scanBufferBytes)
	for j.size < size {
		rec, n, err := readRecord(r, size-j.size)
		if errors.Is(err, errTorn) {
			j.torn = true
			break
		}
		if err == nil {
			err = j.accept(rec, visit)
		}
		if err != nil {
			return nil, fmt.Errorf("read card memory: record %d at byte %d: %w", j.next, j.size, err)
		}
		j.size += n
	}
	return j, nil
}

// accept takes a record whose checksums are right. The first state has any
// number: a journal that was compacted begins with a later one.
func (j *journal) accept(rec record, visit func(record) error) error {
	wanted := stateRecord
	if j.next == 0 {
		wanted, j.image = imageRecord, rec.payload
	}
	first := j.next == 1 && rec.sequence > 0 && rec.sequence < math.MaxUint64
	if rec.kind != wanted || rec.sequence != j.next && !first {
		return fmt.Errorf("out of sequence: %w", ErrDamaged)
	}
	j.next = rec.sequence + 1
	return visit(rec)
}

// repair cuts a torn record off and makes durable what is left: it may have
// been written by a process that was killed before its sync.
func (j *journal) repair() error {
	if j.torn {
		if err := j.medium.Truncate(j.size); err != nil {
			return fmt.Errorf("repair card memory: %w", err)
		}
		j.torn = false
	}
	if err := j.medium.Sync(); err != nil {
		return fmt.Errorf("repair card memory: %w", err)
	}
	return nil
}

// write writes a state and returns when it is durable. A journal that is long
// enough is replaced by one of two records, image and state, in the same step.
// cut says where the power goes. After an error the journal must be opened
// again.
func (j *journal) write(payload []byte, cut func(Moment) bool) error {
	if len(payload) > payloadBytesMax {
		return fmt.Errorf("write card memory: record of %d bytes, at most %d", len(payload), payloadBytesMax)
	}
	if cut(Before) {
		return fmt.Errorf("write card memory: %w", ErrTorn)
	}
	r := record{kind: stateRecord, sequence: j.next, payload: payload}
	j.buffer = r.append(j.buffer[:0])
	var err error
	if j.size+int64(len(j.buffer)) > j.most {
		err = j.compact(r, cut)
	} else {
		err = j.append(cut)
	}
	if err == nil && cut(After) {
		err = ErrTorn
	}
	if err != nil {
		return fmt.Errorf("write card memory: %w", err)
	}
	j.next++
	return nil
}

// append appends the record in the buffer.
func (j *journal) append(cut func(Moment) bool) error {
	written := j.buffer
	torn := cut(Torn)
	if torn {
		written = written[:len(written)/2]
	}
	if err := j.medium.Append(written); err != nil {
		return err
	}
	if torn || cut(Unsynced) {
		return ErrTorn
	}
	if err := j.medium.Sync(); err != nil {
		return err
	}
	j.size += int64(len(written))
	return nil
}

// compact replaces the journal. What is torn before the replacement is whole
// has changed nothing.
func (j *journal) compact(r record, cut func(Moment) bool) error {
	if cut(Torn) || cut(Unsynced) {
		return ErrTorn
	}
	whole := r.append(record{kind: imageRecord, payload: j.image}.append(nil))
	if err := j.medium.Replace(whole); err != nil {
		return err
	}
	j.size = int64(len(whole))
	return nil
}
