package testdata

import "embed"

// Profiles holds card profiles, "profiles/NAME.yaml". docs/profiles.md has the
// format.
//
//go:embed profiles/*.yaml
var Profiles embed.FS
