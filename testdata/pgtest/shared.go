package pgtest

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/f510b0cf/till/testdata/need"
)

// shared is what the tests of a binary share.
var shared struct {
	once    sync.Once
	server  *Server
	err     error
	schemas atomic.Int64

	lock     sync.Mutex
	template *Server // never runs; new servers are copies of it
}

// Main runs the tests of a binary, and ends the server that they share: for TestMain.
func Main(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// Clean ends the server that the tests of a binary share, for a TestMain that does more
// than Main.
func Clean() {
	for _, s := range []*Server{shared.server, shared.template} {
		if s != nil {
			s.Remove()
		}
	}
}

// Shared returns the server of this test binary, which Main ends.
func Shared(t testing.TB) *Server {
	t.Helper()
	p := programs(t)
	shared.once.Do(func() { shared.server, shared.err = start(p) })
	if shared.err != nil {
		need.Fail(t, shared.err.Error())
	}
	return shared.server
}

// Schema makes an empty schema in the server of this test binary, and returns a
// connection string to it.
func Schema(t testing.TB) string {
	t.Helper()
	return Shared(t).Schema(t)
}

// Schema makes an empty schema and returns a connection string to it.
func (s *Server) Schema(t testing.TB) string {
	t.Helper()
	return InSchema(s.URL(), NewSchema(t, s))
}

// NewSchema makes an empty schema in a server and returns its name.
func NewSchema(t testing.TB, s *Server) string {
	t.Helper()
	name := fmt.Sprintf("s%d", shared.schemas.Add(1))
	if _, err := s.SQL(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return name
}

// InSchema returns the connection string of a schema, of one that URL returned.
func InSchema(base, schema string) string { return base + "&search_path=" + schema }
