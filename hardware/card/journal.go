package card

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// journalBytesMax is how long a journal grows, in bytes. See the package comment.
const journalBytesMax = 64 << 20

// scanBufferBytes is what is read at once when a journal is opened.
const scanBufferBytes = 1 << 16

// errFull says that the memory takes no more records. Nothing was written.
var errFull = errors.New("card memory is full")

// journal is a sequence of records over a Medium. A record that append has
// returned for is durable; one that it has failed for is there as a whole or
// not at all when the journal is opened again.
type journal struct {
	medium Medium
	size   int64  // of the whole records
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
	j := &journal{medium: m}
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

// accept takes a record whose checksums are right.
func (j *journal) accept(rec record, visit func(record) error) error {
	wanted := stateRecord
	if j.next == 0 {
		wanted = imageRecord
	}
	if rec.sequence != j.next || rec.kind != wanted {
		return fmt.Errorf("out of sequence: %w", ErrDamaged)
	}
	j.next++
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

// append writes a record and returns when it is durable. After an error other
// than errFull the journal must be opened again.
func (j *journal) append(kind recordKind, payload []byte) error {
	if len(payload) > payloadBytesMax {
		return fmt.Errorf("write card memory: record of %d bytes, at most %d", len(payload), payloadBytesMax)
	}
	j.buffer = record{kind: kind, sequence: j.next, payload: payload}.append(j.buffer[:0])
	if j.size+int64(len(j.buffer)) > journalBytesMax {
		return fmt.Errorf("write card memory: %w", errFull)
	}
	if err := j.medium.Append(j.buffer); err != nil {
		return fmt.Errorf("write card memory: %w", err)
	}
	if err := j.medium.Sync(); err != nil {
		return fmt.Errorf("write card memory: %w", err)
	}
	j.size += int64(len(j.buffer))
	j.next++
	return nil
}
