package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// SoftHSM2 makes tokens with those labels and the user PIN "5678", in a folder of the
// test's own, and returns the path of the library. It sets SOFTHSM2_CONF, so that no
// other test of the process may run beside.
func SoftHSM2(t testing.TB, labels ...string) (library string) {
	t.Helper()
	util := Program(t, "softhsm2-util")
	for _, place := range []string{"/usr/lib/softhsm", "/usr/lib/*/softhsm", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm"} {
		if found, _ := filepath.Glob(filepath.Join(place, "libsofthsm2.*")); len(found) > 0 {
			library = found[0]
			break
		}
	}
	if library == "" {
		Fail(t, "the library of SoftHSM2 is missing: `make deps` installs it")
	}
	dir := t.TempDir()
	tokens, config := filepath.Join(dir, "tokens"), filepath.Join(dir, "softhsm2.conf")
	if err := os.Mkdir(tokens, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("directories.tokendir = "+tokens+"\nlog.level = ERROR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", config)
	for _, label := range labels {
		if out, err := exec.Command(util, "--init-token", "--free", "--label", label, "--so-pin", "1234", "--pin", "5678").CombinedOutput(); err != nil {
			t.Fatalf("make token: %v: %s", err, out)
		}
	}
	return library
}
