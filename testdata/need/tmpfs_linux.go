package need

import (
	"os"
	"syscall"
	"testing"
)

// Tmpfs returns a folder with a file system of its own, of that many bytes, and a
// function that makes it read-only. Without the right to mount, the test is left out,
// in CI too.
func Tmpfs(t testing.TB, size string) (dir string, readOnly func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "till") // short: a socket may lie below
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		leaveOut(t, "a small file system can not be mounted here: run the test as root")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir, func() {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size="+size); err != nil {
			t.Fatalf("make read-only: %v", err)
		}
	}
}
