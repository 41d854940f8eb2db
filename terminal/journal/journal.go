package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/f510b0cf/till/emv/durable"
	"github.com/f510b0cf/till/emv/secret"
)

// Config says where a journal lies and what it is sealed with.
type Config struct {
	Path string
	Key  secret.Key // AES; it is kept outside the folder of the file
	Rand io.Reader  // for nonces; nil is the system's generator
	// Wait is how long Open waits for another process that has the file; 0 is
	// one second.
	Wait time.Duration
	// Committed is called whenever Update has written something, before it returns: a
	// test takes the power off there. Nil is nobody.
	Committed func()
}

// ErrInUse says that another process has the journal open.
var ErrInUse = errors.New("another process has it open: end that one, or give this terminal a journal of its own")

// ErrDamaged says that a file is no journal any more: its end is missing, or its
// pages are not those of one.
var ErrDamaged = errors.New("it is damaged or not whole")

// waitDefault is how long Open waits for the file.
const waitDefault = time.Second

// fileMode lets the owner alone read the journal.
const fileMode = 0o600

// Journal is an open journal. It serves any number of goroutines.
type Journal struct {
	secret.Opaque
	medium    medium
	key       secret.Key
	rand      io.Reader
	committed func()
}

// Open opens the journal of that path or makes a new one. File and name are on the
// disk when it returns. The error wraps ErrInUse, ErrDamaged, ErrSchema or
// secret.ErrUnseal where that is why.
func Open(c Config) (*Journal, error) { return open(c, durable.Folder) }

// open is Open. It has the folder synchronised whether the file was there or not:
// who made it may have been killed before he came to that.
func open(c Config, syncFolder func(path string) error) (*Journal, error) {
	if c.Path == "" || c.Key.Algorithm() != secret.AES {
		return nil, errors.New("open journal: Config wants a Path and an AES Key")
	}
	if c.Wait == 0 {
		c.Wait = waitDefault
	}
	db, err := openFile(c)
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", c.Path, err)
	}
	j, err := start(newFile(db), c)
	if err == nil {
		err = syncFolder(filepath.Dir(c.Path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", c.Path, err), db.Close())
	}
	return j, nil
}

// start sets a journal up where the medium has none yet, and checks the one there.
func start(m medium, c Config) (*Journal, error) {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	j := &Journal{medium: m, key: c.Key, rand: c.Rand}
	err := j.Update(func(tx *Tx) error { return tx.checkSchema() })
	j.committed = c.Committed
	return j, err
}

// Update calls use once with the journal to read and change. Where use and Update
// return nil all changes are on the disk, else none is made. Updates come one
// after the other; use must not call the Journal.
func (j *Journal) Update(use func(*Tx) error) error {
	err := j.medium.update(func(b buckets) error { return use(&Tx{journal: j, buckets: b}) })
	if err == nil && j.committed != nil {
		j.committed()
	}
	return err
}

// View calls use with the journal to read, as the last Update left it.
func (j *Journal) View(use func(*Tx) error) error {
	return j.medium.view(func(b buckets) error { return use(&Tx{journal: j, buckets: b}) })
}

// Close ends the use of the file.
func (j *Journal) Close() error {
	if err := j.medium.close(); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
