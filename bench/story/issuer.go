package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// holder is a member with a card.
type holder struct {
	id       member.ID
	handout  cast.Handout
	account  perso.Card
	expiry   account.Expiry
	pin      pin.PIN      // the last one that the issuer took
	token    secret.Value // of his login
	password secret.Value // of his login
	chip     io.Reader    // what his card draws from, one stream for its whole life

	code       secret.Value // the identification digits on his card
	lastScript []byte       // that came to his card
}

// begin begins the issuer's data directory.
func (w *World) begin() error {
	keys, err := issuer.SeededKeys(w.config.Source)
	if err != nil {
		return err
	}
	if w.draft, err = issuer.Init(w.path(bankFolder), hsm.KEK{File: w.path(keyFile)}, keys); err != nil {
		return err
	}
	raw, err := os.ReadFile(w.path(keyFile))
	defer secret.Wipe(raw)
	if err != nil {
		return err
	}
	w.secrets.Add("storage key", raw)
	if w.key, err = secret.NewAES(raw); err != nil {
		return err
	}
	w.cast = cast.New(cast.Config{
		Draft: w.draft, Source: w.config.Source, Folder: w.path(handoutFolder), Key: w.key, Date: emv.DateOf(w.clock.Now()), Profiles: w.config.Files,
	})
	return w.secrets.AddIssuerKeys(w.config.Source)
}

// issue makes a member and his card.
func (w *World) issue(ctx context.Context, p cast.Person, profile string, under *holder) (*holder, error) {
	if w.draft == nil {
		return nil, errors.New("the issuer is open already: issue cards first")
	}
	id, err := w.cast.Member(ctx, p)
	if err != nil {
		return nil, err
	}
	primary := id
	if under != nil {
		primary = under.id
	}
	h := &holder{id: id, chip: w.config.Source.Stream("card/" + p.Login)}
	if h.handout, h.account, err = w.cast.Card(ctx, p, profile, id, primary); err != nil {
		return nil, err
	}
	if _, h.code, err = w.draft.Printed(h.account); err != nil {
		return nil, err
	}
	w.people[p.Login] = h
	if err := os.Rename(w.path(handoutFolder, h.handout.CardFile), w.path(cardFolder, h.handout.CardFile)); err != nil {
		return nil, err
	}
	return h, w.noteCard(h)
}

// noteCard notes the secrets of a card, for the scan.
func (w *World) noteCard(h *holder) error {
	application, name := h.account.Image.Applications[0], h.handout.Login
	application.PAN.Open(func(digits []byte) { w.secrets.Add("PAN of "+name, digits) })
	w.secrets.AddKey("key of cryptograms of "+name, application.Keys.AC)
	w.secrets.AddKey("key of MACs of "+name, application.Keys.SMI)
	w.secrets.AddKey("key of PIN blocks of "+name, application.Keys.SMC)
	for _, file := range application.Files {
		for _, record := range file.Records {
			content, _, _ := tlv.Find(record, 0x70) // what can not be read has no track 2
			track2, ok, _ := tlv.Find(content, 0x57)
			if !ok {
				continue
			}
			w.secrets.Add("track 2 of "+name, track2)
			decoded, err := account.DecodeTrack2(track2)
			if err != nil {
				return fmt.Errorf("read track 2: %w", err)
			}
			h.expiry = decoded.Expiry()
			return nil
		}
	}
	return errors.New("the card has no track 2")
}

// running is the issuer, open and serving.
type running struct {
	issuer *issuer.Issuer
	stop   context.CancelFunc
	ended  chan error
	door   door
}

// openIssuer puts the data directory in its place and serves it.
func (w *World) openIssuer() error {
	if err := w.draft.Commit(); err != nil {
		return err
	}
	w.draft = nil
	return w.startIssuer()
}

// startIssuer serves the data directory.
func (w *World) startIssuer() error {
	log, err := w.log("issuer.log")
	if err != nil {
		return err
	}
	config := issuer.Config{
		Data: w.path(bankFolder), KEK: hsm.KEK{File: w.path(keyFile)}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Policy: w.policy,
		Dialect: w.dialect, Phone: w.phone(), Clock: w.clock, Log: log, ObserveMessage: w.message, ObserveRequest: w.timeline.Request,
		AroundStore: func(s store.Store) store.Store { return hostStore{s, w} },
	}
	if w.config.Issuer != nil {
		w.config.Issuer(&config)
	}
	i, err := issuer.New(config)
	if err != nil {
		return err
	}
	client, err := clientOf(config)
	if err != nil {
		return errors.Join(err, i.Close())
	}
	w.callsBefore = w.calls
	ctx, stop := context.WithCancel(context.Background())
	w.issuer = &running{issuer: i, stop: stop, ended: make(chan error, 1), door: door{url: i.Addresses().HTTP, client: client}}
	go func(ended chan<- error) {
		defer close(ended) // whoever asks later gets nil
		ended <- i.Serve(ctx)
	}(w.issuer.ended)
	return nil
}

// stopIssuer ends the issuer.
func (w *World) stopIssuer() error {
	if w.inner != nil {
		w.inner.CloseIdleConnections()
		w.inner = nil
	}
	err := w.issuer.close()
	w.issuer = nil
	return err
}

// restartIssuer ends the issuer, has its data changed, and starts it again. Terminals
// find it where it is then.
func (w *World) restartIssuer(change func() error) error {
	var moves []func(address string)
	for _, t := range w.tills {
		moves = append(moves, t.line.detach())
	}
	if err := w.stopIssuer(); err != nil {
		return err
	}
	for _, t := range w.tills {
		if err := t.line.await(); err != nil {
			return err
		}
	}
	if err := change(); err != nil {
		return err
	}
	if err := w.startIssuer(); err != nil {
		return err
	}
	for _, move := range moves {
		move(w.issuer.issuer.Addresses().Host)
	}
	return nil
}

// close ends the issuer when what has begun has come to its end.
func (r *running) close() error {
	r.door.close()
	r.stop()
	return errors.Join(<-r.ended, r.issuer.Close())
}

// logIn logs a member in by the password that he was handed.
func (w *World) logIn(ctx context.Context, h *holder) error {
	content, err := os.ReadFile(w.path(handoutFolder, h.handout.PasswordFile))
	defer secret.Wipe(content)
	if err != nil {
		return err
	}
	password := bytes.TrimSpace(content)
	w.secrets.Add("password of "+h.handout.Login, password)
	h.password = secret.New(password)
	if h.token, err = w.issuer.door.login(ctx, h.handout.Login, h.password); err != nil {
		return fmt.Errorf("log in %s: %w", h.handout.Login, err)
	}
	h.token.Open(func(clear []byte) { w.secrets.Add("session token of "+h.handout.Login, clear) })
	return nil
}
