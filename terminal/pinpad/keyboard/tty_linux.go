package keyboard

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// pollMilliseconds is how long a wait goes on without a look at its context.
const pollMilliseconds = 100

// hush takes the echo from a terminal, and returns what gives it back: with the line that
// is being typed dropped where it is not wanted any more.
func hush(fd int) (restore func(drop bool), err error) {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	quiet.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return nil, err
	}
	return func(drop bool) {
		request := uint(unix.TCSETS)
		if drop {
			request = unix.TCSETSF
		}
		_ = unix.IoctlSetTermios(fd, request, before)
	}, nil
}

// waitLine waits until a terminal has a line, or its end, to read. So nothing is left
// reading when a context ends, which would take the line that somebody else is asked for.
func waitLine(ctx context.Context, fd int) error {
	for ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, pollMilliseconds)
		switch {
		case n > 0:
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		}
	}
	return context.Cause(ctx)
}
