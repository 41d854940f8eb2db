package httpd

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/f510b0cf/till/emv/clock"
)

// Backup writes a backup of the issuer, whose end shows that it is whole.
type Backup func(ctx context.Context, w io.Writer) error

// backup answers with a backup. Where it breaks off the answer ends early, and the
// backup's own check tells.
func (d *Doors) backup(write Backup) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Cache-Control", "no-store")
		conn := http.NewResponseController(w)
		_ = conn.SetWriteDeadline(time.Time{}) // it may be large; patient bounds each piece
		if err := write(r.Context(), patient{w, conn, d.Clock}); err != nil {
			_ = d.Log.Log("event", "failed", "route", r.Pattern, "err", err)
		}
	}
}

// patient is an answer that may take long, as long as the other side takes each
// piece of it within writeTimeout.
type patient struct {
	w     io.Writer
	conn  *http.ResponseController
	clock clock.Clock
}

// Write writes a piece.
func (p patient) Write(b []byte) (int, error) {
	overdue := p.clock.AfterFunc(writeTimeout, func() { _ = p.conn.SetWriteDeadline(time.Unix(1, 0)) }) // long gone: the write ends
	defer overdue.Stop()
	return p.w.Write(b)
}

// Unwrap lets http.ResponseController find what it controls.
func (k *statusKeeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }
