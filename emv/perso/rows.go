package perso

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/script"
)

// checkRow checks that a profile names a row of a table.
func checkRow(field, name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("%s: want one of %s", field, strings.Join(names, ", "))
}

func cryptogramNames() []string {
	var names []string
	for _, p := range cryptogram.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func scriptNames() []string {
	names := []string{image.NoScripts}
	for _, s := range script.Styles() {
		names = append(names, s.Name)
	}
	return names
}
