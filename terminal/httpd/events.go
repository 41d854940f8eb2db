package httpd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of streams of events.
const (
	streamsMax = 32 // at once
	// heartbeat is how often a stream says that it lives. The clock of the sockets is
	// the machine's.
	heartbeat = 15 * time.Second
)

// events is the stream of what happens to a payment, from its beginning or behind the
// event of Last-Event-ID, up to its end. HTML Standard, server-sent events. Where there
// is nothing to come any more the answer is 204, upon which a client does not ask again.
func (d *Door) events(w http.ResponseWriter, r *http.Request) {
	after, err := lastEventID(r)
	if err != nil {
		fail(w, err)
		return
	}
	events, more, _, err := d.Desk.Events(idOf(r), after)
	switch {
	case err != nil:
		fail(w, err)
		return
	case len(events) == 0 && !more:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	defer d.streams.Add(-1)
	if d.streams.Add(1) > streamsMax {
		fail(w, errStreams)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // nothing more is read, however long it lasts
	d.stream(w, r, after)
}

// lastEventID returns the event behind which a client goes on; 0 is the beginning.
func lastEventID(r *http.Request) (uint64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, problem(http.StatusBadRequest, "bad-event-id", "Last-Event-ID is none of this terminal", "send the id of the last event that came, or none")
	}
	return id, nil
}

// stream tells events until the payment, the connection or the server ends.
func (d *Door) stream(w http.ResponseWriter, r *http.Request, after uint64) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for text := "retry: 1000\n\n"; ; text = ": alive\n\n" {
		events, more, changed, err := d.Desk.Events(idOf(r), after)
		if err != nil {
			return
		}
		for _, e := range events {
			data, err := json.Marshal(d.eventForm(e))
			if err != nil {
				return
			}
			text = strings.TrimPrefix(text, ": alive\n\n") + fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Type, data)
			after = e.ID
		}
		if !send(w, text) || !more {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
		case <-stopping(r.Context()):
			return
		case <-r.Context().Done():
			return
		}
	}
}

// send writes a piece of a stream. It returns false where nobody takes it.
func send(w http.ResponseWriter, text string) bool {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
	if _, err := fmt.Fprint(w, text); err != nil {
		return false
	}
	return control.Flush() == nil
}
