package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/f510b0cf/till/emv/secret"
)

// Memory is what a journal lies on in a simulation, in place of a file: it outlasts
// the journals that are opened on it, one after the other. The zero Memory is empty.
type Memory struct {
	// Commit is handed every change before it is made: it calls apply to make it, and
	// returns nil, or an error in place of that. Nil makes every change.
	Commit func(apply func()) error

	mu      sync.RWMutex
	buckets map[string]rows // never altered: a change makes new ones
}

// rows are those of a bucket.
type rows struct {
	sequence uint64
	values   map[string][]byte
}

// WriteTo writes all keys and values, for scans of what a terminal has written.
func (m *Memory) WriteTo(w io.Writer) (n int64, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(m.buckets)) {
		values := m.buckets[name].values
		for _, key := range slices.Sorted(maps.Keys(values)) {
			written, err := fmt.Fprintf(w, "%s %s %s\n", name, key, values[key])
			n += int64(written)
			if err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// OpenMemory opens the journal of a Memory, or makes a new one in it. key and
// errors are as for Open.
func OpenMemory(m *Memory, c Config) (*Journal, error) {
	if c.Path != "" || c.Key.Algorithm() != secret.AES {
		return nil, errors.New("open journal: Config wants an AES Key, and no Path beside a Memory")
	}
	return start(m, c)
}

// update works on a copy, which takes the place of what was there.
func (m *Memory) update(use func(buckets) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &memoryBuckets{all: maps.Clone(m.buckets), own: map[string]bool{}}
	if w.all == nil {
		w.all = map[string]rows{}
	}
	if err := use(w); err != nil || len(w.own) == 0 {
		return err
	}
	apply := func() { m.buckets = w.all }
	if m.Commit != nil {
		return m.Commit(apply)
	}
	apply()
	return nil
}

func (m *Memory) view(use func(buckets) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return use(&memoryBuckets{all: m.buckets})
}

func (m *Memory) close() error { return nil }

// memoryBuckets are those of a Memory within update or view.
type memoryBuckets struct {
	all map[string]rows
	own map[string]bool // that were copied to be changed; nil where nothing may be
}

func (b *memoryBuckets) bucket(name []byte) bucket {
	if _, ok := b.all[string(name)]; !ok {
		return nil
	}
	return &memoryBucket{b, string(name)}
}

func (b *memoryBuckets) create(name []byte) error {
	if _, ok := b.all[string(name)]; ok {
		return errors.New("bucket is there already")
	}
	b.all[string(name)] = rows{values: map[string][]byte{}}
	b.own[string(name)] = true
	return nil
}

// change returns the rows of a bucket, to be changed and put back.
func (b *memoryBuckets) change(name string) (rows, error) {
	if b.own == nil {
		return rows{}, bolterrors.ErrTxNotWritable
	}
	r := b.all[name]
	if !b.own[name] {
		r.values = maps.Clone(r.values)
		b.own[name] = true
	}
	return r, nil
}

type memoryBucket struct {
	in   *memoryBuckets
	name string
}

// Get returns the value of a row, nil where there is none.
func (b *memoryBucket) Get(key []byte) []byte { return b.in.all[b.name].values[string(key)] }

// Put sets the value of a row.
func (b *memoryBucket) Put(key, value []byte) error {
	r, err := b.in.change(b.name)
	if err == nil {
		r.values[string(key)] = bytes.Clone(value)
		b.in.all[b.name] = r
	}
	return err
}

// Delete removes a row. One that is not there is gone.
func (b *memoryBucket) Delete(key []byte) error {
	r, err := b.in.change(b.name)
	if err == nil {
		delete(r.values, string(key))
		b.in.all[b.name] = r
	}
	return err
}

// NextSequence returns a number that rises with each call.
func (b *memoryBucket) NextSequence() (uint64, error) {
	r, err := b.in.change(b.name)
	if err == nil {
		r.sequence++
		b.in.all[b.name] = r
	}
	return r.sequence, err
}

// Sequence returns the number that NextSequence has given last.
func (b *memoryBucket) Sequence() uint64 { return b.in.all[b.name].sequence }

// ForEach calls use with each row, in the order of the keys.
func (b *memoryBucket) ForEach(use func(key, value []byte) error) error {
	values := b.in.all[b.name].values
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := use([]byte(key), values[key]); err != nil {
			return err
		}
	}
	return nil
}
