package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/wire"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// noHost is the value of --host for a terminal without a link.
const noHost = "none"

// Memory is where a terminal keeps what it must not forget, and how that is sealed.
type Memory struct {
	Journal     string `placeholder:"FILE" help:"With a host: file of what the terminal must not forget, such as reversals. Default: till/terminal.journal below the configuration directory of the user."`
	TerminalKey string `placeholder:"FILE" help:"With a host: initial keys for online PINs, as \"till issuer init --demo\" hands them out, for TDES DUKPT, AES DUKPT or both. They are loaded once."`

	SignOn bool `name:"sign-on" help:"Sign on first, where the host wants that."`
	wire.Look
	wire.TerminalTLS
	wire.MAC
	cli.StorageKey
}

// online is the terminal's way to its issuer and what it keeps of it.
type online struct {
	link    *link.Link
	journal *journal.Journal
}

// openOnline opens journal and link; without a host there is neither.
func (c *Point) openOnline(p profile.Profile) (*online, error) {
	if !c.HasHost() {
		if c.Journal != "" {
			return nil, errors.New("--journal and --terminal-key go with --host")
		}
		return &online{}, c.CheckHostless()
	}
	return c.open(c.Host, p)
}

// HasHost reports whether there is an issuer to ask.
func (c *Point) HasHost() bool { return c.Host != noHost }

// CheckHostless returns an error where an option is of use with a host alone.
func (c *Point) CheckHostless() error {
	switch {
	case c.TerminalKey != "":
		return errors.New("--journal and --terminal-key go with --host")
	case c.SignOn || c.Look.Given() || c.TLSCA != "" || c.TLSCert != "" || c.TLSKey != "" || c.MACKey != "":
		return errors.New("--dialect, --framing, --sign-on, --tls-ca and --mac-key go with --host")
	}
	return nil
}

// open opens the journal and a link to a host.
func (c Memory) open(host string, p profile.Profile) (*online, error) {
	connect, err := c.Line(host, p)
	if err != nil {
		return nil, err
	}
	j, err := c.OpenJournal()
	if err != nil {
		return nil, err
	}
	l, err := connect(j)
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return &online{link: l, journal: j}, nil
}

// Line checks what is said of the line to a host, and returns what makes a link of it
// and a journal.
func (c Memory) Line(host string, p profile.Profile) (func(*journal.Journal) (*link.Link, error), error) {
	if name, port, err := net.SplitHostPort(host); err != nil || name == "" || port == "" {
		return nil, errors.New("--host: want host and port, such as 127.0.0.1:8583: `till issuer serve` tells them as those for terminals")
	}
	dialect, framing, err := c.Look.Open()
	if err != nil {
		return nil, err
	}
	protection, err := c.TerminalTLS.Config()
	if err != nil {
		return nil, err
	}
	macKey, err := c.MAC.Key()
	if err != nil {
		return nil, err
	}
	return func(j *journal.Journal) (*link.Link, error) {
		if err := c.loadKey(j); err != nil {
			return nil, err
		}
		return link.New(link.Config{Address: host, Journal: j, Profile: p, Dialect: dialect, Framing: framing, TLS: protection, MACKey: macKey, SignOn: c.SignOn})
	}, nil
}

// OpenJournal opens the terminal's journal, or makes one. Payments that a terminal for cash
// registers left open in it are ended, before a link can send what is owed for them.
func (c Memory) OpenJournal() (*journal.Journal, error) {
	key, err := c.Read()
	if err != nil {
		return nil, err
	}
	path, err := journalPath(c.Journal)
	if err == nil && c.Journal == "" {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(journal.Config{Path: path, Key: key})
	if err != nil {
		return nil, explainJournal(path, err)
	}
	if err := desk.Recover(j); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// explainJournal says what to do about a journal that does not open.
func explainJournal(path string, err error) error {
	next := "name another file with --journal"
	switch {
	case errors.Is(err, journal.ErrInUse):
		return fmt.Errorf("open the terminal's journal %s: %w", path, journal.ErrInUse)
	case errors.Is(err, secret.ErrUnseal):
		return fmt.Errorf("open the terminal's journal %s: it was made under another storage key, or altered: name its key with --key, or another file with --journal", path)
	case errors.Is(err, fs.ErrNotExist):
		next = "make its folder, or " + next
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner // the innermost says it without the path
	}
	return fmt.Errorf("open the terminal's journal %s: %w: %s", path, err, next)
}

// journalPath returns the file of the journal, by default one below the
// configuration directory of the user.
func journalPath(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the terminal's journal: %w: name one with --journal", err)
	}
	return filepath.Join(dir, "till", "terminal.journal"), nil
}

// kernelOnline returns the link as the kernel sees it; nil is none.
func (o *online) kernelOnline() kernel.Online {
	if o.link == nil {
		return nil
	}
	return o.link
}

// counter returns the journal as the source of transaction numbers; nil counts
// from 1.
func (o *online) counter() terminal.Counter {
	if o.journal == nil {
		return nil
	}
	return o.journal
}

// receipts returns the journal as what keeps receipts; nil keeps none.
func (o *online) receipts() terminal.Receipts {
	if o.journal == nil {
		return nil
	}
	return o.journal
}

// settleMax is how long the customer's receipt has been printed before the terminal
// gives up waiting for acknowledgements.
const settleMax = 3 * time.Second

// settle waits a moment until the issuer has the reversal or advice of the purchase,
// and tells where it has not.
func (o *online) settle(ctx context.Context, w io.Writer) {
	if o.link == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settleMax)
	defer cancel()
	if n := o.link.Settle(ctx); n > 0 {
		fmt.Fprintf(w, "till: the issuer has not acknowledged %s: kept in the journal, the next purchase sends it again\n", cli.Count(n, "message"))
	}
}

// Close hangs up and closes the journal. What is still due stays in it.
func (o *online) Close() error {
	if o.link == nil {
		return nil
	}
	return errors.Join(o.link.Close(), o.journal.Close())
}
