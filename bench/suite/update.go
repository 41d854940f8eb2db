package suite

import (
	"errors"
	"fmt"
	"os"
)

// Update writes down, in their files, what scenarios came to: results has those of
// every row of a file. It returns the paths of the files that it changed. A file with
// a scenario that ended early stays as it was.
func Update(files []File, results []Result) (changed []string, err error) {
	var errs []error
	for _, f := range files {
		if f.Path == "" {
			continue
		}
		got, whole := map[string][][]string{}, true
		for _, r := range results {
			if r.File.File == f.File {
				got[r.Scenario.Row], whole = r.Results(), whole && r.Err == nil
			}
		}
		if !whole || len(got) < len(f.Scenarios) {
			continue
		}
		did, err := write(f, f.Updated(got))
		if did {
			changed = append(changed, f.Path)
		}
		errs = append(errs, err)
	}
	return changed, errors.Join(errs...)
}

// write writes a file where its text is another.
func write(f File, text string) (changed bool, err error) {
	was, err := os.ReadFile(f.Path)
	if err != nil {
		return false, fmt.Errorf("update scenario: %w", err)
	}
	if string(was) == text {
		return false, nil
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return false, fmt.Errorf("update scenario: %w", err)
	}
	if err := os.WriteFile(f.Path, []byte(text), info.Mode().Perm()); err != nil {
		return false, fmt.Errorf("update scenario: %w", err)
	}
	return true, nil
}
