package httpd

import (
	"errors"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
)

// pinBody is the body of a request that sets a PIN: in clear from a program of this
// machine, or enciphered by the holder's device.
type pinBody struct {
	PIN      hidden      `json:"pin"`
	Sealed   *sealedForm `json:"sealed"`
	Password hidden      `json:"password"` // again, to change a PIN
}

type sealedForm struct {
	Key       string `json:"key"`
	Challenge []byte `json:"challenge"`
	Data      []byte `json:"data"`
}

// transported returns the enciphered PIN.
func (f sealedForm) transported() (t hsm.TransportedPIN, err error) {
	if len(f.Challenge) != len(t.Challenge) {
		return t, errBody
	}
	return hsm.TransportedPIN{KeyID: f.Key, Challenge: hsm.Challenge(f.Challenge), Enciphered: f.Data}, nil
}

// pinKey gives out what a page needs to encipher a PIN.
func (d *Doors) pinKey(_ http.ResponseWriter, r *http.Request) (any, error) {
	a, err := d.asked(r)
	if err != nil {
		return nil, err
	}
	k, err := d.Channel.PINKey(r.Context(), a)
	if err != nil {
		return nil, err
	}
	return pinKeyForm{Key: k.Key.ID, SPKI: k.Key.SPKI, Label: hsm.TransportLabel, Challenge: k.Challenge[:], Token: k.Card.String(), Expires: k.Expires}, nil
}

// createPIN creates the first PIN.
func (d *Doors) createPIN(w http.ResponseWriter, r *http.Request) (any, error) {
	a, body, err := d.askedPIN(w, r)
	if err != nil {
		return nil, err
	}
	return d.setPIN(r, a, body, d.Channel.CreatePIN, d.Channel.CreateTransportedPIN)
}

// changePIN changes the PIN. The password is wanted again, by whatever door: somebody
// else may sit before the page, or have the token.
func (d *Doors) changePIN(w http.ResponseWriter, r *http.Request) (any, error) {
	a, body, err := d.askedPIN(w, r)
	if err != nil {
		return nil, err
	}
	if err := d.Channel.MayChangePIN(r.Context(), a); err != nil {
		return nil, err
	}
	if err := d.Confirm(r, a.Member, body.Password.Value); err != nil {
		return nil, err
	}
	return d.setPIN(r, a, body, d.Channel.ChangePIN, d.Channel.ChangeTransportedPIN)
}

func (d *Doors) askedPIN(w http.ResponseWriter, r *http.Request) (a channel.Asked, body pinBody, err error) {
	if a, err = d.asked(r); err != nil {
		return a, body, err
	}
	return a, body, readBody(w, r, &body)
}

// setPIN carries a verb out with the PIN in the form in which it came.
func (d *Doors) setPIN(r *http.Request, a channel.Asked, body pinBody,
	clear func(ctx, channel.Asked, digits) (channel.Status, error), transported func(ctx, channel.Asked, hsm.TransportedPIN) (channel.Status, error),
) (any, error) {
	if body.Sealed == nil {
		st, err := clear(r.Context(), a, body.PIN.Value)
		return statusOf(st), err
	}
	t, err := body.Sealed.transported()
	if err != nil {
		return nil, err
	}
	st, err := transported(r.Context(), a, t)
	return statusOf(st), err
}

// Confirm checks the password of a member who is logged in, within the bounds of
// logins. None at all is not counted as a wrong one.
func (d *Doors) Confirm(r *http.Request, id member.ID, password secret.Value) error {
	if password.Len() == 0 {
		return errStepUp
	}
	m, err := d.Store.Members().Get(r.Context(), id)
	if err != nil {
		return err
	}
	_, err = d.admit(r, m.Login.Name, password, confirmation)
	if errors.Is(err, errLogin) {
		return errConfirm
	}
	return err
}
