//go:build !linux

package postgres

import "syscall"

// control leaves the bound for what was sent to the system.
func control(string, string, syscall.RawConn) error { return nil }
