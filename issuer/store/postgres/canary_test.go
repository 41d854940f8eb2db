package postgres_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/store/storetest"
	"github.com/f510b0cf/till/testdata/pgtest"
)

// bytesOfDump are the values of a dump.
var bytesOfDump = regexp.MustCompile(`\\\\x([0-9a-f]+)`)

// TestNoSecretInTheDatabase looks in what pg_dump tells, as text and as the bytes that it
// stands for, and in the server's files.
func TestNoSecretInTheDatabase(t *testing.T) {
	server := pgtest.Start(t)
	s := open(t, server.Schema(t))
	storetest.Secrets(t, s, func() map[string][]byte {
		require.NoError(t, s.Check(context.Background()))
		require.NoError(t, s.Close())
		dump, err := server.Dump()
		require.NoError(t, err)
		var values []byte
		for _, match := range bytesOfDump.FindAllStringSubmatch(dump, -1) {
			raw, err := hex.DecodeString(match[1])
			require.NoError(t, err)
			values = append(append(values, raw...), '\n')
		}
		assert.Greater(t, len(values), 10_000)
		_, err = server.SQL(t.Context(), "CHECKPOINT")
		require.NoError(t, err)
		return map[string][]byte{"values of the dump": values, "files": filesOf(t, server)}
	})
}

// filesOf returns the content of the files in which a server keeps rows, old versions of
// them too.
func filesOf(t *testing.T, server *pgtest.Server) (all []byte) {
	t.Helper()
	const firstOfUsers = 16384 // number of a relation
	paths, err := server.SQL(t.Context(), fmt.Sprintf("SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid >= %d AND relkind IN ('r', 't', 'i')", firstOfUsers))
	require.NoError(t, err)
	for path := range strings.FieldsSeq(paths) {
		content, err := os.ReadFile(filepath.Join(server.Data(), path))
		require.NoError(t, err)
		all = append(all, content...)
	}
	return all
}
