package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// needs are the rows that an update reads, as far as they were found out.
type needs struct {
	keys  [tables.Count][][]byte
	finds []search
	last  [tables.Count]bool
}

// scout finds out what an update will read, by running it on rows as they are now. What
// it returns or panics with does not count: nothing is held meanwhile, so that the rows
// can be of several moments.
func (d *database) scout(ctx context.Context, change func(tables.Writer) error) (n needs) {
	c, err := d.pool.Acquire(ctx)
	if err != nil {
		return n
	}
	defer c.Release()
	s := &scouting{rows: newRows(ctx, c)}
	defer func() {
		_ = recover()
		n = s.needs
	}()
	_ = change(s)
	return n
}

// scouting is a tables.Writer that writes nothing and notes what is read. Where reading
// leads on it ends the run.
type scouting struct {
	*rows
	needs needs
}

// ended is what a run panics with that has led far enough.
type ended struct{}

// Get notes and returns a row. Links lead nowhere: they are noted alone.
func (s *scouting) Get(t tables.Table, key []byte) []byte {
	if _, known := s.known[t][string(key)]; !known {
		s.needs.keys[t] = append(s.needs.keys[t], key)
		if t == tables.Links {
			return nil
		}
	}
	return s.rows.Get(t, key)
}

// Find notes and returns a row.
func (s *scouting) Find(t tables.Table, prefix, start []byte) []byte {
	s.needs.finds = append(s.needs.finds, search{t, string(prefix), string(start)})
	return s.rows.Find(t, prefix, start)
}

// From ends the run: loops are rare, and read for themselves.
func (s *scouting) From(tables.Table, []byte) iter.Seq2[[]byte, []byte] { panic(ended{}) }

// LastKey notes that a last key is needed, and says that there is none.
func (s *scouting) LastKey(t tables.Table) []byte {
	s.needs.last[t] = true
	return nil
}

// Put has the run see what it writes.
func (s *scouting) Put(t tables.Table, key, value []byte) { s.learn(t, key, value) }

// Delete has the run see what it removes.
func (s *scouting) Delete(t tables.Table, key []byte) { s.learn(t, key, nil) }

// lockStore waits until nobody else writes.
const lockStore = "SELECT turn FROM till_lock WHERE id = 1 FOR UPDATE"

// prepare takes the store's lock, and reads what jobs need, in one exchange with the
// server.
func (c *changes) prepare(batch []*job) {
	var b pgx.Batch
	b.Queue(lockStore)
	for t := range tables.Count {
		c.prepareKeys(&b, t, batch)
		c.prepareLast(&b, t, batch)
	}
	c.prepareFinds(&b, batch)
	if err := c.db.SendBatch(c.ctx, &b).Close(); err != nil {
		panic(broken{err})
	}
}

// prepareKeys reads the rows of a table.
func (c *changes) prepareKeys(b *pgx.Batch, t tables.Table, batch []*job) {
	asked := map[string]bool{}
	for _, j := range batch {
		for _, key := range j.needs.keys[t] {
			asked[string(key)] = true
		}
	}
	if len(asked) == 0 {
		return
	}
	var keys [][]byte
	for _, key := range sorted(asked) {
		keys = append(keys, []byte(key))
	}
	b.Queue(statements[t].all, keys).Query(func(result pgx.Rows) error {
		all, err := pgx.CollectRows(result, scanPair)
		for _, key := range keys {
			c.learn(t, key, nil)
		}
		for _, p := range all {
			c.learn(t, p.key, p.value)
		}
		return err
	})
}

// prepareLast reads the last row of a table, and with that of the journal its link.
func (c *changes) prepareLast(b *pgx.Batch, t tables.Table, batch []*job) {
	asked := false
	for _, j := range batch {
		asked = asked || j.needs.last[t] || t == tables.Links && j.needs.last[tables.Journal]
	}
	if !asked {
		return
	}
	b.Queue(statements[t].last).Query(func(result pgx.Rows) error {
		all, err := pgx.CollectRows(result, scanPair)
		last := first(all)
		if last.key != nil {
			c.learn(t, last.key, last.value)
		}
		c.last[t] = &last.key
		return err
	})
}

// prepareFinds looks for what jobs will look for.
func (c *changes) prepareFinds(b *pgx.Batch, batch []*job) {
	asked := map[search]bool{}
	for _, j := range batch {
		for _, s := range j.needs.finds {
			if asked[s] {
				continue
			}
			asked[s] = true
			b.Queue(statements[s.table].find, []byte(s.prefix), behind([]byte(s.prefix)), []byte(s.start)).Query(func(result pgx.Rows) error {
				all, err := pgx.CollectRows(result, scanPair)
				c.found[s] = first(all)
				return err
			})
		}
	}
}
