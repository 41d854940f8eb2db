package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
)

// Bounds of trying again.
const (
	triesMax        = 100
	pauseFirst      = 5 * time.Millisecond
	pauseMax        = time.Second
	patienceDefault = 30 * time.Second
)

// retry calls try until it does not fail with a passing error, at most triesMax times
// and as long as the store has patience. Between two tries it pauses, longer each time,
// by chance, so that processes which hindered each other do not meet again.
func (d *database) retry(ctx context.Context, try func() error) error {
	end := d.clock.Now().Add(d.patience)
	for n := range triesMax {
		err := try()
		if ctx.Err() != nil && err != nil {
			return ctx.Err()
		}
		if !passing(err) {
			return err
		}
		if !overtaken(err) {
			d.pool.Reset() // other connections are of the same server
		}
		if n == triesMax-1 || !d.clock.Now().Before(end) {
			return fmt.Errorf("tried %d times: %w", n+1, err)
		}
		if err := d.pause(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// pause waits before the nth try again, at most twice as long as before the last one.
func (d *database) pause(ctx context.Context, n int) error {
	most := min(pauseFirst<<min(n, 20), pauseMax)
	return d.wait(ctx, most/2+time.Duration(d.draw()%uint64(most/2)))
}

// draw returns a number by chance. Without chance it is 0: pauses are the shorter ones.
func (d *database) draw() uint64 {
	var b [8]byte
	d.randLock.Lock()
	defer d.randLock.Unlock()
	if _, err := d.rand.Read(b[:]); err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(b[:])
}
