package httpd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
)

// Bounds of streams of live notices.
const (
	streamsMax       = 256 // at once
	streamsMemberMax = 8   // of one member

	// heartbeat is how often a stream says that it lives, and looks whether the login
	// does. The clock of the sockets is the machine's.
	heartbeat = 15 * time.Second
)

// streams counts the streams that are open.
type streams struct {
	lock sync.Mutex
	all  int
	of   map[member.ID]int
}

// enter counts one more, unless there are too many.
func (s *streams) enter(id member.ID) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.all == streamsMax || s.of[id] == streamsMemberMax {
		return false
	}
	if s.of == nil {
		s.of = map[member.ID]int{}
	}
	s.all++
	s.of[id]++
	return true
}

func (s *streams) leave(id member.ID) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.all--
	if s.of[id]--; s.of[id] == 0 {
		delete(s.of, id)
	}
}

// events is the stream of live notices: an event "status" for each card that the
// member holds, at once and whenever it changes. HTML Standard, server-sent events.
func (d *Doors) events(w http.ResponseWriter, r *http.Request) {
	s, err := d.session(r)
	if err != nil {
		fail(w, err)
		return
	}
	if !d.streams.enter(s.Member) {
		fail(w, errStreams)
		return
	}
	defer d.streams.leave(s.Member)
	refs, err := d.held(r, s)
	if err != nil {
		_ = d.Log.Log("event", "broken", "route", r.Pattern, "err", err)
		fail(w, err)
		return
	}
	var changed <-chan struct{}
	if d.Watch != nil && len(refs) > 0 {
		var stop func()
		changed, stop = d.Watch.Watch(refs...)
		defer stop()
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // nothing more is read, however long it lasts
	stream := stream{d: d, w: w, r: r, session: s, refs: refs, told: map[account.Ref]string{}}
	stream.run(changed)
}

// held returns the cards that the member of a session holds himself.
func (d *Doors) held(r *http.Request, s session) (refs []account.Ref, err error) {
	cards, err := d.Channel.Cards(r.Context(), s.Member)
	for _, c := range cards {
		if c.Yours {
			refs = append(refs, c.Ref)
		}
	}
	return refs, err
}

// stream is one stream that is open.
type stream struct {
	d       *Doors
	w       http.ResponseWriter
	r       *http.Request
	session session
	refs    []account.Ref
	told    map[account.Ref]string
}

// run tells what changes until the login or the connection ends.
func (s *stream) run(changed <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for text := "retry: 2000\n\n"; ; text = "" {
		if !s.tell(text) {
			return
		}
		select {
		case <-changed:
		case <-beat.C:
		case <-stopping(s.r.Context()):
			return
		case <-s.r.Context().Done():
			return
		}
	}
}

// tell writes what has changed, or a sign of life. It returns false where the stream
// is over.
func (s *stream) tell(text string) bool {
	if _, err := s.d.session(s.r); err != nil {
		return false
	}
	for _, ref := range s.refs {
		st, err := s.d.Channel.Follow(s.r.Context(), channel.Asked{Member: s.session.Member, Door: s.session.Door, Card: ref})
		if err != nil {
			return false
		}
		data, err := json.Marshal(statusOf(st))
		if err != nil {
			return false
		}
		if s.told[ref] != string(data) {
			s.told[ref] = string(data)
			text += "event: status\ndata: " + string(data) + "\n\n"
		}
	}
	if text == "" {
		text = ": alive\n\n"
	}
	control := http.NewResponseController(s.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // a recorder has none
	if _, err := fmt.Fprint(s.w, text); err != nil {
		return false
	}
	return control.Flush() == nil
}
