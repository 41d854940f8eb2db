package need

import (
	"os"
	"testing"
)

// nightly names the environment variable that makes long walks of tests that are
// short without it. `make nightly` sets it to 1.
const nightly = "TILL_NIGHTLY"

// Nightly returns how often a test does something: as often as its author wants it
// in a night, where TILL_NIGHTLY is 1, and less with -short or in an ordinary run.
func Nightly(t testing.TB, short, ordinary, night int) int {
	t.Helper()
	switch value := os.Getenv(nightly); {
	case value == "1":
		return night
	case value != "" && value != "0":
		t.Fatalf("%s is %q: set it to 1 for the long walks, or to nothing", nightly, value)
	case testing.Short():
		return short
	}
	return ordinary
}
