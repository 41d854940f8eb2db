package vpcd

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// quickAck has the system acknowledge what comes next without delay. Where that
// fails, answers are only slower.
func quickAck(c net.Conn) {
	raw, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return
	}
	_ = control.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1)
	})
}
