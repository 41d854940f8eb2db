package story

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/bench/timeline"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Config is where and when a story plays. Dir, Source and Start are necessary.
type Config struct {
	// Dir is an empty folder, which the caller removes. Its path must be short, since
	// a socket lies below.
	Dir    string
	Source random.Source // seeded, so that a scan knows the keys to look for
	Start  time.Time

	Files  fs.FS  // of card and terminal profiles, beside those of the program; nil is none
	Row    string // of the table, for results
	Accept bool   // takes results as they come: to write them down
	Watch  bool   // looks at all cards behind every line, for reports

	// RealTime has the clock run as the machine's does, and every wait last as long as
	// it does at a checkout.
	RealTime bool
	Issuer   func(*issuer.Config) // changes what the issuer works with; nil is nothing

	// Socket returns the reader at the terminal for one insertion, which is closed
	// after it; nil is a slot inside the program.
	Socket func() (Socket, error)
	// Lab is a reader with cards that are not ours; nil is none. Beside a Socket it is
	// not used.
	Lab *Lab
}

// World is what a story plays in: an issuer with members, their cards, and a
// terminal. It is used by one goroutine.
type World struct {
	secret.Opaque
	config   Config
	clock    *Clock
	timeline *timeline.Timeline
	dialect  *message.Dialect
	key      secret.Key // the storage key of card files and journal
	kernel   io.Reader  // what the kernel draws from
	people   map[string]*holder
	secrets  canary.Set
	pinNames map[string]int // the numbers by which a scan names PINs
	logs     []*os.File

	draft   *issuer.Draft // until the issuer is opened
	cast    *cast.Cast
	issuer  *running // from then on
	till    *till    // the terminal that is used; one of tills
	tills   []*till
	policy  pinlife.Policy
	initial []secret.Key // of the terminals
	care    bool         // there is customer care

	foreign int // transactions of cards that are not ours

	calls, callsBefore int // that were made, and those before the issuer's last start

	next insertion // what is prepared for the next card in the reader
	last *outcome  // of the last thing that must be expected
	// settled says that the result of the block is compared, so that nothing in it
	// needs a line of its own.
	settled bool

	hostMu sync.Mutex
	host   hostFault
	inner  *http.Client // to the operators' door

	played []Line // that were carried out, scans left out
}

// The folders and files of a world. What is handed out to people and terminals lies
// in clear in handouts; the others are scanned.
const (
	bankFolder     = "bank"
	handoutFolder  = "handout"
	cardFolder     = "cards"
	terminalFolder = "terminal"
	logFolder      = "log"
	againFolder    = "again"  // of a second world, while there is one
	copyFolder     = "copy"   // of what was backed up
	killedFolder   = "killed" // the data of a host that was killed, and journals of terminals
	keyFile        = "storage.key"
	journalFile    = "journal"
)

const folderMode = 0o700

// New makes a world with an issuer that has no members yet.
func New(c Config) (*World, error) {
	w := &World{
		config: c, clock: NewClock(c.Start), dialect: message.ISO93(), people: map[string]*holder{}, pinNames: map[string]int{},
		kernel: c.Source.Stream("terminal/kernel"),
	}
	if c.RealTime {
		w.clock.Run()
	}
	w.timeline = timeline.New(w.dialect)
	for _, folder := range []string{handoutFolder, cardFolder, terminalFolder, logFolder, copyFolder} {
		if err := os.Mkdir(w.path(folder), folderMode); err != nil {
			return nil, fmt.Errorf("make world: %w", err)
		}
	}
	if err := w.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("make world: %w", err), w.Close())
	}
	return w, nil
}

// path returns that of a file of the world.
func (w *World) path(parts ...string) string {
	return filepath.Join(append([]string{w.config.Dir}, parts...)...)
}

// Timeline returns what has travelled.
func (w *World) Timeline() *timeline.Timeline { return w.timeline }

// Clock returns the world's clock.
func (w *World) Clock() *Clock { return w.clock }

// log makes the file of a log.
func (w *World) log(name string) (io.Writer, error) {
	f, err := os.OpenFile(w.path(logFolder, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	w.logs = append(w.logs, f)
	return f, nil
}

// Close ends all that runs.
func (w *World) Close() error {
	errs := []error{w.CloseTerminal()}
	if w.inner != nil {
		w.inner.CloseIdleConnections()
	}
	if w.issuer != nil {
		errs = append(errs, w.issuer.close())
		w.issuer = nil
	}
	if w.draft != nil {
		errs = append(errs, w.draft.Close())
		w.draft = nil
	}
	for _, f := range w.logs {
		errs = append(errs, f.Close())
	}
	w.logs = nil
	return errors.Join(errs...)
}
