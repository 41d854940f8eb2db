package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
)

// Found makes the data directory of an issuer with so many cards, whose keys are drawn
// and returned with what a fleet needs of them.
func Found(ctx context.Context, data, kek string, cards int) (f File, err error) {
	keys, err := issuer.SeededKeys(random.Source{})
	if err != nil {
		return File{}, err
	}
	if f.Keys, err = io.ReadAll(keys); err != nil {
		return File{}, err
	}
	f.Cards = cards
	draft, err := issuer.Init(data, hsm.KEK{File: kek}, bytes.NewReader(f.Keys))
	if err != nil {
		return File{}, err
	}
	defer func() { err = errors.Join(err, draft.Close()) }()
	if err := Enrol(ctx, draft.Store(), draft.Module(), cards, 0); err != nil {
		return File{}, err
	}
	return f, draft.Commit()
}

// Own is an issuer that serves on this machine for a load alone. Its store lies on the
// disk, in a temporary folder that goes with it.
type Own struct {
	Address string // for terminals
	File    File

	folder string
	issuer *issuer.Issuer
	stop   context.CancelFunc
	ended  chan error
}

// NewOwn starts an issuer with so many cards.
func NewOwn(ctx context.Context, cards int) (o *Own, err error) {
	o = &Own{ended: make(chan error, 1), stop: func() {}}
	if o.folder, err = os.MkdirTemp("", "till-load-*"); err != nil {
		return nil, err
	}
	data, kek := filepath.Join(o.folder, "data"), filepath.Join(o.folder, "storage.key")
	if o.File, err = Found(ctx, data, kek, cards); err == nil {
		o.issuer, err = issuer.New(issuer.Config{Data: data, KEK: hsm.KEK{File: kek}, Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start an issuer: %w", err), os.RemoveAll(o.folder))
	}
	o.Address = o.issuer.Addresses().Host
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	o.stop = stop
	go func() { o.ended <- o.issuer.Serve(serving) }()
	return o, nil
}

// Close ends the issuer and removes its folder.
func (o *Own) Close() error {
	o.stop()
	return errors.Join(<-o.ended, o.issuer.Close(), os.RemoveAll(o.folder))
}
