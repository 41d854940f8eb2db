package httpd

import (
	"errors"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/web"
	"github.com/f510b0cf/till/issuer/member"
)

var _ web.Access = (*Doors)(nil)

// Login logs a member in by a cookie.
func (d *Doors) Login(w http.ResponseWriter, r *http.Request, name string, password secret.Value) error {
	m, err := d.admit(r, name, password, login)
	if err != nil {
		return err
	}
	_, err = d.beginPages(w, r, m)
	return err
}

// Logout ends the login of a page, or finds that it has ended.
func (d *Doors) Logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.logout(w, r); !errors.Is(err, errNoLogin) {
		return err
	}
	return nil
}

// Who returns the member who is logged in.
func (d *Doors) Who(r *http.Request) (member.Member, member.Door, error) {
	s, err := d.session(r)
	if err != nil {
		return member.Member{}, 0, err
	}
	m, err := d.Store.Members().Get(r.Context(), s.Member)
	return m, s.Door, err
}

// Problem returns what a member is told of an error. What broke is logged.
func (d *Doors) Problem(w http.ResponseWriter, r *http.Request, err error) web.Problem {
	p := asProblem(err)
	if p == errBroken {
		_ = d.Log.Log("event", "broken", "route", r.Pattern, "err", err)
	}
	setRetryAfter(w.Header(), err)
	return web.Problem{Status: p.status, Text: p.text, Next: p.next}
}
