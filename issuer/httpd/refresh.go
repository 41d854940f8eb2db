package httpd

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// How long tokens of a login that can be renewed last.
const (
	accessLife = 10 * time.Minute
	familyLife = 12 * time.Hour // from the login, however often it is renewed
)

const (
	refreshCookie = "till_refresh"
	refreshPath   = "/v1/refresh"
	familyBytes   = 16
)

// refreshWay is how a login gets its refresh token.
type refreshWay string

const (
	noRefresh       refreshWay = ""
	refreshInBody   refreshWay = "body"
	refreshInCookie refreshWay = "cookie" // scripts do not see it
)

func (w refreshWay) valid() bool {
	return w == noRefresh || w == refreshInBody || w == refreshInCookie
}

// beginFamily begins a login that can be renewed.
func (d *Doors) beginFamily(w http.ResponseWriter, r *http.Request, m member.Member, way refreshWay) (any, error) {
	raw := make([]byte, familyBytes)
	if _, err := io.ReadFull(d.Rand, raw); err != nil {
		return nil, fmt.Errorf("draw family: %w", err)
	}
	ends := d.Clock.Now().Add(familyLife).UTC()
	s := session{Member: m.ID, Door: member.App, Ends: ends, Family: "family " + base64.RawURLEncoding.EncodeToString(raw)}
	if err := d.keep(r.Context(), s.Family, session{Member: m.ID, Kind: family}, ends); err != nil {
		return nil, err
	}
	return d.renew(w, r, s, m.Name, way, familyLife)
}

// renew gives out the next two tokens of a family.
func (d *Doors) renew(w http.ResponseWriter, r *http.Request, s session, name string, way refreshWay, life time.Duration) (any, error) {
	s.Kind = access
	token, expires, err := d.begin(r.Context(), s, min(accessLife, life))
	if err != nil {
		return nil, err
	}
	s.Kind = refresh
	next, ends, err := d.begin(r.Context(), s, life)
	if err != nil {
		return nil, err
	}
	form := loginForm{Token: token, Name: name, Expires: expires}
	if way == refreshInCookie {
		http.SetCookie(w, d.cookie(r, refreshCookie, refreshPath, next, ends))
	} else {
		form.Refresh = next
	}
	return form, nil
}

// refresh exchanges a refresh token for new tokens. One that comes a second time was
// stolen, by whoever came first or by whoever comes now: the whole login ends.
func (d *Doors) refresh(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Refresh hidden `json:"refresh"`
	}
	if err := readBody(w, r, &body); err != nil {
		return nil, err
	}
	way, token := refreshInBody, ""
	body.Refresh.Open(func(clear []byte) { token = string(clear) })
	if cookie, err := r.Cookie(refreshCookie); err == nil && token == "" {
		way, token = refreshInCookie, cookie.Value
	}
	s, err := d.kept(r.Context(), token)
	switch {
	case err != nil:
		return nil, err
	case s.Kind != refresh:
		return nil, errNoLogin
	case s.Used:
		return nil, d.cameTwice(r.Context(), s)
	}
	if _, err := d.kept(r.Context(), s.Family); err != nil {
		return nil, err
	}
	return d.exchange(w, r, token, s, way)
}

// cameTwice ends the login of a refresh token that was used before.
func (d *Doors) cameTwice(c ctx, s session) error {
	_ = d.Log.Log("event", "refresh token came twice", "member", s.Member)
	if err := d.Store.Sessions().Delete(c, store.NewSessionKey(s.Family)); err != nil {
		return err
	}
	return errNoLogin
}

// exchange marks a refresh token as used and gives out the next ones. Of two requests that
// come at once, at whichever processes, one does so.
func (d *Doors) exchange(w http.ResponseWriter, r *http.Request, token string, s session, way refreshWay) (any, error) {
	m, err := d.Store.Members().Get(r.Context(), s.Member)
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	used := s
	used.Used = true
	err = d.replace(r.Context(), token, s, used, s.Ends)
	if errors.Is(err, store.ErrConflict) {
		return nil, d.cameTwice(r.Context(), s)
	} else if err != nil {
		return nil, err
	}
	return d.renew(w, r, s, m.Name, way, s.Ends.Sub(d.Clock.Now()))
}
