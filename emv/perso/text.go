package perso

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// The types of this file are values of a profile. Each reads its characters as
// they stand in the text, so that digits without quotes keep their zeros, and
// each error names the line and what to write there; none quotes the text, which
// may be a PIN or a key.
type (
	bytesText      []byte
	digitsText     string
	byteText       byte
	dateText       struct{ emv.Date }
	monthText      struct{ account.Expiry }
	psnText        struct{ account.SequenceNumber }
	panText        struct{ account.PAN }
	pinText        struct{ pin.PIN }
	keyText        struct{ secret.Key }
	optionText     struct{ cryptogram.Option }
	methodText     string
	tagText        struct{ emv.Tag }
	dolText        []byte
	aipText        struct{ emv.AIP }
	aucText        struct{ emv.AUC }
	actionCodeText struct{ emv.ActionCode }
)

// wrong is an error about a value, in its line.
func wrong(n *yaml.Node, want string) error { return fmt.Errorf("line %d: want %s", n.Line, want) }

// read parses the characters of a scalar.
func read[T any](into *T, n *yaml.Node, want string, parse func(s string) (T, error)) error {
	if n.Kind != yaml.ScalarNode {
		return wrong(n, want)
	}
	v, err := parse(n.Value)
	if err != nil {
		return wrong(n, want)
	}
	*into = v
	return nil
}

// errUnreadable is a value that is not what it should be; read says what that is.
var errUnreadable = errors.New("unreadable")

// parseHex reads hexadecimal digits, with spaces and line breaks between them.
func parseHex(s string) ([]byte, error) { return hex.DecodeString(strings.Join(strings.Fields(s), "")) }

// UnmarshalYAML reads hexadecimal digits.
func (t *bytesText) UnmarshalYAML(n *yaml.Node) error {
	return read((*[]byte)(t), n, "bytes as pairs of hexadecimal digits", parseHex)
}

// UnmarshalYAML reads decimal digits.
func (t *digitsText) UnmarshalYAML(n *yaml.Node) error {
	return read((*string)(t), n, "decimal digits", func(s string) (string, error) {
		if s == "" || strings.Trim(s, "0123456789") != "" {
			return "", errUnreadable
		}
		return s, nil
	})
}

// UnmarshalYAML reads one byte.
func (t *byteText) UnmarshalYAML(n *yaml.Node) error {
	return read((*byte)(t), n, "two hexadecimal digits, as in \"01\"", func(s string) (byte, error) {
		b, err := parseHex(s)
		if err != nil || len(b) != 1 {
			return 0, errUnreadable
		}
		return b[0], nil
	})
}

// The methods of offline data authentication.
const (
	methodNone methodText = "none"
	methodSDA  methodText = "sda"
	methodDDA  methodText = "dda"
	methodCDA  methodText = "cda"
)

// UnmarshalYAML reads the name of a method.
func (t *methodText) UnmarshalYAML(n *yaml.Node) error {
	return read(t, n, "none, sda, dda or cda", func(s string) (methodText, error) {
		if !slices.Contains([]methodText{methodNone, methodSDA, methodDDA, methodCDA}, methodText(s)) {
			return "", errUnreadable
		}
		return methodText(s), nil
	})
}

// UnmarshalYAML reads a tag.
func (t *tagText) UnmarshalYAML(n *yaml.Node) error {
	return read(&t.Tag, n, "a tag as hexadecimal digits, such as 9F08", emv.ParseTag)
}

// UnmarshalYAML reads the five bytes of an action code, or the names of bits of
// the TVR.
func (t *actionCodeText) UnmarshalYAML(n *yaml.Node) error {
	return readBits((*emv.TVR)(&t.ActionCode), n)
}
