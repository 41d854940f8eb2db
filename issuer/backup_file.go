package issuer

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/durable"
)

// A backup is one file that has all of a data directory, and nothing that is not
// sealed there: a line that names it, the length of the key file in four bytes, the
// key file, the store's file, and the SHA-256 of all that. The last shows a copy
// that was cut off or is damaged; it keeps nobody from making another.
const (
	backupName    = "till issuer backup "
	backupMagic   = backupName + "1\n"
	backupKeysMax = 1<<20 + 4<<10 // bytes; the largest key file is smaller
	backupHead    = len(backupMagic) + 4
	backupMode    = 0o600
)

// The errors of backup files.
var (
	ErrNoBackup   = errors.New("it is no backup of an issuer")
	ErrTornBackup = errors.New("the backup is damaged or not whole: use another copy of it")
)

// packBackup writes a backup of a key file and of what the store writes.
func packBackup(w io.Writer, keys []byte, store func(io.Writer) error) error {
	sum := sha256.New()
	both := io.MultiWriter(w, sum)
	head := binary.BigEndian.AppendUint32([]byte(backupMagic), uint32(len(keys)))
	if _, err := both.Write(append(head, keys...)); err != nil {
		return err
	}
	if err := store(both); err != nil {
		return err
	}
	_, err := w.Write(sum.Sum(nil))
	return err
}

// unpackBackup reads a backup and writes its two parts. What it wrote is worth
// nothing where it returns an error, which wraps ErrNoBackup or ErrTornBackup where
// the file is to blame.
func unpackBackup(f *os.File, keys, store io.Writer) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := checkBackupName(f, info.Size()); err != nil {
		return err
	}
	sum := sha256.New()
	head := make([]byte, backupHead)
	if _, err := f.ReadAt(head, 0); err != nil {
		return torn(err)
	}
	sum.Write(head)
	keysLength := int64(binary.BigEndian.Uint32(head[len(backupMagic):]))
	storeLength := info.Size() - int64(backupHead) - keysLength - sha256.Size
	if keysLength > backupKeysMax || storeLength < 0 {
		return ErrTornBackup
	}
	parts := io.NewSectionReader(f, int64(backupHead), keysLength+storeLength)
	if _, err := io.CopyN(io.MultiWriter(keys, sum), parts, keysLength); err != nil {
		return torn(err)
	}
	if _, err := io.CopyN(io.MultiWriter(store, sum), parts, storeLength); err != nil {
		return torn(err)
	}
	want := make([]byte, sha256.Size)
	if _, err := f.ReadAt(want, info.Size()-sha256.Size); err != nil {
		return torn(err)
	}
	if subtle.ConstantTimeCompare(want, sum.Sum(nil)) != 1 {
		return ErrTornBackup
	}
	return nil
}

// checkBackupName refuses what is no backup, or one of another version.
func checkBackupName(f *os.File, size int64) error {
	start := make([]byte, min(size, int64(len(backupMagic))))
	if _, err := f.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case string(start) == backupMagic:
		return nil
	case len(start) > 0 && bytes.HasPrefix([]byte(backupMagic), start):
		return ErrTornBackup
	case bytes.HasPrefix(start, []byte(backupName)):
		return fmt.Errorf("%w: another version of till has made it", ErrNoBackup)
	}
	return ErrNoBackup
}

// torn is the error of a file that ends early.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTornBackup
	}
	return err
}

// SaveBackup makes a backup file, mode 0600, of what write writes. It is read back
// before it appears under its name, as a whole; the error wraps fs.ErrExist where
// something stands there.
func SaveBackup(path string, write func(io.Writer) error) (size int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("%w: %s: name another file, or remove it", fs.ErrExist, path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".till-backup-*") // mode 0600
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	if err = write(f); err == nil {
		err = unpackBackup(f, io.Discard, io.Discard)
	}
	size, seekErr := f.Seek(0, io.SeekEnd)
	if err = errors.Join(err, seekErr, f.Chmod(backupMode), f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	if err := os.Link(f.Name(), path); err != nil { // fails where there is one, unlike a rename
		return 0, err
	}
	return size, durable.Folder(filepath.Dir(path))
}
