package cardtest

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
)

// Issuer does for one application of a card what its issuer's host does.
type Issuer struct {
	secret.Opaque
	keys    cryptogram.MasterKeys // of the card
	profile cryptogram.Profile
	style   script.Style
}

// Issuer returns the issuer of an application, from 0 in the order of the image.
func (c *Card) Issuer(application int) (*Issuer, error) {
	apps := c.Issued.Image.Applications
	if application < 0 || application >= len(apps) {
		return nil, fmt.Errorf("find issuer: application %d, the card has %d", application, len(apps))
	}
	a := &apps[application]
	i := &Issuer{keys: a.Keys}
	var ok bool
	if i.profile, ok = cryptogram.ProfileByName(a.Cryptogram); !ok {
		return nil, fmt.Errorf("find issuer: no cryptogram row %q", a.Cryptogram)
	}
	if i.style, ok = script.StyleByName(a.Script); !ok && a.Script != image.NoScripts {
		return nil, fmt.Errorf("find issuer: no script row %q", a.Script)
	}
	return i, nil
}

// Request is what the issuer goes by: the data of an online request.
type Request struct {
	Input cryptogram.Input
	ARQC  emv.AC
}

// ParseRequest reads a request from BER-TLV data objects, such as DE55: those that
// the cryptogram covers, 9F10 and 9F26.
func ParseRequest(objects []byte) (Request, error) {
	in, err := cryptogram.ParseInput(objects)
	if err != nil {
		return Request{}, fmt.Errorf("parse request: %w", err)
	}
	ac, err := findAC(objects)
	if err != nil {
		return Request{}, fmt.Errorf("parse request: %w", err)
	}
	return Request{in, ac}, nil
}

// session derives the keys of a transaction.
func (i *Issuer) session(r Request) cryptogram.Session {
	return i.profile.Session(i.keys.AC, r.Input.ATC, r.Input.UnpredictableNumber)
}

// Verify checks the ARQC of a request.
func (i *Issuer) Verify(r Request) error { return i.session(r).Verify(&r.Input, r.ARQC) }

// Answer returns issuer authentication data, tag 91, that approves or declines.
// By ARPC method 1 it has the response code 00 or 05.
func (i *Issuer) Answer(r Request, approve bool) ([]byte, error) {
	response := cryptogram.IssuerResponse{ARC: [2]byte{'0', '5'}}
	if approve {
		response.ARC = [2]byte{'0', '0'}
		csu := emv.CSU(response.CSU)
		csu.Set(emv.CSUIssuerApproves)
		response.CSU = csu
	}
	return i.session(r).AppendIssuerAuthenticationData(nil, r.ARQC, response)
}

// Script returns the secure messaging for the transaction of a request, which
// makes script commands.
func (i *Issuer) Script(r Request) script.Session {
	return script.NewSession(i.style, i.keys, script.Context{ATC: r.Input.ATC, AC: r.ARQC})
}

// PINChange returns the PIN CHANGE/UNBLOCK command that sets a PIN of those
// digits.
func (i *Issuer) PINChange(r Request, digits string) ([]byte, error) {
	p, err := pin.Parse([]byte(digits))
	if err != nil {
		return nil, err
	}
	c, err := i.Script(r).PINChange(p)
	if err != nil {
		return nil, err
	}
	return c.Encode()
}
