// Package pcscd gives a test a PC/SC daemon of its own, whose readers are those of
// the vpcd driver. Daemon and driver are Debian's; `make deps` installs them. The
// daemon has a folder of its own for its socket, by a mount that it alone sees, so
// tests of several packages run side by side, beside a daemon of the machine too.
package pcscd

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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
	portMin    = 20000 // below those that the system gives away
	portMax    = 30000
)

// Daemon is a PC/SC daemon with two readers.
type Daemon struct {
	t      testing.TB
	folder string
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
	need.Program(t, "unshare")
	need.File(t, driver)
	d := &Daemon{t: t, folder: Folder(), dials: dials}
	for _, sub := range []string{"conf", "run/pcscd"} {
		if err := os.MkdirAll(filepath.Join(d.folder, sub), 0o755); err != nil {
			t.Fatalf("start PC/SC daemon: %v", err)
		}
	}
	t.Cleanup(func() { os.RemoveAll(d.folder) })
	t.Setenv(socketVariable, d.socket())
	d.pickPort()
	t.Cleanup(d.Kill)
	return d
}

// Folder returns the folder of this process's daemon, the same each time: the library
// looks for the socket there as long as the process lives.
func Folder() string { return filepath.Join(os.TempDir(), fmt.Sprintf("till-pcscd-%d", os.Getpid())) }

func (d *Daemon) socket() string { return filepath.Join(d.folder, "run", "pcscd", "pcscd.comm") }

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
	script := `mount --bind "$1/run" /run && exec pcscd --foreground --config "$1/conf"`
	arguments := []string{"--mount", "sh", "-c", script, "sh", d.folder}
	if os.Getuid() != 0 {
		arguments = append([]string{"--user", "--map-root-user"}, arguments...)
	}
	d.process = exec.Command("unshare", arguments...)
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
		if d.dials || !free(d.port) && !free(d.port+1) {
			return
		}
	}
	d.Kill()
	need.Fail(d.t, "the PC/SC daemon does not start: "+strings.TrimSpace(d.Log()))
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
