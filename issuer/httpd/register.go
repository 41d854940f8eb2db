package httpd

import (
	"errors"
	"net/http"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/web"
	"github.com/f510b0cf/till/issuer/member"
)

// register gives a cardholder a login.
func (d *Doors) register(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		PAN      hidden `json:"pan"`
		Expires  string `json:"expires"` // YYMM
		CID      hidden `json:"cid"`
		Name     string `json:"name"`
		Password hidden `json:"password"`
	}
	if err := readBody(w, r, &body); err != nil {
		return nil, err
	}
	return struct{}{}, d.Register(r, member.App, web.Registration{
		PAN: body.PAN.Value, Expires: body.Expires, CID: body.CID.Value, Name: body.Name, Password: body.Password.Value,
	})
}

// Register gives a cardholder a login, within the bounds of logins: it is a place
// where identification codes could be tried.
func (d *Doors) Register(r *http.Request, door member.Door, f web.Registration) error {
	if wait := d.logins.allow(admission.AddressOf(r.RemoteAddr), d.Clock.Now()); wait > 0 {
		return tooMany("logins from your address", wait)
	}
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	default:
		return errBusy
	}
	hash, err := d.Passwords.Hash(r.Context(), f.Password)
	if errors.Is(err, member.ErrPasswordLength) {
		return errPassword
	} else if err != nil {
		return err
	}
	expiry, err := account.ParseExpiry([]byte(f.Expires))
	if err != nil {
		return errDetails
	}
	pan, err := panOf(f.PAN)
	if err != nil {
		return errDetails
	}
	_, err = d.Channel.Register(r.Context(), channel.Registration{Door: door, PAN: pan, Expiry: expiry, CID: f.CID, Login: f.Name, Password: hash})
	return err
}

// panOf reads an account number as it is printed on a card, with spaces.
func panOf(v secret.Value) (pan account.PAN, err error) {
	v.Open(func(clear []byte) {
		digits := clear[:0]
		for _, c := range clear {
			if c != ' ' && c != '-' {
				digits = append(digits, c)
			}
		}
		pan, err = account.ParsePAN(digits)
	})
	return pan, err
}
