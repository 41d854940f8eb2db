// Package pcscd gives a test a PC/SC daemon of its own, whose readers are those of
// the vpcd driver. Daemon and driver are Debian's; `make deps` installs them. The
// daemon has a folder of its own for its socket, by a mount that it alone sees, so
// tests of several packages run side by side, beside a daemon of the machine too.
// Where such a mount is not allowed, as in many containers, tests take turns with the
// folder of the machine, which has to be free.
package pcscd

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/f510b0cf/till/testdata/need"
)

// driver is where Debian has the vpcd driver.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// socketVariable names the environment variable with the daemon's socket, which the
// library reads once in a process.
const socketVariable = "PCSCLITE_CSOCK_NAME"

// reader is the name that the readers begin with; the daemon adds numbers.
const reader = "till test"

// The readers of a Daemon, one for each slot of the driver.
const (
	Reader1 = reader + " 00 00"
	Reader2 = reader + " 00 01"
)

// Bounds of a start.
const (
	startMax   = 20 * time.Second
	startPause = 5 * time.Millisecond
	turnMax    = 8 * time.Minute
	portMin    = 20000 // below those that the system gives away
	portMax    = 30000
)

// Daemon is a PC/SC daemon with two readers.
type Daemon struct {
	t      testing.TB
	folder string
	shared bool // the machine's folder is used
	port   int
	dials  bool // the driver, in place of waiting for cards
	log    lockedBuffer

	process *exec.Cmd
}

// lockedBuffer is what a process writes while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Start starts a daemon and has this process, and those that it starts, use it. The
// readers wait for their cards at Address.
func Start(t testing.TB) *Daemon {
	t.Helper()
	d := newDaemon(t, false)
	d.Run()
	return d
}

// StartDialing is Start with readers that look for cards which listen at Address.
// Before that, insert has both cards listen: Debian's driver, version 3.3, ends the
// daemon where it dials a card that is not there.
func StartDialing(t testing.TB, insert func(d *Daemon)) *Daemon {
	t.Helper()
	d := newDaemon(t, true)
	insert(d)
	d.Run()
	return d
}

func newDaemon(t testing.TB, dials bool) *Daemon {
	t.Helper()
	need.Program(t, "pcscd")
	need.File(t, driver)
	d := &Daemon{t: t, dials: dials}
	// The library looks for the socket where it was at first, as long as the process
	// lives: the folder is the same each time.
	d.folder = filepath.Join(os.TempDir(), fmt.Sprintf("till-pcscd-%d", os.Getpid()))
	d.shared = exec.Command(unshare[0], append(unshare[1:], "true")...).Run() != nil
	if d.shared {
		d.takeTurn()
	}
	for _, folder := range []string{filepath.Join(d.folder, "conf"), filepath.Dir(d.socket())} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			need.Fail(t, "the PC/SC daemon has no place for its socket: "+err.Error()+": become root, or allow user namespaces")
		}
	}
	t.Cleanup(func() { os.RemoveAll(d.folder) })
	t.Setenv(socketVariable, d.socket())
	d.pickPort()
	t.Cleanup(d.Kill)
	return d
}

// unshare runs a command that sees mounts of its own.
var unshare = []string{"unshare", "--user", "--map-root-user", "--mount"}

// socket returns the path of the daemon's socket.
func (d *Daemon) socket() string {
	if d.shared {
		return "/run/pcscd/pcscd.comm"
	}
	return filepath.Join(d.folder, "run", "pcscd", "pcscd.comm")
}

// turnAddress is where the test listens whose turn it is with the machine's folder.
const turnAddress = "127.0.0.1:19998"

// takeTurn waits until no other test uses the machine's folder.
func (d *Daemon) takeTurn() {
	d.t.Helper()
	for end := time.Now().Add(turnMax); time.Now().Before(end); time.Sleep(100 * startPause) {
		l, err := net.Listen("tcp", turnAddress)
		if err != nil {
			continue
		}
		d.t.Cleanup(func() { l.Close() })
		if c, err := net.Dial("unix", d.socket()); err == nil {
			_ = c.Close()
			need.Fail(d.t, "a PC/SC daemon of the machine runs, and no other can: stop it, or allow user namespaces")
		}
		return
	}
	d.t.Fatal("start PC/SC daemon: other tests use the folder of the machine for too long")
}

// Address returns where the card of a slot, 0 or 1, meets the driver.
func (d *Daemon) Address(slot int) string { return fmt.Sprintf("127.0.0.1:%d", d.port+slot) }

// Log returns what the daemon has written.
func (d *Daemon) Log() string { return d.log.String() }

// pickPort finds two ports that are free, one behind the other.
func (d *Daemon) pickPort() {
	d.t.Helper()
	for try := range portMax - portMin {
		d.port = portMin + (os.Getpid()*64+try*2)%(portMax-portMin)
		if free(d.port) && free(d.port+1) {
			return
		}
	}
	d.t.Fatal("start PC/SC daemon: no two ports are free")
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// Run starts the daemon, again after Kill, and returns when it serves.
func (d *Daemon) Run() {
	d.t.Helper()
	device := "/dev/null"
	if d.dials {
		device = "127.0.0.1"
	}
	conf := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME %s:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", reader, device, d.port, driver, d.port)
	if err := os.WriteFile(filepath.Join(d.folder, "conf", "vpcd"), []byte(conf), 0o644); err != nil {
		d.t.Fatalf("start PC/SC daemon: %v", err)
	}
	_ = os.Remove(d.socket())
	_ = os.Remove(filepath.Join(filepath.Dir(d.socket()), "pcscd.pid"))
	command := []string{"pcscd", "--foreground", "--config", filepath.Join(d.folder, "conf")}
	if !d.shared {
		mount := []string{"sh", "-c", `mount --bind "$0" /run && exec "$@"`, filepath.Join(d.folder, "run")}
		command = slices.Concat(unshare, mount, command)
	}
	d.process = exec.Command(command[0], command[1:]...)
	d.process.Stdout, d.process.Stderr = &d.log, &d.log
	if err := d.process.Start(); err != nil {
		d.t.Fatalf("start PC/SC daemon: %v", err)
	}
	d.awaitReady()
}

// awaitReady waits until the daemon has its socket and the driver its ports.
func (d *Daemon) awaitReady() {
	d.t.Helper()
	for end := time.Now().Add(startMax); time.Now().Before(end); time.Sleep(startPause) {
		c, err := net.Dial("unix", d.socket())
		if err != nil {
			continue
		}
		_ = c.Close()
		if d.dials || listening(d.t, d.port) && listening(d.t, d.port+1) {
			return
		}
	}
	d.Kill()
	need.Fail(d.t, "the PC/SC daemon does not start: "+strings.TrimSpace(d.Log()))
}

// listening reports whether somebody listens at a port. It asks the system, since a
// connection would be a card, and a listener could come in the driver's way.
func listening(t testing.TB, port int) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatalf("start PC/SC daemon: %v", err)
	}
	return strings.Contains(string(table), fmt.Sprintf(":%04X 00000000:0000 0A", port))
}

// Kill ends the daemon at once, with its readers.
func (d *Daemon) Kill() {
	if d.process == nil {
		return
	}
	_ = d.process.Process.Kill()
	_ = d.process.Wait()
	d.process = nil
}
