package checkout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/terminal/profile"
)

// Profile returns the terminal's profile, with the CA public keys that are to be
// trusted.
func (c *Point) Profile() (profile.Profile, error) {
	p, err := loadTerminal(c.Terminal)
	if err != nil || c.CAPK == "" {
		return p, err
	}
	if p.CAPublicKeys, err = profile.LoadCAPublicKeysFrom(c.CAPK); err != nil {
		return profile.Profile{}, fmt.Errorf("--capk: %w", err)
	}
	return p, nil
}

// loadTerminal returns the built-in profile of a name, or that of a file.
func loadTerminal(nameOrFile string) (profile.Profile, error) {
	names := profile.Names()
	switch {
	case slices.Contains(names, nameOrFile):
		return profile.Named(nameOrFile)
	case !strings.ContainsAny(nameOrFile, `/\.`):
		return profile.Profile{}, fmt.Errorf("--terminal: there is no profile of that name: want %s, or the path of a file", strings.Join(names, ", "))
	}
	return profile.LoadFile(nameOrFile)
}
