package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/f510b0cf/till/testdata/pgtest"
)

// TestDatabaseScripts plays the transcripts of testdata/database with a PostgreSQL, whose
// empty databases are $STORE, $OTHER and $THIRD.
func TestDatabaseScripts(t *testing.T) {
	server := pgtest.Start(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "database"), RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"keep": keep},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"STORE", "OTHER", "THIRD"} {
				env.Setenv(name, server.Schema(t))
			}
			config := fmt.Sprintf("store: %s\nhttp: 127.0.0.1:0\nlisten: 127.0.0.1:0\n", env.Getenv("STORE"))
			return os.WriteFile(filepath.Join(env.WorkDir, "two.yaml"), []byte(config), 0o600)
		},
	})
}
