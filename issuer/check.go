package issuer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
)

// Report is what Check found.
type Report struct {
	Members  int      `json:"members"`
	Cards    int      `json:"cards"`
	Entries  int      `json:"entries"` // of the journal
	Seals    int      `json:"seals"`   // opened: account numbers, PINs, scripts and answers
	Sealed   uint64   `json:"sealed"`  // entry up to which the journal is sealed, 0 for none
	Pruned   uint64   `json:"pruned"`  // entry up to which it was pruned, 0 for none
	Unsure   int      `json:"unsure"`  // cards whose PIN is to be set again, after a restore
	Findings []string `json:"findings"`
}

// findingsMax bounds the findings of a report.
const findingsMax = 100

// Check reads all of a data directory whose issuer does not run, and changes
// nothing: pages and rows of the store, what they say of each other, the chains and
// seals of the journal, and that the keys open what is sealed. Where the store is a
// database, that of this moment is read, and issuers may run. What is wrong is in
// the report; the error says why there is none, and wraps store.ErrInUse where the
// issuer runs.
func Check(ctx context.Context, data string, kek hsm.KEK) (Report, error) {
	r := Report{Findings: []string{}}
	if err := there(data, ""); err != nil {
		return r, err
	}
	module, err := openModule(data, kek)
	r.find(err)
	s, err := inspect(ctx, data)
	if errors.Is(err, store.ErrInUse) {
		return r, fmt.Errorf("check %s: an issuer runs on it: stop that one, or check a restored backup: %w", data, store.ErrInUse)
	}
	if err != nil {
		r.find(err)
		return r, nil
	}
	r.whole(ctx, s, module)
	return r, errors.Join(ctx.Err(), s.Close())
}

// whole reads all of a store.
func (r *Report) whole(ctx context.Context, s *inspected, module *hsm.Software) {
	if s.Old() {
		r.find(errors.New("an earlier till wrote the store, whose journal has no chains: `till issuer serve` brings it up to date"))
	}
	err := s.Check(ctx)
	r.find(err)
	if !errors.Is(err, bolt.ErrDamaged) {
		r.find(r.read(ctx, s, module))
	}
}

// CheckBackup reads a backup as Check reads a data directory.
func CheckBackup(ctx context.Context, from string, kek hsm.KEK) (r Report, err error) {
	dir, err := os.MkdirTemp("", "till-check-*") // mode 0700
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := unpackInto(dir, from); err != nil {
		return r, fmt.Errorf("read %s: %w", from, err)
	}
	r, err = Check(ctx, dir, kek)
	for n := range r.Findings {
		r.Findings[n] = strings.ReplaceAll(r.Findings[n], dir, from)
	}
	return r, err
}

// find adds what an error says, each of its lines.
func (r *Report) find(err error) {
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		if len(r.Findings) == findingsMax {
			r.Findings[findingsMax-1] = "and more"
			return
		}
		r.Findings = append(r.Findings, strings.TrimSuffix(line, "\n"))
	}
}

// read counts what there is and opens what is sealed. module is nil where the keys
// do not open.
func (r *Report) read(ctx context.Context, s store.Store, module *hsm.Software) error {
	for card, err := range s.Cards(ctx) {
		if err != nil {
			return err
		}
		r.Cards++
		if card.Record.PIN.Unsure {
			r.Unsure++
		}
		if module != nil {
			r.open(module, card)
		}
	}
	for _, err := range s.Members().All(ctx) {
		if err != nil {
			return err
		}
		r.Members++
	}
	for _, err := range s.Journal(ctx, 0) {
		if err != nil {
			return err
		}
		r.Entries++
	}
	if module == nil {
		return nil
	}
	return errors.Join(r.replies(ctx, s, module), r.seals(ctx, s, module))
}

// replies opens the answers to terminals. Those to members hold nothing secret.
func (r *Report) replies(ctx context.Context, s store.Store, module *hsm.Software) error {
	for reply, err := range s.Replies(ctx) {
		if err != nil {
			return err
		}
		if reply.Ring != store.TerminalReplies {
			continue
		}
		if err := authorization.CheckReply(module, reply); err != nil {
			r.find(fmt.Errorf("card %s: %w", reply.Ref, err))
			continue
		}
		r.Seals++
	}
	return nil
}

// seals holds the links of the journal against what was sealed of them. The oldest
// seal of a pruned journal is that of the pruning.
func (r *Report) seals(ctx context.Context, s store.Store, module *hsm.Software) error {
	first := uint64(1)
	for e, err := range s.Journal(ctx, 0) {
		if err != nil {
			return err
		}
		first = e.Number
		break
	}
	for seal, err := range s.Seals(ctx) {
		if err != nil {
			return err
		}
		h, err := openHead(module, seal)
		if err != nil {
			r.find(fmt.Errorf("seal of journal entry %d: %w", seal.Number, err))
			continue
		}
		link, err := s.Link(ctx, seal.Number)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue // the check of the rows has told
		case err != nil:
			return err
		case link != h.Link:
			r.find(fmt.Errorf("journal was changed before entry %d: its seal of %s is of another", seal.Number, h.At.Format(time.RFC3339)))
		case h.Pruned != (seal.Number < first):
			r.find(fmt.Errorf("journal begins at entry %d, which no pruning explains", first))
		}
		r.Sealed = seal.Number
		if h.Pruned {
			r.Pruned = seal.Number
		}
	}
	return nil
}

// open opens what is sealed in a record.
func (r *Report) open(module *hsm.Software, c store.Card) {
	faulty := func(err error) {
		if err != nil {
			r.find(fmt.Errorf("card %s: %w", c.Ref, err))
		}
	}
	pan, err := module.OpenPAN(c.Ref, c.Record.PAN)
	if err != nil {
		faulty(err)
		return
	}
	r.Seals++
	card := hsm.Card{PAN: pan, SequenceNumber: c.Record.SequenceNumber}
	switch {
	case module.Ref(pan, c.Record.SequenceNumber) != c.Ref:
		faulty(errors.New("its account number belongs to another reference"))
	case lastFour(pan) != c.Record.LastFour:
		faulty(errors.New("its last four digits are not those of its account number"))
	}
	for _, p := range c.Record.PINs {
		if err := module.CheckPIN(card, p); err != nil {
			faulty(fmt.Errorf("generation %d: %w", p.Generation, err))
			continue
		}
		r.Seals++
	}
	for _, sent := range c.Record.Sent {
		if err := authorization.CheckScript(module, c.Ref, sent); err != nil {
			faulty(err)
			continue
		}
		r.Seals++
	}
}
