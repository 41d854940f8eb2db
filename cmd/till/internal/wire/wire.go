// Package wire holds the options of the commands that speak ISO 8583: how messages
// look on the line, and how the line is protected.
package wire

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/f510b0cf/till/issuer/message"
)

// Look is how messages look on the line.
type Look struct {
	Dialect string `default:"iso93" placeholder:"NAME|FILE" help:"Dialect of ISO 8583: iso93, iso93-aes, agns93, iso87, or a file, see docs/messages.md. Both ends must speak the same. Default: iso93."`
	Framing string `placeholder:"NAME" help:"Length before each message: binary, binary-inclusive, ascii or bcd, each with +tpdu for a TPDU behind it. Default: that of the dialect."`
}

// Given reports whether something else than the default is asked for.
func (l Look) Given() bool { return l.Dialect != message.ISO93().Name() || l.Framing != "" }

// Open returns the dialect, and the framing where one is named.
func (l Look) Open() (*message.Dialect, *message.Framing, error) {
	d, err := Dialect(l.Dialect)
	if err != nil || l.Framing == "" {
		return d, nil, err
	}
	f, err := message.FramingNamed(l.Framing)
	if err != nil {
		return nil, nil, fmt.Errorf("--framing: want one of %s", strings.Join(message.FramingNames(), ", "))
	}
	return d, &f, nil
}

// Dialect returns a built-in dialect, or one that is read from a file.
func Dialect(name string) (*message.Dialect, error) {
	if slices.Contains(message.Names(), name) {
		return message.Named(name)
	}
	f, err := os.Open(name)
	if err != nil { // without the name, which may be something else that was typed there
		return nil, fmt.Errorf("--dialect: there is no such file, nor a dialect of that name: those are %s", strings.Join(message.Names(), ", "))
	}
	defer f.Close()
	d, err := message.Load(f)
	if err != nil {
		return nil, fmt.Errorf("--dialect: %w", err)
	}
	return d, nil
}
