package postgres

import (
	"strings"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// tableStatements are the statements on a table.
type tableStatements struct {
	create, get, all, find, findAll, from, last, put, delete string
}

// statements are those of each table.
var statements = func() (all [tables.Count]tableStatements) {
	for t := range tables.Count {
		all[t] = statementsOf(t)
	}
	return all
}()

// tableName returns the name of a table in the database.
func tableName(t tables.Table) string { return "till_" + t.String() }

// statementsOf returns the statements on a table. Keys of bytes are ordered as bytes.
func statementsOf(t tables.Table) tableStatements {
	s := tableStatements{
		create: "CREATE TABLE $ (key bytea PRIMARY KEY, value bytea NOT NULL)",
		get:    "SELECT key, value FROM $ WHERE key = $1",
		all:    "SELECT key, value FROM $ WHERE key = ANY($1)",
		find:   "SELECT key, value FROM $ WHERE key >= $1 AND key < $2 AND substr(value, 1, length($3::bytea)) = $3 ORDER BY key LIMIT 1",
		findAll: "SELECT s.n, f.key, f.value FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS s (low, high, start, n), " +
			"LATERAL (SELECT key, value FROM $ WHERE key >= s.low AND key < s.high AND substr(value, 1, length(s.start)) = s.start ORDER BY key LIMIT 1) AS f",
		from:   "SELECT key, value FROM $ WHERE key >= $1 ORDER BY key LIMIT $2",
		last:   "SELECT key, value FROM $ ORDER BY key DESC LIMIT 1",
		put:    "INSERT INTO $ (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		delete: "DELETE FROM $ WHERE key = ANY($1)",
	}
	if t == tables.Journal || t == tables.Links { // what is there is never written again
		s.put = "INSERT INTO $ (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[])"
	}
	for _, text := range []*string{&s.create, &s.get, &s.all, &s.find, &s.findAll, &s.from, &s.last, &s.put, &s.delete} {
		for _, before := range []string{"TABLE ", "FROM ", "INTO "} {
			*text = strings.ReplaceAll(*text, before+"$ ", before+tableName(t)+" ")
		}
	}
	return s
}
