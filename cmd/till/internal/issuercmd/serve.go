package issuercmd

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/wire"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Serve runs an issuer.
type Serve struct {
	Config Config `placeholder:"FILE" help:"Configuration file: YAML, the names of these flags as keys, docs/issuer.md. A flag wins over it."`
	Data
	Store       string        `placeholder:"URL" help:"PostgreSQL database with the store, without a password in it: docs/scaling.md. Default: what the data directory says."`
	Listen      string        `default:"127.0.0.1:8583" placeholder:"ADDRESS" help:"Address for terminals, ISO 8583 (${default}); port 0 is any."`
	HTTP        string        `name:"http" default:"127.0.0.1:8580" placeholder:"ADDRESS" help:"Address for members, HTTP (${default}); port 0 is any."`
	HTTPS       bool          `name:"https" help:"Members come by HTTPS, with a certificate that is made at the start; members.cert in the data directory is its public half."`
	AnyAddress  bool          `help:"Let --http be reached from other machines without --https, though PINs and passwords travel in clear."`
	HostName    []string      `sep:"none" placeholder:"NAME" help:"Name by which members reach --http beside its address, such as bank.example; can be repeated."`
	SessionLife time.Duration `default:"1h" placeholder:"TIME" help:"How long a login lasts (${default})."`
	Notices     string        `placeholder:"DIR" xor:"notices" help:"Write notices to members into files of DIR."`
	SMTP        string        `name:"smtp" placeholder:"ADDRESS" xor:"notices" help:"Mail server for notices to members whose login name is an address."`
	SMTPFrom    string        `name:"smtp-from" default:"cards@till.invalid" placeholder:"MAIL" help:"Sender of these notices (${default})."`
	Metrics     string        `placeholder:"ADDRESS" help:"Address for /metrics and /healthz, beside the operators' socket, which has both; port 0 is any."`
	Log         bool          `help:"Write what happens to the error stream, without secrets."`
	LogFormat   string        `enum:"logfmt,json" default:"logfmt" placeholder:"FORMAT" help:"How a line of the log is written: logfmt or json (${default})."`
	LogLevel    string        `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Lowest level that is logged: debug, info, warn or error (${default})."`

	OnlinePINEffective string `name:"online-pin-effective" enum:"on-commit,immediate" default:"on-commit" placeholder:"WHEN" help:"When a changed PIN is accepted online: once the chip has it, on-commit, or immediate (${default})."`
	ScriptTemplate     string `enum:"71,72" default:"72" placeholder:"TAG" help:"Issuer script template that carries a PIN: 71 or 72 (${default})."`
	RequireOldPIN      bool   `name:"require-old-pin" default:"true" negatable:"" help:"Send a PIN only to whom knows the PIN before it (${default})."`
	DeliverOnDecline   bool   `default:"true" negatable:"" help:"Send a PIN in a declined answer too (${default})."`
	PINAttempts        uint8  `name:"pin-attempts" default:"5" placeholder:"N" help:"How often a PIN goes out without a proof before an operator is asked (${default})."`

	DataAuthenticationFailed string `enum:"note,decline,ignore" default:"note" placeholder:"WHAT" help:"What is done where a terminal says that SDA, DDA or CDA failed: note, decline or ignore (${default})."`
	NumberRepeated           string `enum:"note,decline,ignore" default:"note" placeholder:"WHAT" help:"What is done where an unpredictable number comes again for a card: note, decline or ignore (${default})."`
	RequireCID               bool   `name:"require-cid" help:"Decline orders without card identification digits."`
	AcceptAnyAEVV            bool   `name:"accept-any-aevv" help:"Take the verification value of an authenticated order for right, whatever it is: another makes them."`
	StandIn                  string `enum:"silence,unavailable" default:"silence" placeholder:"WHAT" help:"What terminals are told where store or keys fail: nothing, silence, or unavailable, code 912 (${default})."`

	Connections           uint16 `default:"1024" placeholder:"N" help:"How many connections terminals have open at most, and as many members (${default})."`
	ConnectionsPerAddress uint16 `default:"512" placeholder:"N" help:"How many of them come from one address, or one IPv6 network (${default})."`

	SignOn bool `name:"sign-on" help:"Hang up on terminals that ask for anything but an echo before they have signed on."`
	wire.Look
	wire.HostTLS
	wire.MAC
	Phone
	KeySource
}

// Help is the text of the help page.
func (*Serve) Help() string {
	return `Runs an issuer until it is interrupted, and first tells where it listens. Members
come by HTTP (pages, app and till login), terminals by ISO 8583, operators through a
socket in the data directory (till issuer status). Without --https passwords travel in
clear between member and issuer, so that --http takes loopback addresses alone. Callers
come by --sip or through a voice provider (docs/phone.md).

A configuration file has the flags of this command as keys, a line each:

  data: bank
  key: storage.key
  metrics: 127.0.0.1:9108

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
	Calls     string `json:"calls,omitempty"`
	Metrics   string `json:"metrics,omitempty"`
}

// Run serves until it is interrupted.
func (c *Serve) Run(parent *Command, streams cli.Streams) error {
	config, err := c.config(streams)
	if err != nil {
		return err
	}
	ctx, stop := cli.Interruptible()
	defer stop()
	i, err := issuer.New(config)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: stop what listens there, or name another address with --listen, --http or --sip; port 0 takes a free one", err)
	}
	if err != nil {
		return cli.Failed{Err: err}
	}
	a := i.Addresses()
	at := serving{Members: a.HTTP, Terminals: a.Host, Operators: issuer.Socket(c.Data.Data), Calls: a.SIP, Metrics: a.Metrics}
	if err := at.print(streams, parent.JSON); err != nil {
		return errors.Join(err, i.Close())
	}
	if err := errors.Join(i.Serve(ctx), i.Close()); err != nil {
		return cli.Failed{Err: err}
	}
	return nil
}

// config returns what the issuer is told.
func (c *Serve) config(streams cli.Streams) (issuer.Config, error) {
	if c.Connections == 0 || c.ConnectionsPerAddress == 0 {
		return issuer.Config{}, errors.New("--connections, --connections-per-address: want at least 1")
	}
	kek, err := c.KEK(streams)
	if err != nil {
		return issuer.Config{}, err
	}
	dialect, framing, err := c.Look.Open()
	if err != nil {
		return issuer.Config{}, err
	}
	protection, err := c.HostTLS.Config()
	if err != nil {
		return issuer.Config{}, err
	}
	macKey, err := c.MAC.Key()
	if err != nil {
		return issuer.Config{}, err
	}
	risk, err := c.risk()
	if err != nil {
		return issuer.Config{}, err
	}
	phone, err := c.Phone.config(streams)
	if err != nil {
		return issuer.Config{}, err
	}
	standIn := authorization.Silence
	if c.StandIn == authorization.Unavailable.String() {
		standIn = authorization.Unavailable
	}
	var log io.Writer
	if c.Log {
		log = streams.Err
	}
	return issuer.Config{
		Data: c.Data.Data, KEK: kek, Store: c.Store, Listen: c.Listen, HTTP: c.HTTP, AnyAddress: c.AnyAddress, HostNames: c.HostName, SessionLife: c.SessionLife,
		Policy: c.policy(), Risk: risk, StandIn: standIn, Phone: phone,
		Metrics: c.Metrics, Log: log, LogOptions: oplog.Options{Format: c.LogFormat, Level: c.LogLevel},
		Dialect: dialect, Framing: framing, TLS: protection, MACKey: macKey, SignOn: c.SignOn,
		Connections: admission.Bounds{Total: int(c.Connections), PerAddress: int(c.ConnectionsPerAddress)},
		HTTPS:       c.HTTPS, Notices: c.sender(),
	}, nil
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
	if s.Calls != "" {
		table.Row("calls", s.Calls)
	}
	if s.Metrics != "" {
		table.Row("metrics", s.Metrics)
	}
	return table.Print(streams.Out)
}

// risk returns what is done about suspicious requests.
func (c *Serve) risk() (r authorization.Risk, err error) {
	r.RequireCID, r.AcceptAnyAEVV = c.RequireCID, c.AcceptAnyAEVV
	if r.DataAuthenticationFailed, err = authorization.ParseTreatment(c.DataAuthenticationFailed); err != nil {
		return r, err
	}
	r.NumberRepeated, err = authorization.ParseTreatment(c.NumberRepeated)
	return r, err
}

// policy returns the switches of the PIN's life.
func (c *Serve) policy() pinlife.Policy {
	p := pinlife.DefaultPolicy()
	if c.OnlinePINEffective == "immediate" {
		p.OnlinePINEffective = pinlife.Immediate
	}
	if c.ScriptTemplate == "71" {
		p.ScriptTemplate = pinlife.Template71
	}
	p.RequireOldPIN, p.DeliverOnDecline, p.AttemptsMax = c.RequireOldPIN, c.DeliverOnDecline, c.PINAttempts
	return p
}
