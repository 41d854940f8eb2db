package bench_test

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// now is the time of every transaction here.
var now = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

func mustPIN(t testing.TB, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

// storageKey seals the memory of the cards here.
func storageKey(t testing.TB) secret.Key {
	t.Helper()
	key, err := secret.NewAES(bytes.Repeat([]byte{0x5A}, 32))
	require.NoError(t, err)
	return key
}

// personalised makes a card from a built-in profile.
func personalised(t testing.TB, name string) perso.Card {
	t.Helper()
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	p, err := perso.Load(profiles, name+perso.Suffix)
	require.NoError(t, err)
	c, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)})
	require.NoError(t, err)
	return c
}

// issue writes a card to a memory.
func issue(t testing.TB, c perso.Card) *card.Memory {
	t.Helper()
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, storageKey(t), c.Image, nil))
	return memory
}

// open opens a card, as after every loss of power.
func open(t testing.TB, m card.Medium) *card.ICC {
	t.Helper()
	icc, err := card.Open(card.Config{Medium: m, Key: storageKey(t)})
	require.NoError(t, err)
	return icc
}

// issuer answers authorisation requests as the one issuer that knows the keys
// of a card. It approves what has a right cryptogram.
type issuer struct {
	t       testing.TB
	keys    cryptogram.MasterKeys
	profile cryptogram.Profile
	style   script.Style

	newPIN  pin.PIN // sent in a script where it is set
	replay  []byte  // a script command of another transaction, sent in place of one's own
	phase   script.Phase
	arc     emv.ARC // 0 is "00"
	silent  bool    // the answer is lost
	badARPC bool

	seen    []emv.CVR // what the card stated in each request
	atcs    []emv.ATC
	scripts [][]byte // the script commands that were sent
}

func newIssuer(t testing.TB, c perso.Card) *issuer {
	t.Helper()
	app := c.Image.Applications[0]
	p, ok := cryptogram.ProfileByName(app.Cryptogram)
	require.True(t, ok)
	style, ok := script.StyleByName(app.Script)
	require.True(t, ok || app.Script == image.NoScripts)
	return &issuer{t: t, keys: app.Keys, profile: p, style: style, phase: script.AfterFinalAC}
}

// Authorize verifies the cryptogram and answers.
func (i *issuer) Authorize(_ context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	in, err := cryptogram.ParseInput(r.ChipData)
	require.NoError(i.t, err)
	value, ok, err := tlv.Find(r.ChipData, 0x9F26)
	require.NoError(i.t, err)
	require.True(i.t, ok)
	arqc := emv.AC(value)
	session := i.profile.Session(i.keys.AC, in.ATC, in.UnpredictableNumber)
	require.NoError(i.t, session.Verify(&in, arqc), "the card's ARQC verifies")
	iad, err := emv.ParseIAD(in.IAD)
	require.NoError(i.t, err)
	i.seen = append(i.seen, iad.CVR)
	i.atcs = append(i.atcs, in.ATC)
	answer := i.answer(session, arqc, in.ATC)
	if i.silent {
		return nil, &kernel.UnableToGoOnlineError{Sent: true}
	}
	return answer, nil
}

// answer makes the answer to an ARQC.
func (i *issuer) answer(session cryptogram.Session, arqc emv.AC, atc emv.ATC) *kernel.OnlineResponse {
	arc := i.arc
	if arc == 0 {
		arc = '0'<<8 | '0'
	}
	said := cryptogram.IssuerResponse{ARC: arc.Bytes()}
	if slices.Contains(emv.CommonApprovals(), arc) {
		said.CSU = [4]byte{0, 0x80} // for the rows whose ARPC covers one
	}
	tag91, err := session.AppendIssuerAuthenticationData(nil, arqc, said)
	require.NoError(i.t, err)
	if i.badARPC {
		tag91[0] ^= 1
	}
	response := &kernel.OnlineResponse{ARC: arc, IssuerAuthenticationData: tag91}
	encoded := i.replay
	if encoded == nil {
		if i.newPIN.IsZero() {
			return response
		}
		encoded = i.pinChange(script.Context{ATC: atc, AC: arqc})
	}
	i.scripts = append(i.scripts, encoded)
	template, err := script.EncodeTemplates(script.Template{Phase: i.phase, Identifier: []byte{0, 0, 0, byte(len(i.scripts))}, Commands: [][]byte{encoded}})
	require.NoError(i.t, err)
	response.Scripts = [][]byte{template}
	return response
}

// pinChange makes the script command that sets the PIN.
func (i *issuer) pinChange(c script.Context) []byte {
	command, err := script.NewSession(i.style, i.keys, c).PINChange(i.newPIN)
	require.NoError(i.t, err)
	encoded, err := command.Encode()
	require.NoError(i.t, err)
	return encoded
}

// till is a terminal's kernel with the demo profile.
func till(t testing.TB) *kernel.Kernel { return tillApproving(t) }

// tillApproving is that kernel with codes that approve, or with the usual ones.
func tillApproving(t testing.TB, codes ...emv.ARC) *kernel.Kernel {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	if codes != nil {
		p.ApprovalCodes = codes
	}
	k, err := kernel.New(kernel.Config{Profile: p, Rand: random.Seeded(2).Stream("terminal")})
	require.NoError(t, err)
	return k
}

// insertion is one transaction with a card in a reader.
type insertion struct {
	chip   hardware.Chip
	online kernel.Online
	pins   []string // entered in turn
	wrap   func(hardware.Reader) hardware.Reader
	tap    bool
	till   *kernel.Kernel      // nil: a new one
	kind   emv.TransactionKind // a purchase, unless it says otherwise
	other  uint64              // of the amount is paid out in cash
}

// run carries the transaction out.
func (in insertion) run(t testing.TB) (*kernel.Result, *pinpad.Scripted) {
	t.Helper()
	ctx := context.Background()
	socket := slot.New("slot")
	if in.tap {
		socket.Tap(in.chip)
	} else {
		socket.Insert(in.chip)
	}
	var reader hardware.Reader = socket
	if in.wrap != nil {
		reader = in.wrap(reader)
	}
	holder := pinpad.NewScripted(entries(t, in.pins)...)
	chip, err := reader.WaitCard(ctx)
	require.NoError(t, err)
	k := in.till
	if k == nil {
		k = till(t)
	}
	tx := kernel.Transaction{Amount: 1234, Kind: in.kind, Type: in.kind.Type(), OtherAmount: in.other, Time: now, Counter: 1, Contactless: in.tap}
	if in.kind.IssuerOnly() {
		tx.Amount = 0
	}
	result, err := k.Transact(ctx, chip, holder, in.online, tx)
	require.NoError(t, err)
	_ = chip.PowerOff()
	require.NoError(t, reader.Close())
	return result, holder
}

// bypassed stands for a PIN that is not entered.
const bypassed = ""

func entries(t testing.TB, pins []string) []kernel.PINEntry {
	t.Helper()
	var all []kernel.PINEntry
	for _, digits := range pins {
		if digits == bypassed {
			all = append(all, kernel.Bypassed())
			continue
		}
		all = append(all, kernel.Entered(mustPIN(t, digits)))
	}
	return all
}
