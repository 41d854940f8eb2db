// Command release builds the archives of a release: till without cgo for each
// system, with the licence and the README, and a list of check sums. The same
// commit, built with the same Go, gives the same bytes.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// target is a system to build for.
type target struct{ system, architecture string }

var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"},
}

// programBytesMax bounds the size of the program, so that nobody makes it grow
// without noticing.
const programBytesMax = 24 << 20

// documents go into every archive.
var documents = []string{"LICENSE", "README.md"}

func main() {
	out := flag.String("out", "build/release", "folder for the archives")
	flag.Parse()
	if err := release(*out); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release builds every archive, and the list of check sums last.
func release(out string) error {
	version, err := git("describe", "--tags", "--always", "--dirty")
	if err != nil {
		return err
	}
	seconds, err := git("log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("read date of commit: %w", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var sums strings.Builder
	for _, t := range targets {
		name, content, err := t.archive(version, time.Unix(unix, 0).UTC())
		if err != nil {
			return fmt.Errorf("build for %s/%s: %w", t.system, t.architecture, err)
		}
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), name)
		fmt.Printf("%s  %.1f MB\n", filepath.Join(out, name), float64(len(content))/1e6)
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

func git(args ...string) (string, error) {
	output, err := exec.Command("git", args...).Output()
	if err != nil {
		return "", fmt.Errorf("run git %s: %w: a release is built from a repository", args[0], err)
	}
	return strings.TrimSpace(string(output)), nil
}

// archive returns an archive with the program and the documents in a folder, all of
// the date of the commit.
func (t target) archive(version string, date time.Time) (name string, content []byte, err error) {
	folder := strings.Join([]string{"till", version, t.system, t.architecture}, "-")
	program, err := t.build()
	if err != nil {
		return "", nil, err
	}
	binary := "till"
	if t.system == "windows" {
		binary += ".exe"
	}
	files := []file{{folder + "/" + binary, 0o755, program}}
	for _, d := range documents {
		text, err := os.ReadFile(d)
		if err != nil {
			return "", nil, err
		}
		files = append(files, file{folder + "/" + d, 0o644, text})
	}
	if t.system == "windows" {
		content, err = zipped(files, date)
		return folder + ".zip", content, err
	}
	content, err = tarred(files, date)
	return folder + ".tar.gz", content, err
}

// build returns the program. No path of the machine gets into it.
func (t target) build() ([]byte, error) {
	folder, err := os.MkdirTemp("", "till-release-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "till")
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w -buildid=", "-o", path, "./cmd/till")
	command.Env = append(os.Environ(), "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.architecture)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return nil, err
	}
	program, err := os.ReadFile(path)
	if err == nil && len(program) > programBytesMax {
		err = fmt.Errorf("the program has %d bytes, at most %d: find out why, or raise the bound", len(program), programBytesMax)
	}
	return program, err
}
