package care

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

const (
	cookieName = "till_care"
	tokenBytes = 32
	formMax    = 4096 // bytes
)

// sessionKey names an agent's session. A member's token names none, nor the other way
// round.
func sessionKey(token string) store.SessionKey { return store.NewSessionKey("care " + token) }

// login takes name and password.
func (d *Desk) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formMax)
	name, _ := member.LoginName(r.PostFormValue("name"))
	password := secret.New([]byte(r.PostFormValue("password")))
	right, err := d.admit(r, name, password)
	switch {
	case err != nil:
		d.broke(w, "login", err)
		return
	case !right:
		_ = d.config.Log.Log("event", "agent's login refused")
		to(w, r, "login-refused")
		return
	}
	if err := d.begin(w, r, name); err != nil {
		d.broke(w, "login", err)
		return
	}
	_ = d.config.Log.Log("event", "agent's login", "agent", name)
	to(w, r, "")
}

var errBusy = errors.New("too many agents log in at once: try again")

// admit checks a password. A wrong one is counted before it is looked at; a name that
// nobody has takes as long.
func (d *Desk) admit(r *http.Request, name string, password secret.Value) (bool, error) {
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	default:
		return false, errBusy
	}
	var hash member.Hash
	locked := true
	d.lock.Lock()
	a := d.agents[name]
	if a != nil {
		now := d.config.Clock.Now()
		if hash, locked = a.password, a.failures.Locked(now); !locked {
			a.failures = a.failures.Failed(now)
		}
	}
	d.lock.Unlock()
	right, err := d.config.Passwords.Verify(r.Context(), hash, password)
	if err != nil || !right || locked {
		return false, err
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	a.failures = member.Failures{}
	return true, nil
}

// begin begins a session, which ends with the browser too; one that the browser had
// before ends. The store learns the hash of its token, and the name.
func (d *Desk) begin(w http.ResponseWriter, r *http.Request, name string) error {
	if cookie, err := r.Cookie(cookieName); err == nil {
		if err := d.config.Sessions.Delete(r.Context(), sessionKey(cookie.Value)); err != nil {
			return err
		}
	}
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(d.config.Rand, raw); err != nil {
		return err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	expires := d.config.Clock.Now().Add(SessionLife).UTC()
	if err := d.config.Sessions.Put(r.Context(), sessionKey(token), []byte(name), expires); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: token, Path: Path, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	return nil
}

// session returns the agent of a request, "" where there is none.
func (d *Desk) session(r *http.Request) (string, error) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return "", nil
	}
	name, err := d.config.Sessions.Get(r.Context(), sessionKey(cookie.Value), d.config.Clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if _, still := d.agents[string(name)]; err == nil && !still {
		return "", nil // of an agent who is none any more
	}
	return string(name), err
}

// logout ends the session of a request.
func (d *Desk) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		if err := d.config.Sessions.Delete(r.Context(), sessionKey(cookie.Value)); err != nil {
			d.broke(w, "logout", err)
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: Path, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	to(w, r, "")
}
