package story

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv/secret"
)

// Serving is where a world's issuer serves, and what one needs to go on with its
// first member. Files are below the world's folder.
type Serving struct {
	Folder    string `json:"folder"`
	Members   string `json:"members"`   // URL
	Pages     string `json:"pages"`     // URL of Online Services
	App       string `json:"app"`       // URL
	Terminals string `json:"terminals"` // address
	Password  string `json:"password_file"`
	PIN       string `json:"pin_file"`
	Card      string `json:"card_file"`
	Key       string `json:"key_file"`
	Journal   string `json:"journal_file"` // of the terminal

	Ended <-chan error `json:"-"` // gets what ended the issuer, where it ends by itself
}

// URL returns that of the members' door, once the issuer is open.
func (w *World) URL() string { return w.issuer.issuer.Addresses().HTTP }

// Ref returns the reference of somebody's card, empty where he has none.
func (w *World) Ref(name string) string {
	h, ok := w.people[name]
	if !ok {
		return ""
	}
	return h.handout.Card
}

// Serve leaves the issuer to others: the terminal is switched off, the clock runs,
// and the PIN of the first member is handed out.
func (w *World) Serve() (s Serving, err error) {
	if err := w.opened(); err != nil {
		return s, err
	}
	if err := w.CloseTerminal(); err != nil {
		return s, err
	}
	w.clock.Run()
	first, ok := w.people[cast.People()[0].Login]
	if !ok || first.pin.IsZero() {
		return s, errors.New("serve: the first member has no card, or no PIN")
	}
	addresses := w.issuer.issuer.Addresses()
	s = Serving{
		Folder: w.config.Dir, Members: addresses.HTTP, Pages: addresses.HTTP + "/online/", App: addresses.HTTP + "/app/", Terminals: addresses.Host,
		Password: filepath.Join(handoutFolder, first.handout.PasswordFile),
		PIN:      filepath.Join(handoutFolder, first.handout.Login+".pin"),
		Card:     filepath.Join(cardFolder, first.handout.CardFile),
		Key:      keyFile,
		Journal:  filepath.Join(terminalFolder, journalFile),
		Ended:    w.issuer.ended,
	}
	var content []byte
	first.pin.Open(func(digits []byte) { content = append(append(content, digits...), '\n') })
	defer secret.Wipe(content)
	return s, os.WriteFile(w.path(s.PIN), content, 0o600)
}
