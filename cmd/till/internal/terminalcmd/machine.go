package terminalcmd

import (
	"errors"

	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// machine is what serves payments: desk, journal, and a link where there is an issuer.
type machine struct {
	desk    *desk.Desk
	journal *journal.Journal
	link    *link.Link // nil where there is none
}

// open opens the journal, and makes link and desk of it.
func (c *Serve) open(p profile.Profile, customers *customers) (*machine, error) {
	connect := func(*journal.Journal) (*link.Link, error) { return nil, c.CheckHostless() }
	if c.HasHost() {
		var err error
		if connect, err = c.Line(c.Host, p); err != nil {
			return nil, err
		}
	}
	j, err := c.OpenJournal()
	if err != nil {
		return nil, err
	}
	m := &machine{journal: j}
	if m.link, err = connect(j); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	t := terminal.Config{Profile: p, Counter: j}
	if m.link != nil {
		t.Online = m.link
	}
	m.desk, err = desk.New(desk.Config{Terminal: t, Customer: customers.come, Journal: j, CardWait: c.CardWait})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Close ends the payment that runs, hangs up and closes the journal. What is still due
// stays in it.
func (m *machine) Close() (err error) {
	if m.desk != nil {
		err = m.desk.Close()
	}
	if m.link != nil {
		err = errors.Join(err, m.link.Close())
	}
	return errors.Join(err, m.journal.Close())
}
