package conformance_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/hardware/slot"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// shop is a whole world for the attacks: an issuer on a disk with a member and
// her active card, whose PIN is set, and a terminal that reaches it over TCP.
type shop struct {
	t     *testing.T
	data  string
	ref   account.Ref
	chip  *card.Memory
	link  *link.Link
	halt  func() // stops the issuer
	token string
	url   string // of the member's door, later of her card there
	host  string // address of the terminals' door
}

// The PINs of the attacks.
const (
	rightPIN = "1234" // on the card
	otherPIN = "9751" // on no card
	newPIN   = "2580" // that the member asks for
)

var shopTime = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

const shopPassword = "correct horse battery"

// cardProfile is the built-in card with a PIN, with another AIP for its contacts
// where one is given.
func cardProfile(t *testing.T, aip ...string) perso.Profile {
	profiles := fstest.MapFS{}
	for _, name := range []string{"amex", "amex-pin"} {
		text, err := fs.ReadFile(testdata.Profiles, "profiles/"+name+perso.Suffix)
		require.NoError(t, err)
		for _, digits := range aip {
			text = bytes.Replace(text, []byte(`aip: "3C00"`), []byte(`aip: "`+digits+`"`), 1)
		}
		profiles[name+perso.Suffix] = &fstest.MapFile{Data: text}
	}
	p, err := perso.Load(profiles, "amex-pin"+perso.Suffix)
	require.NoError(t, err)
	return p
}

func shopKey(t *testing.T) secret.Key {
	key, err := secret.NewAES(bytes.Repeat([]byte{0x77}, 32))
	require.NoError(t, err)
	return key
}

// newMemory writes a personalised card to a memory.
func newMemory(t *testing.T, made perso.Card) *card.Memory {
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, shopKey(t), made.Image, nil))
	return memory
}

func newShop(t *testing.T, aip ...string) *shop {
	dir, err := os.MkdirTemp("", "till") // short: a socket lies below
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &shop{t: t, data: filepath.Join(dir, "data")}
	kek := filepath.Join(dir, "storage.key")
	issuerKeys, err := issuerhost.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	draft, err := issuerhost.Init(s.data, hsm.KEK{File: kek}, issuerKeys)
	require.NoError(t, err)
	id, err := draft.AddMember(t.Context(), member.Member{Name: "Anna", Login: member.Login{Name: "anna"}}, secret.New([]byte(shopPassword)))
	require.NoError(t, err)
	made, ref, err := draft.Issue(t.Context(), issuerhost.NewCard{
		Profile: cardProfile(t, aip...), Options: perso.Options{Random: random.Seeded(1), Date: emv.DateOf(shopTime)}, Holder: id, Primary: id,
		Limits: store.Limits{Currency: 840, PerTransaction: 500_00, PerDay: 1000_00, NoPIN: 50_00},
	})
	require.NoError(t, err)
	s.ref, s.chip = ref, newMemory(t, made)
	ksn := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0}
	initial, err := draft.Module().InitialKeyTDES(ksn)
	require.NoError(t, err)
	require.NoError(t, draft.Commit())
	s.serve(kek)
	s.open(filepath.Join(dir, "journal"), initial, ksn)
	return s
}

// serve runs the issuer, and has the member activate her card.
func (s *shop) serve(kek string) {
	i, err := issuerhost.New(issuerhost.Config{Data: s.data, KEK: hsm.KEK{File: kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	require.NoError(s.t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx) }()
	s.halt = sync.OnceFunc(func() {
		stop()
		assert.NoError(s.t, <-ended)
		assert.NoError(s.t, i.Close())
	})
	s.t.Cleanup(s.halt)
	s.url = i.Addresses().HTTP + "/v1"
	answer := s.ask("POST", "/login", `{"name":"anna","password":"`+shopPassword+`"}`)
	s.token = answer["token"].(string)
	s.url += "/cards/" + s.ref.String()
	s.ask("POST", "/activate", "")
	s.host = i.Addresses().Host
}

// open switches the terminal on.
func (s *shop) open(path string, initial secret.Key, ksn dukpt.TDESKSN) {
	memory, err := journal.Open(journal.Config{Path: path, Key: shopKey(s.t)})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { assert.NoError(s.t, memory.Close()) })
	require.NoError(s.t, link.LoadTDES(memory, initial, ksn))
	demo, err := profile.Named("demo")
	require.NoError(s.t, err)
	s.link, err = link.New(link.Config{Address: s.host, Journal: memory, Profile: demo})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { assert.NoError(s.t, s.link.Close()) })
}

// ask asks the members' door for something.
func (s *shop) ask(method, path, body string) (answer map[string]any) {
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer response.Body.Close()
	require.Equal(s.t, http.StatusOK, response.StatusCode)
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&answer))
	return answer
}

// visit is one insertion of a card.
type visit struct {
	chip    card.Medium   // nil: the member's
	online  kernel.Online // nil: the link
	till    string        // name of the terminal's profile; empty: demo
	pins    []string
	between string // plan of faults between card and terminal
	tamper  func(response []byte) []byte
	amount  uint64 // 0: 12.34
}

// buy makes a purchase.
func (s *shop) buy(v visit) *kernel.Result {
	s.t.Helper()
	if v.chip == nil {
		v.chip = s.chip
	}
	if v.online == nil {
		v.online = s.link
	}
	if v.till == "" {
		v.till = "demo"
	}
	icc, err := card.Open(card.Config{Medium: v.chip, Key: shopKey(s.t)})
	require.NoError(s.t, err)
	socket := slot.New("slot")
	socket.Insert(icc)
	var reader hardware.Reader = socket
	if v.between != "" {
		reader = between(s.t, v.between, reader)
	}
	terms, err := profile.Named(v.till)
	require.NoError(s.t, err)
	k, err := kernel.New(kernel.Config{Profile: terms})
	require.NoError(s.t, err)
	var entries []kernel.PINEntry
	for _, digits := range v.pins {
		p, err := pin.Parse([]byte(digits))
		require.NoError(s.t, err)
		entries = append(entries, kernel.Entered(p))
	}
	inserted, err := reader.WaitCard(s.t.Context())
	require.NoError(s.t, err)
	result, err := k.Transact(s.t.Context(), tampered{inserted, v.tamper}, pinpad.NewScripted(entries...), v.online, kernel.Transaction{Amount: cmp.Or(v.amount, 1234), Time: shopTime, Counter: 1})
	require.NoError(s.t, err)
	_ = inserted.PowerOff()
	require.NoError(s.t, reader.Close())
	require.NoError(s.t, s.link.Completed(s.t.Context(), result))
	return result
}

// tampered is a card whose answers change on the way.
type tampered struct {
	apdu.Transmitter
	change func(response []byte) []byte // nil: they do not
}

// Transmit passes the command on and changes the answer.
func (c tampered) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	response, err := c.Transmitter.Transmit(ctx, command)
	if c.change != nil {
		response = c.change(response)
	}
	return response, err
}

// between wraps a reader with a plan of faults, of which none may be left.
func between(t *testing.T, text string, reader hardware.Reader) hardware.Reader {
	plan, err := fault.ParsePlan(text)
	require.NoError(t, err)
	injector, err := fault.New(fault.Config{Plan: plan})
	require.NoError(t, err)
	t.Cleanup(func() { assert.Empty(t, injector.Unfired()) })
	return injector.Reader(reader)
}

// audits stops the issuer and returns what it found worth a look.
func (s *shop) audits() (found []string) {
	s.halt()
	db, err := bolt.Open(filepath.Join(s.data, "issuer.db"))
	require.NoError(s.t, err)
	defer db.Close()
	for e, err := range db.Journal(s.t.Context(), 0) {
		require.NoError(s.t, err)
		if e.Kind == "audit" {
			found = append(found, e.Detail)
		}
	}
	return found
}

// has reports whether the chip accepts a PIN. A copy of its memory is asked.
func (s *shop) has(digits string) bool {
	icc, err := card.Open(card.Config{Medium: s.chip.Clone(), Key: shopKey(s.t)})
	require.NoError(s.t, err)
	session, err := icc.PowerOn(hardware.Contact)
	require.NoError(s.t, err)
	answer := []byte{}
	for _, command := range []string{"00A4040006A0000000250100", "80A8000002830000", "002000800824" + digits + "FFFFFFFFFF"} {
		b, err := hex.DecodeString(command)
		require.NoError(s.t, err)
		answer, err = session.Transmit(s.t.Context(), b)
		require.NoError(s.t, err)
	}
	return bytes.Equal(answer, []byte{0x90, 0x00})
}
