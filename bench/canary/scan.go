package canary

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Scan is what came of looking through files.
type Scan struct {
	Files int
	Bytes int
	Found []string // each as "file: name: form"
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
		for _, trace := range s.Traces(content) {
			scan.Found = append(scan.Found, entry.Name()+": "+trace)
		}
		return err
	})
	slices.Sort(scan.Found)
	return scan, err
}
