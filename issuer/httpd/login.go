package httpd

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-kit/log/level"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

const (
	cookieName = "till_session"
	tokenBytes = 32
	bearer     = "Bearer "
)

// session is what the store keeps of a login, under the hash of its token.
type session struct {
	Member member.ID   `json:"member"`
	Door   member.Door `json:"door"`
	Kind   kind        `json:"kind,omitempty"`
	Family string      `json:"family,omitempty"` // of a login that can be renewed
	Ends   time.Time   `json:"ends,omitzero"`    // the family's
	Used   bool        `json:"used,omitempty"`   // a refresh token that was exchanged
}

// kind is what a token is for.
type kind string

const (
	access  kind = ""
	refresh kind = "refresh"
	family  kind = "family" // of tokens that came from one login; nobody has this one
)

// login takes a name and a password and begins a session: with a cookie for pages,
// else with a token for programs, which can be renewed on request.
func (d *Doors) login(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Name     string     `json:"name"`
		Password hidden     `json:"password"`
		Cookie   bool       `json:"cookie"`
		Refresh  refreshWay `json:"refresh"`
	}
	if err := readBody(w, r, &body); err != nil {
		return nil, err
	}
	if !body.Refresh.valid() || body.Cookie && body.Refresh != noRefresh {
		return nil, errBody
	}
	m, err := d.admit(r, body.Name, body.Password.Value, login)
	switch {
	case err != nil:
		return nil, err
	case body.Cookie:
		return d.beginPages(w, r, m)
	case body.Refresh != noRefresh:
		return d.beginFamily(w, r, m, body.Refresh)
	}
	token, expires, err := d.begin(r.Context(), session{Member: m.ID, Door: member.App}, d.SessionLife)
	return loginForm{Token: token, Name: m.Name, Expires: expires}, err
}

// beginPages begins a session whose token is a cookie. One that the browser had
// before ends.
func (d *Doors) beginPages(w http.ResponseWriter, r *http.Request, m member.Member) (loginForm, error) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		if err := d.Store.Sessions().Delete(r.Context(), store.NewSessionKey(cookie.Value)); err != nil {
			return loginForm{}, err
		}
	}
	token, expires, err := d.begin(r.Context(), session{Member: m.ID, Door: member.Web}, d.SessionLife)
	if err != nil {
		return loginForm{}, err
	}
	http.SetCookie(w, d.cookie(r, cookieName, "/", token, expires))
	return loginForm{Name: m.Name, Expires: expires}, nil
}

// cookie returns a cookie that scripts do not see and other sites do not send.
func (d *Doors) cookie(r *http.Request, name, path, value string, expires time.Time) *http.Cookie {
	life := int(seconds(expires.Sub(d.Clock.Now()))) // the browser's clock may be another
	return &http.Cookie{Name: name, Value: value, Path: path, MaxAge: life, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
}

// purpose is what a password is given for, as journal and log name it.
type purpose string

const (
	login        purpose = "login"
	confirmation purpose = "password again"
)

// admit authenticates a member, within the bounds of address, name and door.
// Nothing is counted against a member before all of them have let him through.
func (d *Doors) admit(r *http.Request, name string, password secret.Value, why purpose) (member.Member, error) {
	now := d.Clock.Now()
	if wait := d.logins.allow(admission.AddressOf(r.RemoteAddr), now); wait > 0 {
		return member.Member{}, tooMany("logins from your address", wait)
	}
	name, _ = member.LoginName(name) // "" where it can not be one: nobody's
	if wait := d.names.allow(name, now); wait > 0 {
		_ = level.Warn(d.Log).Log("event", "login refused", "why", "too many of one name")
		return member.Member{}, tooMany("logins with this name", wait)
	}
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	default:
		_ = level.Warn(d.Log).Log("event", "login refused", "why", "too many at once")
		return member.Member{}, errBusy
	}
	return d.authenticate(r.Context(), name, password, why)
}

// authenticate returns the member of a name and password. A wrong password is
// counted before it is looked at, so that many at once do not get more guesses; a
// name that is not there takes the same steps, and so as long, as one that is.
func (d *Doors) authenticate(c ctx, name string, password secret.Value, why purpose) (member.Member, error) {
	m, err := d.find(c, name)
	if err != nil {
		return m, err
	}
	locked, err := d.countFailure(c, m, why)
	if err != nil {
		return m, fmt.Errorf("count login: %w", err)
	}
	right, err := d.Passwords.Verify(c, m.Login.Password, password)
	switch {
	case err != nil:
		return m, err
	case !right || locked:
		_ = level.Warn(d.Log).Log("event", string(why)+" refused", "member", m.ID, "locked", locked)
		return m, errLogin
	}
	_ = d.Log.Log("event", string(why), "member", m.ID)
	return m, d.Store.Members().Update(c, m.ID, func(m *member.Member, appendEntry func(store.Entry)) error {
		m.Login.Failures = member.Failures{}
		appendEntry(d.act(m.ID, string(why)))
		return nil
	})
}

// countFailure counts a wrong password, and reports whether the login is locked.
// For nobody it writes as much, in place of what it wrote before: a write takes long
// enough to tell from none.
func (d *Doors) countFailure(c ctx, m member.Member, why purpose) (locked bool, err error) {
	now := d.Clock.Now()
	if m.ID == 0 {
		return false, d.Store.Sessions().Put(c, store.SessionKey{}, nil, now) // over as it begins, and no token has that key
	}
	err = d.Store.Members().Update(c, m.ID, func(m *member.Member, appendEntry func(store.Entry)) error {
		locked = m.Login.Failures.Locked(now)
		if !locked {
			m.Login.Failures = m.Login.Failures.Failed(now)
			appendEntry(d.act(m.ID, string(why)+" attempt"))
		}
		return nil
	})
	return locked, err
}

// act is a line of the journal about a member. An attempt that no login follows was
// one with a wrong password.
func (d *Doors) act(id member.ID, kind string) store.Entry {
	return store.Entry{At: d.Clock.Now().UTC(), Kind: kind, Actor: "member " + id.String()}
}

// find returns the member with a login name, nobody where there is none.
func (d *Doors) find(c ctx, name string) (member.Member, error) {
	if name == "" {
		return member.Member{}, nil
	}
	m, err := d.Store.Members().ByLogin(c, name)
	if errors.Is(err, store.ErrNotFound) {
		return member.Member{}, nil
	}
	return m, err
}

// begin keeps a session. The store learns the hash of its token alone.
func (d *Doors) begin(c ctx, s session, life time.Duration) (token string, expires time.Time, err error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(d.Rand, raw); err != nil {
		return "", expires, fmt.Errorf("draw token: %w", err)
	}
	token, expires = base64.RawURLEncoding.EncodeToString(raw), d.Clock.Now().Add(life).UTC()
	return token, expires, d.keep(c, token, s, expires)
}

// keep stores a session under its token.
func (d *Doors) keep(c ctx, token string, s session, expires time.Time) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.Store.Sessions().Put(c, store.NewSessionKey(token), data, expires)
}

// replace stores a session in place of another one, store.ErrConflict where that is not
// the one that is kept.
func (d *Doors) replace(c ctx, token string, old, s session, expires time.Time) error {
	before, err := json.Marshal(old)
	if err != nil {
		return err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.Store.Sessions().Replace(c, store.NewSessionKey(token), before, data, d.Clock.Now(), expires)
}

// kept returns the session of a token, errNoLogin where there is none.
func (d *Doors) kept(c ctx, token string) (s session, err error) {
	data, err := d.Store.Sessions().Get(c, store.NewSessionKey(token), d.Clock.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s, errNoLogin
	case err != nil:
		return s, fmt.Errorf("read session: %w", err)
	}
	return s, json.Unmarshal(data, &s)
}

// session returns the session of a request.
func (d *Doors) session(r *http.Request) (session, error) {
	s, err := d.kept(r.Context(), tokenOf(r))
	switch {
	case err != nil:
		return s, err
	case s.Kind != access:
		return s, errNoLogin
	case s.Family != "":
		_, err = d.kept(r.Context(), s.Family)
	}
	return s, err
}

// logout ends the session of a request, and what it could be renewed with. A token that
// has ended says nothing of what came from it, so that the other side is told: it may
// hold one that can still be renewed.
func (d *Doors) logout(w http.ResponseWriter, r *http.Request) (any, error) {
	token := tokenOf(r)
	for name, path := range map[string]string{cookieName: "/", refreshCookie: refreshPath} {
		http.SetCookie(w, &http.Cookie{Name: name, Path: path, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	s, err := d.kept(r.Context(), token)
	if err != nil {
		return nil, err
	}
	err = d.Store.Members().Update(r.Context(), s.Member, func(_ *member.Member, appendEntry func(store.Entry)) error {
		appendEntry(d.act(s.Member, "logout"))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.Family != "" {
		if err := d.Store.Sessions().Delete(r.Context(), store.NewSessionKey(s.Family)); err != nil {
			return nil, err
		}
	}
	return struct{}{}, d.Store.Sessions().Delete(r.Context(), store.NewSessionKey(token))
}

// tokenOf returns the token of a request: of its Authorization header, else of its
// cookie.
func tokenOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), bearer); ok {
		return token
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		return cookie.Value
	}
	return ""
}
