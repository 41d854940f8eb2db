package card

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
)

// Create writes a new card to an empty medium. key is the AES key that seals its
// memory; rand gives nonces, nil is the system's generator. An image that the
// card can not run is refused and nothing is written.
func Create(m Medium, key secret.Key, img image.Image, rand io.Reader) error {
	size, err := m.Size()
	if err != nil {
		return fmt.Errorf("create card: %w", err)
	}
	if size != 0 {
		return fmt.Errorf("create card: memory is not empty: it has %d bytes", size)
	}
	if _, err := prepare(&img); err != nil {
		return fmt.Errorf("create card: %w", err)
	}
	sealed, err := img.Seal(key, orSystem(rand))
	if err != nil {
		return fmt.Errorf("create card: %w", err)
	}
	if err := errors.Join(m.Append(record{kind: imageRecord, payload: sealed}.append(nil)), m.Sync()); err != nil {
		return fmt.Errorf("create card: write card memory: %w", err)
	}
	return nil
}

// orSystem returns the system's generator in place of nil.
func orSystem(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}

// Config says what a card runs on.
type Config struct {
	Medium Medium
	Key    secret.Key // AES, the one that the card was created with
	// Rand gives challenges, ICC dynamic numbers and the nonces of the memory; nil
	// is the system's generator. A stream that starts over repeats nonces under
	// Key, which lays the memory open: it is for tests whose key is no secret.
	Rand io.Reader
	// Cut reports whether the power goes at a point; nil is never. The card must
	// be opened again then.
	Cut func(Point) bool
}

// ICC is an integrated circuit card without power. It is safe for concurrent
// use; there is one session at a time.
type ICC struct {
	secret.Opaque
	image        image.Image
	applications []application
	rand         io.Reader
	key          secret.Key
	cut          func(Point) bool
	hash         [sha256.Size]byte // of the sealed image
	state        atomic.Pointer[state]
	session      atomic.Pointer[session] // the one with power; nil for none

	mu      sync.Mutex // held while a command is carried out
	journal *journal
	failure error // what made the memory unusable
}

// ErrNoCard says that the medium holds no card: it is empty, or the card's
// making was cut off.
var ErrNoCard = errors.New("memory holds no card")

// Open reads a card from its medium and makes good a write that was torn by a
// loss of power: the card is as it was before that write. The error wraps
// ErrNoCard, ErrDamaged, or secret.ErrUnseal where the key is another one or the
// memory was altered; in all three cases the medium is left as it was.
func Open(config Config) (*ICC, error) {
	if config.Medium == nil || config.Key.IsZero() {
		return nil, errors.New("open card: Config wants a Medium and a Key")
	}
	c := &ICC{key: config.Key, rand: orSystem(config.Rand), cut: config.Cut}
	if c.cut == nil {
		c.cut = func(Point) bool { return false }
	}
	if err := c.load(config.Medium); err != nil {
		return nil, fmt.Errorf("open card: %w", err)
	}
	return c, nil
}

// load reads the image and the last state.
func (c *ICC) load(m Medium) error {
	var first, last record
	j, err := openJournal(m, func(r record) error {
		if r.kind == imageRecord {
			first = r
		}
		last = r
		return nil
	})
	switch {
	case err != nil:
		return err
	case j.next == 0:
		return ErrNoCard
	}
	if err := c.loadImage(first.payload); err != nil {
		return err
	}
	if err := c.loadState(last); err != nil {
		return err
	}
	c.journal = j
	return j.repair()
}

func (c *ICC) loadImage(sealed []byte) (err error) {
	c.hash = sha256.Sum256(sealed)
	if c.image, err = image.Unseal(c.key, sealed); err != nil {
		return err
	}
	c.applications, err = prepare(&c.image)
	return err
}

// loadState takes the state of the last record; where that is the image, the
// card was never used.
func (c *ICC) loadState(last record) error {
	s := firstState(c.image)
	if last.kind == stateRecord {
		sealed, err := c.key.Unseal(last.payload, c.context(last.sequence))
		if err != nil {
			return err
		}
		sealed.Open(func(clear []byte) { s, err = decodeState(clear) })
		if err != nil {
			return err
		}
	}
	c.state.Store(s)
	return s.check(c.image)
}

// context binds a sealed state to its card and to its place in the journal, so
// that records can not be exchanged.
func (c *ICC) context(sequence uint64) []byte {
	return fmt.Appendf(nil, "till card state %x %d", c.hash, sequence)
}

// commit makes next the state of the card. It is on the medium on return, as a
// whole; after an error the card must be opened again.
func (c *ICC) commit(w Write, next *state) error {
	if err := errors.Join(next.check(c.image), next.follows(c.state.Load())); err != nil {
		return err
	}
	clear := next.encode()
	defer secret.Wipe(clear)
	sealed, err := c.key.Seal(c.rand, clear, c.context(c.journal.next))
	if err != nil {
		return err
	}
	if err := c.journal.write(sealed, func(m Moment) bool { return c.cut(Point{w, m}) }); err != nil {
		return err
	}
	c.state.Store(next)
	return nil
}

// PowerOn starts a session: a cold reset. It ends the session before, and
// refuses while a command of that is still being carried out.
func (c *ICC) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	if p != hardware.Contact && p != hardware.Contactless {
		return nil, fmt.Errorf("power on card: presentation %v is unknown", p)
	}
	if !c.mu.TryLock() {
		return nil, errors.New("power on card: a command is still being carried out")
	}
	defer c.mu.Unlock()
	if c.failure != nil {
		return nil, fmt.Errorf("power on card: open it again: %w", c.failure)
	}
	s := &session{icc: c, presentation: p, volatile: volatile{phase: phaseIdle}}
	c.session.Store(s)
	return s, nil
}

// Image returns the image that the card runs from. It shares its memory.
func (c *ICC) Image() image.Image { return c.image }

// Present returns the image with the data objects and records that scripts have
// changed: what GET DATA and READ RECORD give now. The PIN is the one that the card
// was made with. It may be called at any time.
func (c *ICC) Present() image.Image {
	img, now := c.image, c.state.Load()
	img.Applications = slices.Clone(img.Applications)
	for i := range img.Applications {
		now.applications[i].stored.over(&img.Applications[i])
	}
	return img
}

// HasPIN reports whether an application of the image, counted from 0, has that PIN
// now. It is for benches: no command tells so, and no try is spent.
func (c *ICC) HasPIN(application int, p pin.PIN) bool {
	return c.state.Load().applications[application].pin.Equal(p)
}

// Status is what an application remembers, without its PIN.
type Status struct {
	Name                       []byte // DF name: the AID
	ATC                        emv.ATC
	LastOnlineATC              emv.ATC
	PINSet                     bool
	TriesLeft                  int // PIN try counter
	ScriptCount                int // script commands looked at
	ScriptsApplied             int // of those, the ones that were carried out
	ScriptFailed               bool
	LastOnlineNotCompleted     bool
	IssuerAuthenticationFailed bool // in the last transaction that had any
	Blocked                    bool // the application or the card
	DataAuthenticationFailed   bool // SDA, DDA or CDA, in a transaction declined offline
	GoOnlineNext               bool // asked for by the issuer
	OfflineCount               int  // offline approvals that the limits count
	OfflineAmount              uint64
	Logged                     int // entries of the transaction log
}

// Status returns what each application remembers, in the order of the image. It
// may be called at any time, and shows what was committed last.
func (c *ICC) Status() []Status {
	now := c.state.Load()
	all := make([]Status, len(now.applications))
	for i, a := range now.applications {
		all[i] = Status{
			Name: c.image.Applications[i].Name, ATC: a.atc, LastOnlineATC: a.lastOnlineATC,
			PINSet: !a.pin.IsZero(), TriesLeft: int(a.triesLeft),
			ScriptCount: int(a.scriptCount), ScriptsApplied: int(a.scriptsApplied), ScriptFailed: a.has(scriptFailed),
			LastOnlineNotCompleted:     a.has(lastOnlineNotCompleted),
			IssuerAuthenticationFailed: a.has(issuerAuthenticationFailed),
			Blocked:                    now.blocked || a.has(applicationBlocked),
			DataAuthenticationFailed:   a.has(sdaFailed) || a.has(ddaFailed),
			GoOnlineNext:               a.has(goOnlineNext),
			OfflineCount:               int(a.offlineCount), OfflineAmount: a.offlineAmount,
			Logged: len(a.log),
		}
	}
	return all
}
