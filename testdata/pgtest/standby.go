package pgtest

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

// standbyName is what the primary waits for.
const standbyName = "till_standby"

// Pair is a primary and its synchronous standby: what the primary has acknowledged,
// both have on their disks.
type Pair struct{ Primary, Standby *Server }

// StartPair starts a pair that ends with the test.
func StartPair(t testing.TB) *Pair {
	t.Helper()
	p := &Pair{Primary: Start(t)}
	var err error
	if p.Standby, err = p.Primary.standby(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Standby.Remove)
	if err := p.synchronise(t); err != nil {
		t.Fatal(err)
	}
	return p
}

// standby starts a standby of a server.
func (s *Server) standby() (*Server, error) {
	b, err := prepare(s.programs)
	if err != nil {
		return nil, err
	}
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=%s application_name=%s", s.port, superuser, standbyName)
	if _, err = b.do("pg_basebackup", "-D", b.Data(), "-d", from, "-R", "-X", "stream", "-c", "fast"); err == nil {
		err = b.Run()
	}
	if err != nil {
		b.Remove()
		return nil, err
	}
	return b, nil
}

// synchronise has the primary wait for the standby, once that follows it.
func (p *Pair) synchronise(t testing.TB) error {
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = '" + standbyName + "'", "SELECT pg_reload_conf()"} {
		if _, err := p.Primary.SQL(t.Context(), statement); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(startMax); ; time.Sleep(startPause) {
		state, err := p.Primary.SQL(t.Context(), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'")
		if err == nil && state == "1" {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the standby does not follow: %q, %w: %s", state, err, p.Standby.log.String())
		}
	}
}

// Promote makes the standby a primary.
func (p *Pair) Promote(t testing.TB) {
	t.Helper()
	if _, err := p.Standby.do("pg_ctl", "promote", "-w", "-t", strconv.Itoa(int(startMax/time.Second)), "-D", p.Standby.Data()); err != nil {
		t.Fatal(err)
	}
}

// URL returns the connection string that names both.
func (p *Pair) URL() string { return URL(p.Primary.Address(), p.Standby.Address()) }
