package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Colours reports whether w is a terminal whose user has nothing against colours:
// NO_COLOR (https://no-color.org) is not set, and the terminal is not a dumb one.
func Colours(w io.Writer) bool {
	if r, ok := w.(results); ok {
		w = r.w
	}
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
