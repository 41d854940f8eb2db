package issuercmd

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/testdata"
)

// demo makes members and cards, and what they get.
type demo struct {
	draft  *issuer.Draft
	source random.Source
	folder string // for what is handed out
	key    secret.Key
}

// handout is what a member gets.
type handout struct {
	Login        string `json:"login"`
	Name         string `json:"name"`
	Card         string `json:"card"` // reference
	PAN          string `json:"pan"`  // masked
	CardFile     string `json:"card_file"`
	PasswordFile string `json:"password_file"`
}

// person is a member of the demonstration. The account numbers are test numbers.
type person struct {
	login, name, pan string
	birth            member.Date
}

var people = []person{
	{"anna", "Anna", "374245001741007", member.Date{Year: 1985, Month: time.March, Day: 14}},
	{"ben", "Ben", "374245001751006", member.Date{Year: 2004, Month: time.August, Day: 2}},
}

// profileName is the card profile of the demonstration.
const profileName = "amex"

// limits are what a card of the demonstration may spend, in cents of US dollars.
var limits = store.Limits{Currency: 840, PerTransaction: 500_00, PerDay: 1000_00, NoPIN: 50_00}

// make makes members, cards and handouts. The first member is the primary one of
// all cards.
func (d demo) make(ctx context.Context) ([]handout, error) {
	profiles, err := fs.Sub(testdata.Profiles, "profiles")
	if err != nil {
		return nil, err
	}
	profile, err := perso.Load(profiles, profileName+perso.Suffix)
	if err != nil {
		return nil, err
	}
	passwords := d.source.Stream("issuer/passwords")
	var all []handout
	var primary member.ID
	for _, p := range people {
		id, err := d.addMember(ctx, p, passwords)
		if err != nil {
			return nil, err
		}
		if primary == 0 {
			primary = id
		}
		h, err := d.issue(ctx, p, profile, id, primary)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

const passwordBytes = 10 // 16 characters of base32

// addMember adds a member with a drawn password, which lies in a file of his.
func (d demo) addMember(ctx context.Context, p person, passwords io.Reader) (member.ID, error) {
	raw := make([]byte, passwordBytes)
	if _, err := io.ReadFull(passwords, raw); err != nil {
		return 0, fmt.Errorf("draw password: %w", err)
	}
	clear := []byte(strings.ToLower(base32.StdEncoding.EncodeToString(raw)))
	defer secret.Wipe(clear)
	id, err := d.draft.AddMember(ctx, member.Member{Name: p.name, Birth: p.birth, Login: member.Login{Name: p.login}}, secret.New(clear))
	if err != nil {
		return 0, err
	}
	return id, d.write(p.login+".password", append(clear, '\n'))
}

// issue makes a card and writes its file.
func (d demo) issue(ctx context.Context, p person, profile perso.Profile, holder, primary member.ID) (handout, error) {
	pan, err := account.ParsePAN([]byte(p.pan))
	if err != nil {
		return handout{}, err
	}
	options := perso.Options{Random: d.source, Date: emv.DateOf(clock.System{}.Now()), PAN: pan}
	made, ref, err := d.draft.Issue(ctx, issuer.NewCard{Profile: profile, Options: options, Holder: holder, Primary: primary, Limits: limits})
	if err != nil {
		return handout{}, err
	}
	h := handout{Login: p.login, Name: p.name, Card: ref.String(), PAN: pan.String(), CardFile: p.login + ".card", PasswordFile: p.login + ".password"}
	f, err := card.CreateFile(filepath.Join(d.folder, h.CardFile))
	if err != nil {
		return h, err
	}
	return h, errors.Join(card.Create(f, d.key, made.Image, nil), f.Close())
}

const terminalFile = "terminal.json"

// terminalKSN is the key serial number that the terminal of the demonstration
// begins with.
var terminalKSN = dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x00}

// writeTerminal writes the initial key of a terminal, in clear, for it to be loaded,
// and returns the name of the file. An issuer that was given keys without one for
// TDES DUKPT hands out none.
func (d demo) writeTerminal() (name string, err error) {
	key, err := d.draft.Module().InitialKeyTDES(terminalKSN)
	if errors.Is(err, hsm.ErrNoKey) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var content []byte
	key.Open(func(raw []byte) {
		content, err = json.Marshal(map[string]string{"ksn": terminalKSN.String(), "initial_key": fmt.Sprintf("%X", raw)})
	})
	defer secret.Wipe(content)
	return terminalFile, errors.Join(err, d.write(terminalFile, append(content, '\n')))
}

const handoutMode = 0o600

func (d demo) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(d.folder, name), content, handoutMode)
}
