// Package canary looks for secrets in what programs have written: files, logs and
// traces.
//
// A secret of at most four characters, such as a PIN, is looked for as characters
// that stand alone; its clear PIN blocks are looked for in every form. Any longer one
// is looked for as it is, in hexadecimal digits, in base64 at every offset, and,
// where it is decimal digits, in BCD. Four characters come up by chance in ciphertext,
// so that a Scan keeps those that it finds in files that are no text apart.
package canary

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
)

// Set is a set of secrets with names, which are shown where one is found. The zero
// Set is empty.
type Set struct {
	secret.Opaque
	named map[string]secret.Value
}

// Add adds a secret.
func (s *Set) Add(name string, clear []byte) {
	if s.named == nil {
		s.named = map[string]secret.Value{}
	}
	s.named[name] = secret.New(clear)
}

// AddKey adds a key.
func (s *Set) AddKey(name string, k secret.Key) {
	k.Open(func(raw []byte) { s.Add(name, raw) })
}

// AddPIN adds a PIN, and its clear blocks for an account.
func (s *Set) AddPIN(name string, p pin.PIN, pan account.PAN) error {
	p.Open(func(digits []byte) { s.Add(name, digits) })
	for _, f := range []pin.Format{pin.Format0, pin.Format2} {
		block, err := pin.Encode(f, p, pan, nil)
		if err != nil {
			return err
		}
		block.Open(func(clear []byte) { s.Add(fmt.Sprintf("block of %s in format %v", name, f), clear) })
	}
	return nil
}

// keyDigits are the keys in a file of keys.
var keyDigits = regexp.MustCompile(`[0-9a-f]{32,}`)

// AddIssuerKeys adds the keys of an issuer that was made with those of a seed.
func (s *Set) AddIssuerKeys(source random.Source) error {
	file, err := issuer.SeededKeys(source)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(file)
	defer secret.Wipe(text)
	if err != nil || !json.Valid(text) {
		return errors.Join(errors.New("read seeded keys: they are no JSON"), err)
	}
	for n, digits := range keyDigits.FindAll(text, -1) {
		raw, err := hex.AppendDecode(nil, digits)
		if err != nil {
			return err
		}
		s.Add(fmt.Sprintf("key %d of the issuer", n+1), raw)
	}
	return nil
}

// Len returns the number of secrets.
func (s *Set) Len() int { return len(s.named) }

// Each calls use with each secret, in no order.
func (s *Set) Each(use func(name string, clear []byte)) {
	for name, v := range s.named {
		v.Open(func(clear []byte) { use(name, clear) })
	}
}

// shortMax is the length of a secret that secret.Traces does not look for, in bytes:
// it comes up in ciphertext by chance.
const shortMax = 4

// Traces returns where secrets show in content, each as "name: form".
func (s *Set) Traces(content []byte) []string {
	found := append(s.long(content), s.short(content)...)
	slices.Sort(found)
	return found
}

// long returns the traces that chance does not make.
func (s *Set) long(content []byte) (found []string) {
	s.Each(func(name string, clear []byte) {
		for _, form := range secret.Traces(content, clear) {
			found = append(found, name+": "+form)
		}
	})
	return found
}

// short returns the traces of secrets of at most shortMax bytes.
func (s *Set) short(content []byte) (found []string) {
	s.Each(func(name string, clear []byte) {
		if len(clear) <= shortMax && standsAlone(content, clear) {
			found = append(found, name+": clear")
		}
	})
	return found
}

// standsAlone reports whether the characters are somewhere in content without a
// hexadecimal digit beside them.
func standsAlone(content, clear []byte) bool {
	for from := 0; ; {
		i := bytes.Index(content[from:], clear)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(clear)
		if !hexDigitAt(content, begin-1) && !hexDigitAt(content, end) {
			return true
		}
		from = begin + 1
	}
}

func hexDigitAt(content []byte, i int) bool {
	return i >= 0 && i < len(content) && bytes.IndexByte([]byte("0123456789abcdefABCDEF"), content[i]) >= 0
}
