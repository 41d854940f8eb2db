//go:build !pcsc || (!cgo && !windows)

package pcsc

// Built says whether the program can use PC/SC readers.
const Built = false

// system is the library of the machine.
func system() library { return notBuilt{} }

// notBuilt stands where there is no library.
type notBuilt struct{}

func (notBuilt) establish() (resources, error) { return nil, ErrNotBuilt }
