package profile

import (
	"errors"
	"fmt"
	"io"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
)

// keyLists collects the keys of several lists.
type keyLists struct{ keys []oda.CAPublicKey }

// reader reads a list of names of lists and opens each.
func (l *keyLists) reader(open opener) reader {
	return func(n *yaml.Node) error {
		return readList(n, func(item *yaml.Node) error {
			name, err := readText(item)
			if err != nil {
				return err
			}
			files, err := open(name)
			if err != nil {
				return fmt.Errorf("%.40q: %w", name, err)
			}
			defer closeAll(files)
			if err := l.load(files); err != nil { // its line is one of the list
				return &lineError{item.Line, err}
			}
			return nil
		})
	}
}

func (l *keyLists) load(files []listFile) error {
	for _, f := range files {
		keys, err := LoadCAPublicKeys(f)
		if err != nil {
			return fmt.Errorf("%.200q: %w", f.name, err)
		}
		l.keys = append(l.keys, keys...)
	}
	return nil
}

// LoadCAPublicKeysFrom reads the list of CA public keys in a file, or the lists in
// all files of a folder that end in .yaml.
func LoadCAPublicKeysFrom(path string) (oda.CAPublicKeys, error) {
	files, err := openPath(path, path)
	if err != nil {
		return oda.CAPublicKeys{}, fmt.Errorf("load CA public keys: %s: %w", path, err)
	}
	defer closeAll(files)
	var lists keyLists
	if err := lists.load(files); err != nil {
		return oda.CAPublicKeys{}, err
	}
	return lists.set()
}

func (l *keyLists) set() (oda.CAPublicKeys, error) {
	set, err := oda.NewCAPublicKeys(l.keys...)
	if err != nil {
		return oda.CAPublicKeys{}, fmt.Errorf("ca_public_keys: %w", err)
	}
	return set, nil
}

// LoadCAPublicKeys reads a list of CA public keys in YAML. A key whose published
// check sum differs is refused; whether one has expired is for the kernel to
// see. The error says in which line something is wrong, and what to write
// instead.
func LoadCAPublicKeys(r io.Reader) ([]oda.CAPublicKey, error) {
	root, err := document(r)
	if err != nil {
		return nil, fmt.Errorf("load CA public keys: %w", err)
	}
	var keys []oda.CAPublicKey
	err = readList(root, func(item *yaml.Node) error {
		key, err := readCAPublicKey(item)
		keys = append(keys, key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load CA public keys: %w", atLine(root, "", err))
	}
	return keys, nil
}

// Bounds of a key. EMV Book 2, B2.1, for modulus and exponent.
const (
	keyNoteMax       = 200 // characters
	modulusBytesMax  = 248
	exponentBytesMax = 3
)

func readCAPublicKey(n *yaml.Node) (oda.CAPublicKey, error) {
	var key oda.CAPublicKey
	var rid, index, modulus, exponent, sum []byte
	var kind, note string
	err := readMapping(n,
		required("rid", hexadecimal(&rid, len(key.RID), len(key.RID))),
		required("index", hexadecimal(&index, 1, 1)),
		required("kind", text(&kind, 1, keyNoteMax)),
		optional("note", text(&note, 0, keyNoteMax)),
		optional("expires", month(&key.Expiry)),
		required("modulus", hexadecimal(&modulus, 1, modulusBytesMax)),
		required("exponent", hexadecimal(&exponent, 1, exponentBytesMax)),
		required("sha1", hexadecimal(&sum, len(oda.Hash{}), len(oda.Hash{}))),
	)
	if err != nil {
		return oda.CAPublicKey{}, err
	}
	if kind != kindTest && kind != kindLive {
		return oda.CAPublicKey{}, fmt.Errorf("kind: want %s or %s", kindTest, kindLive)
	}
	key.RID, key.Index = oda.RID(rid), index[0]
	if key.Key, err = oda.NewPublicKey(modulus, exponent); err != nil {
		return oda.CAPublicKey{}, err
	}
	return key, key.Verify(oda.Hash(sum))
}

// The kinds of keys: those that sign cards for tests, and those that sign cards
// in circulation.
const (
	kindTest = "test"
	kindLive = "live"
)

// month reads the last month in which a key is used, such as 2030-12.
func month(into *account.Expiry) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil {
			return err
		}
		t, err := time.Parse("2006-01", s)
		if err != nil {
			return errors.New("want a month such as 2030-12")
		}
		*into = account.Expiry{Year: t.Year(), Month: t.Month()}
		return nil
	}
}
