package web

import (
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
)

// Access is what the pages need of the server that they are part of: logins,
// registration, and how a member is told what went wrong.
type Access interface {
	// Login logs a member in by a cookie; one that the browser had before ends.
	Login(w http.ResponseWriter, r *http.Request, name string, password secret.Value) error
	Logout(w http.ResponseWriter, r *http.Request) error

	// Who returns the member who is logged in.
	Who(r *http.Request) (member.Member, member.Door, error)

	// Confirm checks the password of a member who is logged in.
	Confirm(r *http.Request, id member.ID, password secret.Value) error

	// Register gives a cardholder a login.
	Register(r *http.Request, door member.Door, f Registration) error

	// Problem returns what a member is told of an error, and sets headers that go
	// with it.
	Problem(w http.ResponseWriter, r *http.Request, err error) Problem
}

// Registration is what a cardholder types to get a login.
type Registration struct {
	PAN      secret.Value // as it is printed, with or without spaces
	Expires  string       // YYMM
	CID      secret.Value // card identification code
	Name     string
	Password secret.Value
}

// Problem is what a member is told of an error.
type Problem struct {
	Status int // of HTTP
	Text   string
	Next   string // what to do
}
