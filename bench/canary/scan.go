package canary

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Scan is what came of looking through files.
type Scan struct {
	Files int
	Bytes int
	Found []string // each as "file: name: form"
	// Doubtful are short secrets in files that are no text: a leak, or ciphertext
	// that has these characters by chance. A leak comes up again where the same is
	// done under other keys.
	Doubtful []string
}

// Scan looks through the files of a directory, all below it included.
func (s *Set) Scan(dir string) (Scan, error) {
	var scan Scan
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		scan.Files, scan.Bytes = scan.Files+1, scan.Bytes+len(content)
		for _, trace := range s.long(content) {
			scan.Found = append(scan.Found, entry.Name()+": "+trace)
		}
		short := &scan.Doubtful
		if utf8.Valid(content) {
			short = &scan.Found
		}
		for _, trace := range s.short(content) {
			*short = append(*short, entry.Name()+": "+trace)
		}
		return err
	})
	slices.Sort(scan.Found)
	slices.Sort(scan.Doubtful)
	return scan, err
}
