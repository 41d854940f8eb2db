//go:build !linux

package need

import "testing"

// Tmpfs leaves the test out: other systems mount in other ways.
func Tmpfs(t testing.TB, _ string) (dir string, readOnly func()) {
	t.Helper()
	leaveOut(t, "a small file system is mounted on Linux alone")
	return "", func() {}
}
