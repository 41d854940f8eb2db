package secret

import (
	"fmt"
	"io"
)

// Opaque is embedded in a struct that holds secrets, so that the struct prints
// "[secret]" as a whole and no encoder writes it. It takes no memory; put it
// first.
type Opaque struct{}

// Format prints "[secret]" for every verb of package fmt.
func (Opaque) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[secret]"; it serves encoding/json and encoding/xml.
func (Opaque) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode refuses: a secret leaves the program sealed or not at all.
func (Opaque) GobEncode() ([]byte, error) { return nil, errNotEncodable }
