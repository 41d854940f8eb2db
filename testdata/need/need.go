// Package need lets a test name the system parts that it cannot do without. A
// part that is missing skips the test and is listed by `make test`; where the
// environment variable CI is "true" it fails the test instead.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// leftOutFile names the environment variable with the file to which the reasons
// for skipped tests are appended, one line each.
const leftOutFile = "TILL_LEFT_OUT"

// foreignFolder names the environment variable with the folder of recordings
// that may be read but not kept in this repository.
const foreignFolder = "TILL_FOREIGN"

// Program returns the path of a program, such as "openssl".
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Fail(t, "the program "+name+" is missing: `make deps` installs it")
	}
	return path
}

// Built returns the path of a file that `make deps` puts below build/, for a test in
// whatever folder.
func Built(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("look for a file: %v", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	path := filepath.Join(append([]string{dir, "build"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		Fail(t, "the file build/"+filepath.ToSlash(filepath.Join(elem...))+" is missing: `make deps` installs it")
	}
	return path
}

// File is Program for a file that a program needs.
func File(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		Fail(t, "the file "+path+" is missing: `make deps` installs it")
	}
}

// Fail ends a test whose part is not there, or does not work on this machine, in the
// way that the package comment tells.
func Fail(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	leaveOut(t, reason)
}

// Foreign returns the path of a file or folder of recordings below the folder
// that TILL_FOREIGN names. Where that is not set the test is left out, in CI
// too; where it is set and the file is not there, the test fails.
func Foreign(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv(foreignFolder)
	if root == "" {
		leaveOut(t, "recordings of others are not here: set "+foreignFolder+" to their folder")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is set, but: %v", foreignFolder, err)
	}
	return path
}

// leaveOut skips the test and notes why.
func leaveOut(t testing.TB, reason string) {
	t.Helper()
	if path := os.Getenv(leftOutFile); path != "" {
		note(t, path, t.Name()+": "+reason+"\n")
	}
	t.Skip(reason)
}

func note(t testing.TB, path, line string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatalf("note what was left out: %v", err)
	}
	if _, err := f.WriteString(line); err != nil {
		t.Fatalf("note what was left out: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatalf("note what was left out: %v", err)
	}
}
