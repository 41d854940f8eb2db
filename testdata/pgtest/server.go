package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/f510b0cf/till/testdata/need"
)

// Bounds of waiting.
const (
	startMax   = 60 * time.Second
	startPause = 20 * time.Millisecond
)

// superuser is the name of the database user who may do everything.
const superuser = "till"

// Server is one PostgreSQL server.
type Server struct {
	folder   string // of data, socket and log
	port     int
	programs string
	owner    *owner // nil is who runs the test
	log      lockedBuffer

	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// owner is the user as whom a server runs: it refuses to be root.
type owner struct{ uid, gid int }

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

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(programs(t))
	if err != nil {
		need.Fail(t, err.Error())
	}
	t.Cleanup(s.Remove)
	return s
}

// programs returns the folder of the newest PostgreSQL of this machine.
func programs(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		need.Fail(t, "PostgreSQL is missing: `make deps` installs it")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
	return filepath.Dir(newest)
}

// major returns the version in /usr/lib/postgresql/VERSION/bin/initdb.
func major(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// start makes a database in a folder of its own and serves it.
func start(programs string) (s *Server, err error) {
	if s, err = prepare(programs); err != nil {
		return nil, err
	}
	if err = s.fill(); err == nil {
		err = s.Run()
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// fill makes the files of a new server: the first one of a test binary by initdb, the
// others by a copy of what it had.
func (s *Server) fill() error {
	shared.lock.Lock()
	defer shared.lock.Unlock()
	if shared.template == nil {
		t, err := prepare(s.programs)
		if err != nil {
			return err
		}
		if _, err := t.do("initdb", "-D", t.Data(), "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "--wal-segsize=4"); err != nil {
			t.Remove()
			return err
		}
		shared.template = t
	}
	copied := exec.Command("cp", "-a", shared.template.Data(), s.Data())
	copied.SysProcAttr = attributes(s.owner)
	if text, err := copied.CombinedOutput(); err != nil {
		return fmt.Errorf("copy files of PostgreSQL: %w: %s", err, text)
	}
	return nil
}

// prepare makes the folder of a server and picks its port.
func prepare(programs string) (s *Server, err error) {
	s = &Server{programs: programs}
	if s.folder, err = os.MkdirTemp("", "till-pg-"); err != nil { // short: a socket lies below
		return nil, err
	}
	if os.Geteuid() == 0 {
		if s.owner, err = unprivileged(); err == nil {
			err = os.Chown(s.folder, s.owner.uid, s.owner.gid)
		}
	}
	if err == nil {
		s.port, err = freePort()
	}
	if err != nil {
		return nil, fmt.Errorf("prepare PostgreSQL: %w", err)
	}
	return s, nil
}

// unprivileged returns the user whom Debian has for PostgreSQL.
func unprivileged() (*owner, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return &owner{uid, gid}, err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Data returns the folder of the server's files.
func (s *Server) Data() string { return filepath.Join(s.folder, "data") }

// command returns a command that runs as the server's owner.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.programs, program), args...)
	c.Dir = s.folder
	c.SysProcAttr = attributes(s.owner)
	return c
}

// do runs a program of PostgreSQL to its end.
func (s *Server) do(program string, args ...string) (out string, err error) {
	text, err := s.command(program, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run %s: %w: %s", program, err, text)
	}
	return string(text), nil
}

// Run starts the server, after Kill too, and waits until it takes connections.
func (s *Server) Run() error {
	s.process = s.command("postgres", "-D", s.Data(), "-p", strconv.Itoa(s.port), "-k", s.folder,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-c", "max_connections=200",
		"-c", "wal_level=replica", "-c", "max_wal_senders=4", "-c", "hot_standby=on", "-c", "log_min_messages=warning")
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended, process := make(chan struct{}), s.process
	s.ended = ended
	go func() { _ = process.Wait(); close(ended) }()
	for deadline := time.Now().Add(startMax); ; time.Sleep(startPause) {
		if _, err := s.do("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", superuser, "-d", "postgres"); err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("start PostgreSQL: it has ended: %s", s.log.String())
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("start PostgreSQL: it is not ready after %v: %s", startMax, s.log.String())
		}
	}
}

// Kill ends the server and all its processes with SIGKILL, as a loss of power does.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	kill(s.process.Process.Pid)
	<-s.ended
	s.process = nil
}

// Remove ends the server and removes its folder.
func (s *Server) Remove() {
	s.Kill()
	_ = os.RemoveAll(s.folder)
}

// Address returns where the server listens, as host:port.
func (s *Server) Address() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// URL returns the connection string of the server.
func (s *Server) URL() string { return URL(s.Address()) }

// URL returns the connection string of servers at these addresses, the first that can
// be written to.
func URL(addresses ...string) string {
	return "postgres://" + superuser + "@" + strings.Join(addresses, ",") + "/postgres?target_session_attrs=read-write"
}

// SQL runs statements and returns what they print.
func (s *Server) SQL(ctx context.Context, statements string) (string, error) {
	c := s.command("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", superuser, "-d", "postgres", "-c", statements)
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	defer stop()
	text, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("run SQL: %w: %s", err, text)
	}
	return strings.TrimSpace(string(text)), nil
}

// Dump returns what pg_dump writes of the database, with large values in hexadecimal
// digits.
func (s *Server) Dump() (string, error) {
	return s.do("pg_dump", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", superuser, "postgres")
}
