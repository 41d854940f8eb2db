package issuercmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
)

// MigrateStore takes the store of an issuer elsewhere.
type MigrateStore struct {
	Data
	To string `required:"" placeholder:"STORE" help:"Where the store is to be: the connection string of an empty PostgreSQL database, without a password in it, or file for a file of the data directory."`

	KeySource
}

// inFile is the word for a store in a file of the data directory.
const inFile = "file"

// Help is the text of the help page.
func (*MigrateStore) Help() string {
	return `Takes the store of an issuer from its file to a PostgreSQL database, which several
issuers can share, from there into a file, or to another database. No issuer may run
on it. Everything goes, row by row as it is sealed: cards, answers, journal with its
chains and seals, members, sessions. It is checked as by till issuer check before,
and read back and compared behind that; then the data directory changes over. A
move that breaks off changes nothing. The old file is kept as issuer.db.moved; a
database that was left can not be opened by mistake.

The password lies in a file, ~/.pgpass or what PGPASSFILE names, or in what the
connection string names by passfile=.

Example: to a database, of which the issuer in bank knows from then on.

  till issuer migrate-store --data bank --key storage.key \\
      --to 'postgres://till@db1,db2/till?sslmode=verify-full'

Example: it lies in its file already.

  $ till issuer migrate-store --data bank --key storage.key --to file
  till: move store: it lies in bank/issuer.db already
`
}

// migrated is what is told of a store that was moved.
type migrated struct {
	Data string `json:"data"`
	To   string `json:"to"`
	Rows int    `json:"rows"`
	issuer.Report
}

// Run moves the store.
func (c *MigrateStore) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.KEK(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	m := issuer.Migration{Data: c.Data.Data, KEK: kek, To: c.To, Progress: func(rows int) {
		fmt.Fprintf(streams.Err, "till: %d rows\n", rows)
	}}
	if c.To == inFile {
		m.To = ""
	}
	rows, report, err := issuer.Migrate(ctx, m)
	if err != nil {
		return cli.Failed{Err: err}
	}
	if parent.JSON {
		err = writeJSON(streams, migrated{c.Data.Data, c.To, rows, report})
	} else {
		err = c.print(streams, rows, report)
	}
	if err == nil && len(report.Findings) > 0 {
		return cli.Failed{}
	}
	return err
}

func (c *MigrateStore) print(streams cli.Streams, rows int, r issuer.Report) error {
	var table cli.Table
	for _, finding := range r.Findings {
		table.Row("wrong", finding)
	}
	if len(r.Findings) > 0 {
		table.Row(c.Data.Data, "not moved: what is wrong comes first")
		return table.Print(streams.Out)
	}
	table.Row(c.Data.Data, fmt.Sprintf("%s, %s, %d journal entries, %d seals open", cli.Count(r.Members, "member"), cli.Count(r.Cards, "card"), r.Entries, r.Seals))
	table.Row("moved", fmt.Sprintf("%d rows to %s, read back and the same", rows, c.To))
	return table.Print(streams.Out)
}
