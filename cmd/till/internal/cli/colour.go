package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Colours reports whether w is a terminal whose user has nothing against colours:
// NO_COLOR (https://no-color.org) is not set, and the terminal is not a dumb one.
func Colours(w io.Writer) bool {
	fd, ok := descriptor(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(fd)
}

// Width returns the width of a terminal in characters, 0 where w is none.
func Width(w io.Writer) int {
	fd, ok := descriptor(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(fd)
	if err != nil {
		return 0
	}
	return width
}

// descriptor returns the file descriptor of what may be a terminal.
func descriptor(w io.Writer) (fd int, ok bool) {
	if r, ok := w.(results); ok {
		w = r.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), true
}
