package issuercmd

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/notice"
)

// Serve runs an issuer.
type Serve struct {
	Data
	Listen      string        `default:"127.0.0.1:8583" placeholder:"ADDRESS" help:"Address for terminals, ISO 8583 (${default}); port 0 is any."`
	HTTP        string        `name:"http" default:"127.0.0.1:8580" placeholder:"ADDRESS" help:"Address for members, HTTP (${default}); port 0 is any."`
	TLS         bool          `name:"tls" help:"Members come by HTTPS, with a certificate that is made at the start; members.cert in the data directory is its public half."`
	AnyAddress  bool          `help:"Let --http be reached from other machines without --tls, though PINs and passwords travel in clear."`
	HostName    []string      `sep:"none" placeholder:"NAME" help:"Name by which members reach --http beside its address, such as bank.example; can be repeated."`
	SessionLife time.Duration `default:"1h" placeholder:"TIME" help:"How long a login lasts (${default})."`
	Notices     string        `placeholder:"DIR" xor:"notices" help:"Write notices to members into files of DIR."`
	SMTP        string        `name:"smtp" placeholder:"ADDRESS" xor:"notices" help:"Mail server for notices to members whose login name is an address."`
	SMTPFrom    string        `name:"smtp-from" default:"cards@till.invalid" placeholder:"MAIL" help:"Sender of these notices (${default})."`
	Log         bool          `help:"Write what happens to the error stream, without secrets."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Serve) Help() string {
	return `Runs an issuer until it is interrupted, and first tells where it listens. Members
come by HTTP (pages, app and till login), terminals by ISO 8583, operators through a
socket in the data directory (till issuer status). Without --tls passwords travel in
clear between member and issuer, so that --http takes loopback addresses alone.

Example: an issuer that is stopped after two seconds.

  $ till issuer init --data bank --key storage.key 2>/dev/null; timeout -s INT 2 \
      till issuer serve --data bank --key storage.key \
      --http 127.0.0.1:0 --listen 127.0.0.1:0 | sed 's/1:[0-9]*/1:PORT/'
  bank  issuer without members
  members    http://127.0.0.1:PORT
    pages    http://127.0.0.1:PORT/online/
    app      http://127.0.0.1:PORT/app/
  terminals  127.0.0.1:PORT
  operators  bank/operator.sock
`
}

// serving is where an issuer listens.
type serving struct {
	Members   string `json:"members"`
	Terminals string `json:"terminals"`
	Operators string `json:"operators"`
}

// Run serves until it is interrupted.
func (c *Serve) Run(parent *Command, streams cli.Streams) error {
	kek, err := c.Path()
	if err != nil {
		return err
	}
	var log io.Writer
	if c.Log {
		log = streams.Err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	i, err := issuer.New(issuer.Config{
		Data: c.Data.Data, KEK: kek, Listen: c.Listen, HTTP: c.HTTP, AnyAddress: c.AnyAddress, HostNames: c.HostName, SessionLife: c.SessionLife, Log: log,
		TLS: c.TLS, Notices: c.sender(),
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: stop what listens there, or name another address with --listen or --http; port 0 takes a free one", err)
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	at := serving{Members: i.Addresses().HTTP, Terminals: i.Addresses().Host, Operators: issuer.Socket(c.Data.Data)}
	if err := at.print(streams, parent.JSON); err != nil {
		return errors.Join(err, i.Close())
	}
	if err := errors.Join(i.Serve(ctx), i.Close()); err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}

// sender returns what carries notices, nil where nothing does.
func (c *Serve) sender() notice.Sender {
	switch {
	case c.Notices != "":
		return notice.Folder(c.Notices)
	case c.SMTP != "":
		return notice.SMTP{Server: c.SMTP, From: c.SMTPFrom}
	}
	return nil
}

func (s serving) print(streams cli.Streams, asJSON bool) error {
	if asJSON {
		return writeJSON(streams, s)
	}
	var table cli.Table
	table.Row("members", s.Members)
	table.Row("  pages", s.Members+"/online/")
	table.Row("  app", s.Members+"/app/")
	table.Row("terminals", s.Terminals)
	table.Row("operators", s.Operators)
	return table.Print(streams.Out)
}
