package voice

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/f510b0cf/till/emv/secret"
)

// bodyMax bounds the body of a request, in bytes, and paramsMax its parameters.
const (
	bodyMax   = 8192
	paramsMax = 64
)

// param is a parameter of a form. Both lie in the buffer that the form was read into,
// which is wiped: among the values are keys that were pressed.
type param struct{ name, value []byte }

// form are the parameters of a request, in the order of their names.
type form struct {
	secret.Opaque
	params []param
	buffer []byte
}

var errForm = errors.New("read form: it is too large, or not a form")

// readForm reads the form of a request. The caller wipes it.
func readForm(r *http.Request) (form, error) {
	f := form{buffer: make([]byte, bodyMax+1)}
	n, err := io.ReadFull(r.Body, f.buffer)
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		f.wipe()
		return form{}, errForm
	}
	for part := range bytes.SplitSeq(f.buffer[:n], []byte("&")) {
		name, value, _ := bytes.Cut(part, []byte("="))
		name, ok := unescape(name)
		value, okValue := unescape(value)
		if !ok || !okValue || len(f.params) == paramsMax {
			f.wipe()
			return form{}, errForm
		}
		f.params = append(f.params, param{name, value})
	}
	slices.SortStableFunc(f.params, func(a, b param) int {
		return cmp.Or(bytes.Compare(a.name, b.name), bytes.Compare(a.value, b.value))
	})
	return f, nil
}

func (f form) wipe() { secret.Wipe(f.buffer) }

// get returns the value of a parameter, nil where there is none.
func (f form) get(name string) []byte {
	for _, p := range f.params {
		if string(p.name) == name {
			return p.value
		}
	}
	return nil
}

// unescape decodes the form of query parts in place.
func unescape(b []byte) ([]byte, bool) {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '+':
			out = append(out, ' ')
		case b[i] != '%':
			out = append(out, b[i])
		case i+2 >= len(b):
			return nil, false
		default:
			high, ok := nibble(b[i+1])
			low, okLow := nibble(b[i+2])
			if !ok || !okLow {
				return nil, false
			}
			out = append(out, high<<4|low)
			i += 2
		}
	}
	return out, true
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
