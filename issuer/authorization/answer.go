package authorization

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// decisionsMax is how often a message is decided anew because the record was
// changed meanwhile.
const decisionsMax = 8

// errBusy says that a record changed again and again.
var errBusy = fmt.Errorf("record changed %d times while it was decided on", decisionsMax)

// errUncertain says that what was decided may be in the store or not.
var errUncertain = errors.New("commit decision")

// work is one message with the account that it is about, as it stood when it was
// looked up.
type work struct {
	*Authorizer
	head        *message.Header
	transaction *message.Transaction
	ref         account.Ref
	key         store.Key
	now         time.Time
	record      store.Record // what is committed with the answer
	reply       []byte       // sealed, of a message that was answered before

	original         store.Key // of the request that a reversal is about
	originalAnswered bool

	since time.Time // of the step that is being done
	seen  Observation
}

// outcome is what is committed beside the record, and sent.
type outcome struct {
	answer  message.Message
	entries []store.Entry
	line    detail // of the first entry
}

// decider decides a message on work.record, which it changes. It may be called
// more than once.
type decider func(w *work) (outcome, error)

// answer has a message decided and commits the outcome.
func (a *Authorizer) answer(ctx context.Context, m message.Message, t *message.Transaction, decide decider) ([]byte, error) {
	ref := a.config.Module.Ref(t.PAN, t.SequenceNumber)
	began := a.config.Clock.Now()
	defer a.turns.take(ref)()
	w := work{Authorizer: a, head: m.Head(), transaction: t, ref: ref, key: keyOf(m), since: began, seen: Observation{Kind: m.Kind()}}
	w.lap(Turn)
	if a.config.Observe != nil {
		defer func() { a.config.Observe(w.seen) }()
	}
	for range decisionsMax {
		w.now = a.config.Clock.Now().UTC()
		if r, ok := m.(*message.Reversal); ok {
			w.original = originalKey(&r.Header, r.Original)
		}
		b, err := w.attempt(ctx, m, decide)
		if !errors.Is(err, store.ErrConflict) {
			return b, err
		}
	}
	return nil, fmt.Errorf("answer %s: %w", m.Kind(), errBusy)
}

// attempt decides on the record as it is now. The error wraps store.ErrConflict
// where it was changed before the outcome could be committed.
func (w *work) attempt(ctx context.Context, m message.Message, decide decider) ([]byte, error) {
	p, err := w.propose(ctx, m, decide)
	switch {
	case err != nil:
		return nil, err
	case p.sealed == nil:
		return p.answer, nil
	}
	err = w.commit(ctx, p)
	w.lap(Commit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUncertain, err)
	}
	w.seen.Decision, w.seen.Reason, w.seen.Script = p.entries[0].Kind, p.line.Reason, p.line.Script
	w.log(m, p.outcome)
	return p.answer, nil
}

// proposal is what is to be committed, or an answer that changes nothing.
type proposal struct {
	outcome
	revision uint64 // of the record that was decided on
	answer   []byte
	sealed   []byte // the answer to be stored; nil of one that changes nothing
}

// propose decides on the record as it is now.
func (w *work) propose(ctx context.Context, m message.Message, decide decider) (p proposal, err error) {
	err = w.lookUp(ctx)
	w.lap(LookUp)
	w.slots.take()
	defer w.slots.leave()
	w.lap(Turn)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.answer, err = w.answerUnknown(m)
		return p, err
	case err != nil:
		return p, err
	case w.reply != nil:
		p.answer, err = w.answerAgain(m)
		return p, err
	}
	p.revision = w.record.Revision
	p.outcome, err = decide(w)
	w.lap(Decide)
	if err != nil {
		return p, err
	}
	if p.answer, err = w.config.Dialect.Pack(p.outcome.answer); err != nil {
		return p, err
	}
	p.sealed, err = w.sealReply(m, p.answer)
	w.lap(Write)
	return p, err
}

// lookUp takes a snapshot of the account.
func (w *work) lookUp(ctx context.Context) error {
	return w.config.Store.View(ctx, w.ref, func(s store.Snapshot) error {
		w.record = *s.Card()
		sealed, _ := s.Reply(w.key)
		w.reply = slices.Clone(sealed)
		if w.original != (store.Key{}) {
			_, w.originalAnswered = s.Reply(w.original)
		}
		return nil
	})
}

// commit writes record, reply and journal, if the record is still the one that was
// decided on, and no other process has answered the message, or the original of it,
// meanwhile: that may leave the record as it was.
func (w *work) commit(ctx context.Context, p proposal) error {
	return w.config.Store.Update(ctx, w.ref, func(tx store.Tx) error {
		if tx.Card().Revision != p.revision || w.overtaken(tx) {
			return store.ErrConflict
		}
		*tx.Card() = w.record
		tx.PutReply(store.TerminalReplies, w.key, p.sealed)
		for _, e := range p.entries {
			tx.Append(e)
		}
		return nil
	})
}

// overtaken reports whether a message was answered since it was looked up.
func (w *work) overtaken(tx store.Tx) bool {
	_, answered := tx.Reply(w.key)
	if w.original != (store.Key{}) && !answered {
		_, original := tx.Reply(w.original)
		return original != w.originalAnswered
	}
	return answered
}

// keyOf names a message, so that it is known when it comes again.
func keyOf(m message.Message) store.Key {
	k := message.DuplicateKeyOf(m)
	return keyFor(k.Kind, k.STAN, k.Local, k.AcquiringInstitution, k.Terminal, k.CardAcceptor)
}

// originalKey names the message that a reversal is about: what its original data
// do not say is as in the reversal itself.
func originalKey(h *message.Header, o message.OriginalData) store.Key {
	return keyFor(o.Kind, o.STAN, o.Local, o.AcquiringInstitution, h.Terminal, h.CardAcceptor)
}

func keyFor(k message.Kind, stan uint32, local message.LocalDateTime, acquirer, terminal, acceptor string) store.Key {
	return store.NewKey(k.String(), strconv.FormatUint(uint64(stan), 10), local.String(), acquirer, terminal, acceptor)
}
