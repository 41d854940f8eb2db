// Package voice brings calls of a voice provider to the phone line: at each turn the
// provider sends a form with the keys that were pressed, and gets an XML document with
// what to say and which keys to gather. Its requests are signed with a shared secret.
//
// # Caveats
//
// The provider knows the keys. Where that is no test, the way to it needs TLS, and the
// provider must be one that may handle PINs.
package voice

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/ivr"
)

// Path is where the provider sends its requests.
const Path = "/voice"

// Config is what the door for a provider works with.
type Config struct {
	Line   *ivr.Line
	Secret secret.Value  // shared with the provider, at least SecretMin bytes
	Log    kitlog.Logger // nil is none
}

// Door answers the requests of a provider.
type Door struct {
	config Config

	lock  sync.Mutex
	calls map[string]*talk // by the provider's name of the call
}

// New returns a door.
func New(c Config) (*Door, error) {
	switch {
	case c.Line == nil:
		return nil, errors.New("make voice door: it needs a line")
	case c.Secret.Len() < SecretMin:
		return nil, fmt.Errorf("make voice door: the shared secret has %d bytes, want at least %d", c.Secret.Len(), SecretMin)
	}
	if c.Log == nil {
		c.Log = kitlog.NewNopLogger()
	}
	return &Door{config: c, calls: map[string]*talk{}}, nil
}

// ServeHTTP answers a request of the provider.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, err := readForm(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer f.wipe()
	if !authentic(d.config.Secret, r, f) {
		_ = d.config.Log.Log("event", "voice request refused", "why", "signature")
		http.Error(w, "the request is not signed with the shared secret", http.StatusForbidden)
		return
	}
	text, status := d.answer(r, f)
	if status != http.StatusOK {
		http.Error(w, "the request belongs to no call, or to another turn of it", status)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text)
}

// callNameMax bounds the provider's name of a call, in bytes.
const callNameMax = 64

// ended are the words by which providers tell that a call is over.
var ended = map[string]bool{"completed": true, "busy": true, "failed": true, "no-answer": true, "canceled": true}

// nothing is the document that asks for nothing.
const nothing = "<Response></Response>"

// answer returns the document for a request.
func (d *Door) answer(r *http.Request, f form) (text []byte, status int) {
	name := string(f.get("CallSid"))
	if name == "" || len(name) > callNameMax {
		return nil, http.StatusBadRequest
	}
	if ended[string(f.get("CallStatus"))] {
		d.end(name)
		return []byte(nothing), http.StatusOK
	}
	turn, err := strconv.Atoi(r.URL.Query().Get("turn"))
	if err != nil {
		turn = 0
	}
	t := d.talk(name, turn == 0)
	if t == nil {
		return nil, http.StatusConflict
	}
	text, err = t.turn(r.Context(), d.config.Line, turn, f.get("Digits"))
	switch {
	case errors.Is(err, ivr.ErrBusy):
		d.end(name)
		return []byte("<Response><Reject reason=\"busy\"></Reject></Response>"), http.StatusOK
	case errors.Is(err, errTurn):
		return nil, http.StatusConflict
	case err != nil:
		_ = d.config.Log.Log("event", "broken", "by", "voice", "err", err)
		return nil, http.StatusInternalServerError
	}
	return text, http.StatusOK
}

// talk returns the talk of a call, and forgets those that are over. One that is not
// there begins with its first turn alone: a request that was recorded leaves nothing.
func (d *Door) talk(name string, first bool) *talk {
	d.lock.Lock()
	defer d.lock.Unlock()
	if t := d.calls[name]; t != nil {
		return t
	}
	if !first {
		return nil
	}
	for other, t := range d.calls {
		if t.over() {
			delete(d.calls, other)
		}
	}
	t := &talk{}
	d.calls[name] = t
	return t
}

// end ends a call.
func (d *Door) end(name string) {
	d.lock.Lock()
	t := d.calls[name]
	delete(d.calls, name)
	d.lock.Unlock()
	if t != nil {
		t.end()
	}
}
