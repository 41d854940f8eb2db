package membercmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
)

// Login logs a member in.
type Login struct {
	Issuer string `required:"" env:"TILL_ISSUER" placeholder:"URL|DIR" help:"Issuer: the URL of its members' door, or the data directory of one that runs on this machine."`
	Name   string `required:"" placeholder:"NAME" help:"Login name."`

	Password
	Session
	Output
}

// Help is the text of the help page.
func (*Login) Help() string {
	return `Logs a member in at a running issuer. The login is kept in a file that its owner
alone may read, for the commands till activate and till pin, until it expires.

Example:

  $ till login --issuer bank --name ben --password-file bank-handout/ben.password
  Ben is logged in for 60 minutes
`
}

// loggedIn is what is told of a login: not the token.
type loggedIn struct {
	Issuer  string    `json:"issuer"`
	Name    string    `json:"name"`
	Expires time.Time `json:"expires"`
}

// Run logs in and keeps the login.
func (c *Login) Run(streams cli.Streams) error {
	ctx, stop := cli.Interruptible()
	defer stop()
	url, err := doors.Resolve(ctx, c.Issuer)
	switch {
	case errors.Is(err, doors.ErrName):
		return err
	case err != nil:
		return cli.Failed{Err: err}
	}
	password, err := c.Password.read(ctx, streams)
	if err != nil {
		return err
	}
	body, err := credentials(c.Name, password)
	defer secret.Wipe(body)
	if err != nil {
		return err
	}
	var login session
	if err := (doors.Members{URL: url}).Ask(ctx, http.MethodPost, "/v1/login", body, &login); err != nil {
		return cli.Failed{Err: err}
	}
	login.Issuer = url
	if !login.isWhole() {
		return cli.Failed{Err: doors.ErrAnswer}
	}
	if err := c.save(login); err != nil {
		_ = login.door().Ask(ctx, http.MethodPost, "/v1/logout", nil, new(struct{})) // nobody has it
		return cli.Failed{Err: fmt.Errorf("%w: name another file with --session", err)}
	}
	if c.JSON {
		return c.write(streams, loggedIn{url, login.Name, login.Expires})
	}
	_, err = fmt.Fprintf(streams.Out, "%s is logged in%s\n", login.Name, lasts(login.Expires.Sub(clock.System{}.Now())))
	return err
}

// lasts says for people how long a login lasts; nothing where the issuer's clock is so
// far behind that nobody here can tell.
func lasts(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d <= 0:
		return ""
	case d < 2*time.Minute:
		return " for " + cli.Count(int(d/time.Second), "second")
	}
	return " for " + cli.Count(int(d.Round(time.Minute)/time.Minute), "minute")
}

// credentials returns the body of a login; the caller wipes it.
func credentials(name string, password secret.Value) (body []byte, err error) {
	password.Open(func(clear []byte) {
		body, err = json.Marshal(map[string]string{"name": name, "password": string(clear)})
	})
	return body, err
}
