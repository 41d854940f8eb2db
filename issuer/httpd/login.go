package httpd

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
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
}

// login takes a name and a password and begins a session: with a cookie for pages,
// else with a token for programs.
func (d *Doors) login(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Name     string `json:"name"`
		Password hidden `json:"password"`
		Cookie   bool   `json:"cookie"`
	}
	if err := readBody(w, r, &body); err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	if !d.logins.allow(host, d.Clock.Now()) {
		return nil, errTooMany
	}
	m, err := d.authenticate(r.Context(), body.Name, body.Password.Value)
	if err != nil {
		return nil, err
	}
	door := member.App
	if body.Cookie {
		door = member.Web
	}
	token, result, err := d.begin(r.Context(), m, door)
	if err != nil {
		return nil, err
	}
	if body.Cookie {
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: token, Path: "/", Expires: result.Expires, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	} else {
		result.Token = token
	}
	return result, nil
}

// authenticate returns the member of a name and password. A wrong password is
// counted before it is looked at, so that many at once do not get more guesses; a
// name that is not there takes as long as one that is.
func (d *Doors) authenticate(c ctx, name string, password secret.Value) (member.Member, error) {
	m, err := d.find(c, name)
	if err != nil {
		return m, err
	}
	locked := false
	if m.ID != 0 {
		now := d.Clock.Now()
		err = d.Store.Members().Update(c, m.ID, func(m *member.Member) error {
			locked = m.Login.Failures.Locked(now)
			if !locked {
				m.Login.Failures = m.Login.Failures.Failed(now)
			}
			return nil
		})
		if err != nil {
			return m, fmt.Errorf("count login: %w", err)
		}
	}
	right, err := d.Passwords.Verify(c, m.Login.Password, password)
	switch {
	case err != nil:
		return m, err
	case !right || locked:
		_ = d.Log.Log("event", "login refused", "member", m.ID, "locked", locked)
		return m, errLogin
	}
	_ = d.Log.Log("event", "login", "member", m.ID)
	return m, d.Store.Members().Update(c, m.ID, func(m *member.Member) error {
		m.Login.Failures = member.Failures{}
		return nil
	})
}

// find returns the member with a login name, nobody where there is none.
func (d *Doors) find(c ctx, name string) (member.Member, error) {
	name, err := member.LoginName(name)
	if err != nil {
		return member.Member{}, nil
	}
	m, err := d.Store.Members().ByLogin(c, name)
	if errors.Is(err, store.ErrNotFound) {
		return member.Member{}, nil
	}
	return m, err
}

// begin begins a session. The store learns the hash of its token alone.
func (d *Doors) begin(c ctx, m member.Member, door member.Door) (token string, l loginForm, err error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(d.Rand, raw); err != nil {
		return "", l, fmt.Errorf("draw token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	data, err := json.Marshal(session{m.ID, door})
	if err != nil {
		return "", l, err
	}
	l = loginForm{Name: m.Name, Expires: d.Clock.Now().Add(d.SessionLife).UTC()}
	return token, l, d.Store.Sessions().Put(c, store.NewSessionKey(token), data, l.Expires)
}

// session returns the session of a request.
func (d *Doors) session(r *http.Request) (s session, err error) {
	data, err := d.Store.Sessions().Get(r.Context(), store.NewSessionKey(tokenOf(r)), d.Clock.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s, errNoLogin
	case err != nil:
		return s, fmt.Errorf("read session: %w", err)
	}
	return s, json.Unmarshal(data, &s)
}

// logout ends the session of a request.
func (d *Doors) logout(w http.ResponseWriter, r *http.Request) (any, error) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return struct{}{}, d.Store.Sessions().Delete(r.Context(), store.NewSessionKey(tokenOf(r)))
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
