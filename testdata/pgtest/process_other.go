//go:build !linux

package pgtest

import (
	"os"
	"syscall"
)

// attributes is nothing: who runs the test runs the server, on Debian alone.
func attributes(*owner) *syscall.SysProcAttr { return nil }

// kill ends a server.
func kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
