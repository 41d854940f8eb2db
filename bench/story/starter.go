package story

import "io/fs"

// Starter returns the text of a scenario file to begin with, which passes.
func Starter() string {
	text, err := fs.ReadFile(BuiltIn(), "starter"+Suffix)
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}
