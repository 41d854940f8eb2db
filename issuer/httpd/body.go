package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
)

// bodyMax bounds the body of a request, in bytes.
const bodyMax = 4096

// hidden is a member of a body that must not be printed: a PIN or a password.
type hidden struct{ secret.Value }

// UnmarshalJSON reads a JSON string.
func (h *hidden) UnmarshalJSON(b []byte) error {
	inner, isString := bytes.CutPrefix(b, []byte(`"`))
	if !isString {
		return errBody
	}
	if inner = bytes.TrimSuffix(inner, []byte(`"`)); !bytes.Contains(inner, []byte(`\`)) {
		h.Value = secret.New(inner)
		return nil
	}
	var text string // with escapes; the copy stays on the heap until it is collected
	if err := json.Unmarshal(b, &text); err != nil {
		return errBody
	}
	h.Value = secret.New([]byte(text))
	return nil
}

// readBody reads the one JSON object of a request into v and wipes the bytes.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errType
	}
	body := make([]byte, 0, bodyMax+1) // of its full size at once, so that no copy is left behind
	defer func() { secret.Wipe(body[:cap(body)]) }()
	body, err := readInto(body, http.MaxBytesReader(w, r.Body, bodyMax))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errLarge
	case err != nil:
		return errBody
	}
	if err := json.Unmarshal(body, v); err != nil { // unlike a Decoder it makes no copy
		return errBody // its own error may quote the body
	}
	return nil
}

// readInto fills the capacity of b.
func readInto(b []byte, r io.Reader) ([]byte, error) {
	n, err := io.ReadFull(r, b[:cap(b)])
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}
