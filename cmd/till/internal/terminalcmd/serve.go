package terminalcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/checkout"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/httpd"
	"github.com/f510b0cf/till/terminal/profile"
)

// Serve is `till terminal serve`.
type Serve struct {
	checkout.Point
	Listen    string        `default:"127.0.0.1:8484" placeholder:"ADDRESS" help:"Address for cash registers, HTTP (${default}); port 0 is any."`
	TokenFile string        `name:"token-file" placeholder:"FILE" help:"Let those alone in who show the token in FILE, which its owner alone may read; a new one is made where FILE is not there. Needed where --listen is no loopback address."`
	HostName  []string      `sep:"none" placeholder:"NAME" help:"Name by which cash registers reach --listen beside its address, such as lane-3.shop.example; can be repeated."`
	Hand      bool          `help:"An emulated card stays outside until a request inserts it, and can be pulled by one; for tests."`
	CardWait  time.Duration `default:"3m" placeholder:"TIME" help:"How long a card is awaited (${default})."`
	JSON      bool          `help:"Say as JSON where the terminal listens."`
}

// Help is the text of the help page.
func (*Serve) Help() string {
	return `Takes payments, refunds and other transactions that a cash register asks for over
HTTP, one at a time, until it is interrupted; first it tells where it listens. Reader,
issuer, profile and keys are those of till checkout. The customer enters a PIN at this
terminal: at the keyboard of the command, at the reader's own PIN pad, or by
--pin-file, which is read again for each payment. No PIN goes over HTTP.

What must not be forgotten is in the journal: a terminal that is killed knows after
its restart how the payment ended, and a request that comes again with its
Idempotency-Key charges nobody twice. docs/register.md has the requests and events.

Example: a terminal that is stopped after two seconds.

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      echo 1234 >pin; timeout -s INT 2 till terminal serve --reader image:my.card \
        --key k --journal my.journal --pin-file pin --listen 127.0.0.1:0 | sed 's/1:[0-9]*/1:PORT/'
  register   http://127.0.0.1:PORT
    page     http://127.0.0.1:PORT/
    OpenAPI  http://127.0.0.1:PORT/openapi.yaml
  terminal   TILL0001, profile demo
  reader     image:my.card
  host       none
`
}

// Run serves until it is interrupted.
func (c *Serve) Run(streams cli.Streams) error {
	p, err := c.Profile()
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	customers, err := c.customers(streams)
	if err != nil {
		return err
	}
	token, err := c.token(streams)
	if err != nil {
		return err
	}
	m, err := c.open(p, customers)
	if err != nil {
		return err
	}
	err = c.serve(ctx, m, p, token, customers, streams)
	return errors.Join(err, m.Close())
}

// serve listens, tells where, and serves.
func (c *Serve) serve(ctx context.Context, m *machine, p profile.Profile, token secret.Value, customers *customers, streams cli.Streams) error {
	config := httpd.Config{Desk: m.desk, Journal: m.journal, Profile: p, Reader: c.Reader, Token: token, HostNames: c.HostName}
	if c.HasHost() {
		config.Host = c.Host
	}
	if c.Hand {
		config.Hand = customers
	}
	door, err := httpd.New(config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: stop what listens there, or name another address with --listen; port 0 takes a free one", err)
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	if err := c.print(l, p, streams); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := httpd.Serve(ctx, l, door.Handler()); err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}

// serving is where a terminal listens and what it is made of.
type serving struct {
	Register string `json:"register"`
	Terminal string `json:"terminal"`
	Profile  string `json:"profile"`
	Reader   string `json:"reader"`
	Host     string `json:"host"`
}

func (c *Serve) print(l net.Listener, p profile.Profile, streams cli.Streams) error {
	s := serving{Register: "http://" + l.Addr().String(), Terminal: p.TerminalIdentification, Profile: p.Name, Reader: c.Reader, Host: c.Host}
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(s)
	}
	var table cli.Table
	table.Row("register", s.Register)
	table.Row("  page", s.Register+"/")
	table.Row("  OpenAPI", s.Register+"/openapi.yaml")
	table.Row("terminal", fmt.Sprintf("%s, profile %s", s.Terminal, s.Profile))
	table.Row("reader", s.Reader)
	table.Row("host", s.Host)
	return table.Print(streams.Out)
}
