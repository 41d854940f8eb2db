package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// STANMax is the highest systems trace audit number (DE 11, n 6). The lowest is 1.
const STANMax = 999999

// counterModulus keeps a transaction counter within the eight digits of tag 9F41.
const counterModulus = 1e8

// ErrSTANsUsed says that every systems trace audit number of the day was used.
var ErrSTANsUsed = errors.New("every systems trace audit number of the day was used")

// trace is where the systems trace audit numbers stand.
type trace struct {
	day        [3]byte // YYMMDD
	used, last uint32  // on that day, and at all
}

// traceBytes is the length of a trace in the journal.
const traceBytes = 3 + 4 + 4

// NextSTAN returns the next systems trace audit number, 1 to STANMax. Within a day
// none comes twice; the error wraps ErrSTANsUsed when there are no more.
func (tx *Tx) NextSTAN(day emv.Date) (uint32, error) {
	value, err := tx.get(bucketNumbers, keySTAN)
	if err != nil {
		return 0, err
	}
	t, err := parseTrace(value)
	if err != nil {
		return 0, err
	}
	if t.day != day.Bytes() {
		t.day, t.used = day.Bytes(), 0
	}
	if t.used == STANMax {
		return 0, fmt.Errorf("take systems trace audit number: %w", ErrSTANsUsed)
	}
	t.used, t.last = t.used+1, t.last%STANMax+1
	return t.last, tx.put(bucketNumbers, keySTAN, t.bytes())
}

func (t trace) bytes() []byte {
	b := append(make([]byte, 0, traceBytes), t.day[:]...)
	b = binary.BigEndian.AppendUint32(b, t.used)
	return binary.BigEndian.AppendUint32(b, t.last)
}

func parseTrace(v secret.Value) (t trace, err error) {
	if v.IsZero() {
		return t, nil
	}
	v.Open(func(b []byte) {
		if len(b) != traceBytes {
			err = fmt.Errorf("read journal: trace of %d bytes: %w", len(b), emv.ErrMalformed)
			return
		}
		t = trace{[3]byte(b), binary.BigEndian.Uint32(b[3:]), binary.BigEndian.Uint32(b[7:])}
	})
	return t, err
}

// NextCounter returns the next transaction counter of the terminal, 1 to
// 99999999, after which it starts over. EMV Book 3, Annex A, tag 9F41.
func (tx *Tx) NextCounter() (uint32, error) {
	value, err := tx.get(bucketNumbers, keyCounter)
	if err != nil {
		return 0, err
	}
	var counter uint32
	value.Open(func(b []byte) {
		if len(b) == 4 {
			counter = binary.BigEndian.Uint32(b)
		}
	})
	counter = counter%(counterModulus-1) + 1
	return counter, tx.put(bucketNumbers, keyCounter, binary.BigEndian.AppendUint32(nil, counter))
}

// NextCounter is Tx.NextCounter in an Update of its own.
func (j *Journal) NextCounter() (counter uint32, err error) {
	err = j.Update(func(tx *Tx) error {
		counter, err = tx.NextCounter()
		return err
	})
	return counter, err
}
