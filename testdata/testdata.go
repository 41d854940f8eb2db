// Package testdata holds the text files that are part of the program: how
// terminals are set up and which test keys they trust. What only tests read lies
// in packages of its own below.
package testdata

import "embed"

// Terminals holds terminal profiles, "terminals/NAME.yaml", and the lists of CA
// public keys that they name, "capk/NAME.yaml". docs/checkout.md has the format.
//
//go:embed terminals/*.yaml capk/*.yaml
var Terminals embed.FS
