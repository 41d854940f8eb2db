package postgres

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/f510b0cf/till/emv/account"
)

// channelName is the channel on which commits are announced.
const channelName = "till_cards"

const (
	announceMax = 200             // cards of one announcement: PostgreSQL takes less than 8000 bytes
	pollEvery   = 2 * time.Second // where the engine announces nothing
)

// announces reports whether an engine, by what it says of itself, tells sessions of each
// other's commits. Those that only speak PostgreSQL's protocol do not.
func announces(version string) bool {
	return strings.HasPrefix(version, "PostgreSQL") && !strings.Contains(version, "-YB-")
}

// writerName is how a process is called in announcements.
func (d *database) writerName() string { return hex.EncodeToString(d.writer[:]) }

// announce adds statements that tell other processes which cards a commit changed.
func (d *database) announce(b *pgx.Batch, cards map[string]bool) {
	if !d.announced {
		return
	}
	for some := range slices.Chunk(sorted(cards), announceMax) {
		words := []string{d.name, d.writerName()}
		for _, key := range some {
			words = append(words, hex.EncodeToString([]byte(key)))
		}
		b.Queue("SELECT pg_notify($1, $2)", channelName, strings.Join(words, " "))
	}
}

// Listen calls changed with the cards that other processes committed, until ctx ends.
// Without cards it says that any may have changed: when it begins to listen, and again
// after a connection broke, or now and then where the engine announces nothing.
func (s *Store) Listen(ctx context.Context, changed func(...account.Ref)) {
	for n := 0; ctx.Err() == nil; n++ {
		if !s.db.announced {
			_ = s.db.wait(ctx, pollEvery)
			changed()
			continue
		}
		if s.db.listen(ctx, changed) {
			n = 0
		}
		_ = s.db.pause(ctx, n)
	}
}

// listen tells of announcements until the connection breaks, and reports whether there
// was one at all.
func (d *database) listen(ctx context.Context, changed func(...account.Ref)) (heard bool) {
	c, err := pgx.ConnectConfig(ctx, d.pool.Config().ConnConfig)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if _, err := c.Exec(ctx, "LISTEN "+channelName); err != nil {
		return false
	}
	changed() // before this nobody listened
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return true
		}
		if refs := d.announcement(n); len(refs) > 0 {
			changed(refs...)
		}
	}
}

// announcement returns the cards of another process's commit to this store.
func (d *database) announcement(n *pgconn.Notification) (refs []account.Ref) {
	words := strings.Fields(n.Payload)
	if len(words) < 2 || words[0] != d.name || words[1] == d.writerName() {
		return nil
	}
	for _, word := range words[2:] {
		if raw, err := hex.DecodeString(word); err == nil && len(raw) == len(account.Ref{}) {
			refs = append(refs, account.Ref(raw))
		}
	}
	return refs
}

// wait returns after some time, or when ctx ends.
func (d *database) wait(ctx context.Context, some time.Duration) error {
	over := make(chan struct{})
	timer := d.clock.AfterFunc(some, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
