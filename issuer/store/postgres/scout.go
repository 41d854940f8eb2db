package postgres

import (
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/f510b0cf/till/issuer/store/internal/tables"
)

// scoutRounds bounds how often a batch is run to find out what it reads: each round reads
// what the one before asked for.
const scoutRounds = 5

// needs are the rows that updates read, as far as they were found out.
type needs struct {
	keys  [tables.Count]map[string]bool
	finds map[search]bool
	last  [tables.Count]bool
}

// scout finds out what the jobs of a batch will read, by running them on rows as they are
// now. What they return or panic with does not count: nothing is held meanwhile, so that
// the rows can be of several moments.
func (r *rows) scout(batch []*job) needs {
	all := needs{finds: map[search]bool{}}
	for range scoutRounds {
		missing := needs{finds: map[search]bool{}}
		for _, j := range batch {
			scoutOne(&scouting{rows: r, all: &all, missing: &missing}, j)
		}
		if !missing.any() {
			break
		}
		r.fetch(&missing, "")
	}
	return all
}

// scoutOne runs a job until it asks for what is not known.
func scoutOne(s *scouting, j *job) {
	defer func() { _ = recover() }() // it will run again, and then it counts
	_ = j.change(s)
}

// any reports whether there is anything to read.
func (n *needs) any() bool {
	for t := range tables.Count {
		if len(n.keys[t]) > 0 {
			return true
		}
	}
	return len(n.finds) > 0
}

// need notes a row.
func (n *needs) need(t tables.Table, key []byte) {
	if n.keys[t] == nil {
		n.keys[t] = map[string]bool{}
	}
	n.keys[t][string(key)] = true
}

// scouting is a tables.Writer that writes nothing and notes what is read. Where it does
// not know what a run reads, or reading leads on, it ends the run.
type scouting struct {
	rows         *rows
	all, missing *needs
	own          [tables.Count]map[string][]byte // what the run has written
}

// ended is what a run panics with that has led far enough.
type ended struct{}

// Get notes and returns a row. Links lead nowhere: they are noted alone.
func (s *scouting) Get(t tables.Table, key []byte) []byte {
	if value, own := s.own[t][string(key)]; own {
		return value
	}
	s.all.need(t, key)
	if t == tables.Links {
		return nil
	}
	value, known := s.rows.known[t][string(key)]
	if !known {
		s.missing.need(t, key)
		panic(ended{})
	}
	return value
}

// Find notes and returns a row.
func (s *scouting) Find(t tables.Table, prefix, start []byte) []byte {
	x := search{t, string(prefix), string(start)}
	s.all.finds[x] = true
	p, known := s.rows.found[x]
	if !known {
		s.missing.finds[x] = true
		panic(ended{})
	}
	return p.value
}

// From ends the run: loops are rare, and read for themselves.
func (s *scouting) From(tables.Table, []byte) iter.Seq2[[]byte, []byte] { panic(ended{}) }

// LastKey notes that a last key is needed, and says that there is none.
func (s *scouting) LastKey(t tables.Table) []byte {
	s.all.last[t] = true
	return nil
}

// Put has the run see what it writes.
func (s *scouting) Put(t tables.Table, key, value []byte) {
	if s.own[t] == nil {
		s.own[t] = map[string][]byte{}
	}
	s.own[t][string(key)] = value
}

// Delete has the run see what it removes.
func (s *scouting) Delete(t tables.Table, key []byte) { s.Put(t, key, nil) }

// lockStore waits until nobody else writes.
const lockStore = "SELECT turn FROM till_lock WHERE id = 1 FOR UPDATE"

// fetch reads what is needed, in one exchange with the server, behind a statement that
// comes first where there is one.
func (r *rows) fetch(n *needs, before string) {
	var b pgx.Batch
	if before != "" {
		b.Queue(before)
	}
	for t := range tables.Count {
		r.queueKeys(&b, t, n.keys[t])
		if n.last[t] || t == tables.Links && n.last[tables.Journal] { // the link of the last entry
			r.queueLast(&b, t)
		}
	}
	r.queueFinds(&b, n.finds)
	if err := r.db.SendBatch(r.ctx, &b).Close(); err != nil {
		panic(broken{err})
	}
}

// queueKeys reads rows of a table.
func (r *rows) queueKeys(b *pgx.Batch, t tables.Table, set map[string]bool) {
	if len(set) == 0 {
		return
	}
	keys := make([][]byte, 0, len(set))
	for _, key := range sorted(set) {
		keys = append(keys, []byte(key))
	}
	b.Queue(statements[t].all, keys).Query(func(result pgx.Rows) error {
		all, err := pgx.CollectRows(result, scanPair)
		for _, key := range keys {
			r.learn(t, key, nil)
		}
		for _, p := range all {
			r.learn(t, p.key, p.value)
		}
		return err
	})
}

// queueLast reads the last row of a table.
func (r *rows) queueLast(b *pgx.Batch, t tables.Table) {
	b.Queue(statements[t].last).Query(func(result pgx.Rows) error {
		all, err := pgx.CollectRows(result, scanPair)
		last := first(all)
		if last.key != nil {
			r.learn(t, last.key, last.value)
		}
		r.last[t] = &last.key
		return err
	})
}

// queueFinds looks for rows, a statement for each table.
func (r *rows) queueFinds(b *pgx.Batch, set map[search]bool) {
	var of [tables.Count][]search
	for s := range set {
		of[s.table] = append(of[s.table], s)
	}
	for t, searches := range of {
		if len(searches) == 0 {
			continue
		}
		var from, to, starts [][]byte
		for _, s := range searches {
			from, to, starts = append(from, []byte(s.prefix)), append(to, behind([]byte(s.prefix))), append(starts, []byte(s.start))
		}
		b.Queue(statements[t].findAll, from, to, starts).Query(func(result pgx.Rows) error {
			for _, s := range searches {
				r.found[s] = pair{}
			}
			var n int
			var p pair
			_, err := pgx.ForEachRow(result, []any{&n, &p.key, &p.value}, func() error {
				r.found[searches[n-1]] = p
				return nil
			})
			return err
		})
	}
}
