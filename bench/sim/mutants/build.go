package mutants

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tag is the build tag of a program with mistakes.
const Tag = "mutants"

// module begins the go.mod of the sources.
const module = "module github.com/f510b0cf/till\n"

// ErrNoSources says that the sources are not here.
var ErrNoSources = errors.New("the sources of till are not here: do this in a folder of their tree, with Go")

// Root returns the root of the sources that a folder is in.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(content), module) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", ErrNoSources
		}
	}
}

// Build builds the program with all mistakes from the sources at root, in the folder
// dir, and returns its path.
func Build(ctx context.Context, root, dir string) (program string, err error) {
	overlay, err := Overlay(root, dir)
	if err != nil {
		return "", err
	}
	program = filepath.Join(dir, "till-mutants")
	build := exec.CommandContext(ctx, "go", "build", "-tags", Tag, "-overlay", overlay, "-o", program, "./cmd/till")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with mistakes: %w: %s", err, out)
	}
	return program, nil
}
