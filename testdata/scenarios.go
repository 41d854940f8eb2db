package testdata

import "embed"

// Scenarios holds scenario files, "scenarios/NAME.till", what they include, and the
// card and terminal profiles that they use. docs/bench.md has the format.
//
//go:embed scenarios
var Scenarios embed.FS
