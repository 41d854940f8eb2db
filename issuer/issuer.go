package issuer

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"time"

	kitlog "github.com/go-kit/log"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/admission"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr/sip"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/metrics"
	"github.com/f510b0cf/till/issuer/notice"
	"github.com/f510b0cf/till/issuer/oplog"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/watched"
)

// Config says what an issuer works with. Data, KEK, Listen and HTTP are necessary.
type Config struct {
	Data   string  // directory that Init made
	KEK    hsm.KEK // what its keys are sealed under
	Store  string  // connection string of the database with the store; empty is what the directory says
	Listen string  // TCP address for terminals, ISO 8583; port 0 is any
	HTTP   string  // TCP address for members; port 0 is any

	// AnyAddress allows HTTP without TLS to be reached from other machines, though PINs
	// and passwords travel in clear.
	AnyAddress bool
	HostNames  []string // by which members reach HTTP, beside its address
	// HTTPS has HTTP under TLS with a certificate that is made at the start; its public
	// half lies in the data directory, for whoever is to trust it.
	HTTPS bool
	// Notices carries notices to members; nil is nobody.
	Notices notice.Sender

	Dialect     *message.Dialect      // nil is message.ISO93
	Framing     *message.Framing      // nil is that of the dialect
	TLS         *tls.Config           // of terminals; nil is none
	MACKey      secret.Key            // of the messages of terminals; the zero Key is none
	Connections admission.Bounds      // of each door on the network; what is zero has a default
	SignOn      bool                  // terminals sign on before they ask for anything but an echo
	Policy      pinlife.Policy        // the zero Policy is pinlife.DefaultPolicy
	Risk        authorization.Risk    // what is done about suspicious requests
	StandIn     authorization.StandIn // what terminals are told where store or keys fail
	SessionLife time.Duration         // of a login; 0 is httpd.SessionLifeDefault
	Changes     member.Pace           // of a card's PIN; zero is channel.DefaultChanges
	Logins      httpd.Logins          // bounds of passwords; zero is httpd.DefaultLogins
	Phone       Phone                 // how callers reach the issuer
	Clock       clock.Clock           // nil is the system's
	Log         io.Writer             // nil is none; secrets are kept out
	LogOptions  oplog.Options
	Metrics     string // TCP address for metrics and health, beside the operators' door; empty is none

	// ObserveMessage and ObserveRequest are told what terminals and members send and
	// get, for a timeline; nil is nobody. Many goroutines call them.
	ObserveMessage func(host.Event)
	ObserveRequest func(channel.Event)
	// AroundStore stands between the issuer and its store, for faults; nil is nothing.
	AroundStore func(store.Store) store.Store
}

// Issuer is an issuer that is ready to serve.
type Issuer struct {
	data      string
	store     dataStore
	measured  store.Store // counted by metrics
	metrics   *metrics.Metrics
	module    *hsm.Software
	watched   *watched.Store
	host      *host.Host
	doors     *httpd.Doors
	notices   *notice.Runner // nil is none
	https     *tls.Config    // of members; nil is none
	terminals net.Listener
	members   net.Listener
	operators net.Listener
	calls     *sip.Server  // nil where nobody calls by SIP
	numbers   net.Listener // nil where Config.Metrics is empty
	clock     clock.Clock
	log       kitlog.Logger
}

// New opens a data directory and listens. The error wraps store.ErrInUse where
// another process works on the directory.
func New(c Config) (i *Issuer, err error) {
	if c.Data == "" || c.KEK.IsZero() || c.Listen == "" || c.HTTP == "" {
		return nil, errors.New("make issuer: it needs a data directory, a key-encryption key and two addresses")
	}
	if !c.AnyAddress && !c.HTTPS && !loopback(c.HTTP) {
		return nil, fmt.Errorf("listen on %s: %w", c.HTTP, errNotLoopback)
	}
	module, s, err := openData(context.Background(), c.Data, c.KEK, c.Store)
	if err != nil {
		return nil, err
	}
	i = &Issuer{data: c.Data, store: s, module: module, clock: clock.Or(c.Clock), log: kitlog.NewNopLogger(), metrics: metrics.New()}
	i.measured = i.metrics.Store(c.around(s), i.clock)
	i.metrics.Cards(s, i.clock)
	i.metrics.StoreFailed(s.Failed)
	i.watched = watched.New(i.measured)
	defer func() {
		if err != nil {
			err, i = errors.Join(err, i.Close()), nil
		}
	}()
	if c.Log != nil {
		if i.log, err = oplog.New(c.Log, i.clock.Now, c.LogOptions); err != nil {
			return i, err
		}
	}
	if err := i.makeHost(c, module); err != nil {
		return i, err
	}
	if err := i.makeDoors(c, module); err != nil {
		return i, err
	}
	if err := i.makeNotices(c); err != nil {
		return i, err
	}
	return i, i.listen(c)
}

// around returns the store with what stands around it.
func (c Config) around(s store.Store) store.Store {
	if c.AroundStore == nil {
		return s
	}
	return c.AroundStore(s)
}

// makeHost makes what terminals talk to.
func (i *Issuer) makeHost(c Config, module *hsm.Software) error {
	if c.Dialect == nil {
		c.Dialect = message.ISO93()
	}
	a, err := authorization.New(authorization.Config{Store: i.watched, Module: module, Dialect: c.Dialect, Policy: c.Policy, Risk: c.Risk, StandIn: c.StandIn, Clock: i.clock, Logger: i.log})
	if err != nil {
		return err
	}
	i.host, err = host.New(host.Config{
		Dialect: c.Dialect, Framing: c.Framing, RequireSignOn: c.SignOn, MACKey: c.MACKey, Authorizer: i.metrics.Authorizer(a, i.clock), Connections: c.Connections,
		Clock: i.clock, Logger: i.log, Observe: c.ObserveMessage,
	})
	return err
}

// makeDoors makes what members and operators talk to.
func (i *Issuer) makeDoors(c Config, module *hsm.Software) error {
	service, err := channel.New(channel.Config{
		Store: i.watched, PINs: module, Clock: i.clock, Log: i.log, TriesMax: authorization.PINTriesMax, CodeTriesMax: authorization.CIDTriesMax, Changes: c.Changes, Observe: c.ObserveRequest,
	})
	if err != nil {
		return err
	}
	passwords := member.NewPasswords(rand.Reader, runtime.GOMAXPROCS(0))
	pages, err := i.makePhone(c, service, passwords)
	if err != nil {
		return err
	}
	i.doors, err = httpd.New(httpd.Config{
		Channel: service, Store: i.watched, Watch: i.watched, Passwords: passwords,
		Rand: rand.Reader, Clock: i.clock, Log: i.log, SessionLife: c.SessionLife, Logins: c.Logins, HostNames: c.HostNames, Pages: pages,
		Count: i.metrics.Request, StoreFailed: i.store.Failed,
	})
	return err
}

// makeNotices makes what tells members of what was committed.
func (i *Issuer) makeNotices(c Config) (err error) {
	if c.Notices == nil {
		return nil
	}
	i.notices, err = notice.New(context.Background(), notice.Config{
		Store: i.watched, Sender: c.Notices, Position: positionOf(i.store, c.Data), Clock: i.clock, Log: i.log,
	})
	return err
}

// errNotLoopback says why an address is refused, and what to do.
var errNotLoopback = errors.New("PINs and passwords would travel in clear: use a loopback address such as 127.0.0.1:8080, use --https, or allow it with --any-address")

// loopback reports whether an address is reached from this machine alone.
func loopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return true // Listen says what is wrong with it
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// listen opens the three listeners.
func (i *Issuer) listen(c Config) (err error) {
	if i.terminals, err = net.Listen("tcp", c.Listen); err != nil {
		return fmt.Errorf("listen for terminals: %w", err)
	}
	if c.TLS != nil {
		i.terminals = tls.NewListener(i.terminals, c.TLS)
	}
	if i.members, err = i.listenHTTP("members", c.HTTP, c); err != nil {
		return err
	}
	if c.HTTPS {
		if err := i.secure(c); err != nil {
			return fmt.Errorf("listen for members: %w", err)
		}
	}
	if c.Metrics != "" {
		if i.numbers, err = i.listenHTTP("metrics", c.Metrics, c); err != nil {
			return err
		}
	}
	path := Socket(c.Data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of a process that was killed: the store is ours
		return fmt.Errorf("listen for operators: %w", err)
	}
	if i.operators, err = net.Listen("unix", path); err != nil {
		return fmt.Errorf("listen for operators: %w: the path of the data directory may be too long for a socket", err)
	}
	return os.Chmod(path, socketMode)
}

// listenHTTP listens for a door that speaks HTTP, within the bounds of connections.
func (i *Issuer) listenHTTP(door, address string, c Config) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", door, err)
	}
	return admission.Listen(l, c.Connections, i.clock, func(r admission.Refusal) {
		_ = i.log.Log("event", "connection refused", "door", door, "reason", r.Reason, "most", r.Most, "count", r.Count)
	}), nil
}

// socketMode lets the owner alone talk to the operators' door.
const socketMode os.FileMode = 0o600

// Addresses returns where the issuer listens.
func (i *Issuer) Addresses() httpd.Addresses {
	scheme := "http://"
	if i.https != nil {
		scheme = "https://"
	}
	a := httpd.Addresses{HTTP: scheme + i.members.Addr().String(), Host: i.terminals.Addr().String()}
	if i.calls != nil {
		a.SIP = "sip:" + i.calls.Address()
	}
	if i.numbers != nil {
		a.Metrics = "http://" + i.numbers.Addr().String() + "/metrics"
	}
	return a
}

// Close gives up what is open. It is for an issuer that does not Serve any more.
func (i *Issuer) Close() error {
	for _, l := range []net.Listener{i.terminals, i.members, i.operators, i.numbers} {
		if l != nil {
			_ = l.Close() // closed already by Serve
		}
	}
	if i.calls != nil {
		return errors.Join(i.calls.Close(), i.store.Close())
	}
	return i.store.Close()
}
