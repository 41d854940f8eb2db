package authorization

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
}

// outcome is what is committed beside the record, and sent.
type outcome struct {
	answer  message.Message
	entries []store.Entry
}

// decider decides a message on work.record, which it changes. It may be called
// more than once.
type decider func(w *work) (outcome, error)

// answer has a message decided and commits the outcome.
func (a *Authorizer) answer(ctx context.Context, m message.Message, t *message.Transaction, decide decider) ([]byte, error) {
	ref := a.config.Module.Ref(t.PAN, t.SequenceNumber)
	defer a.turns.take(ref)()
	for range decisionsMax {
		w := work{Authorizer: a, head: m.Head(), transaction: t, ref: ref, key: keyOf(m), now: a.config.Clock.Now().UTC()}
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
	err := w.lookUp(ctx)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return w.answerUnknown(m)
	case err != nil:
		return nil, err
	case w.reply != nil:
		return w.answerAgain(m)
	}
	revision := w.record.Revision
	done, err := decide(w)
	if err != nil {
		return nil, err
	}
	b, err := w.config.Dialect.Pack(done.answer)
	if err != nil {
		return nil, err
	}
	sealed, err := w.sealReply(m, b)
	if err != nil {
		return nil, err
	}
	if err := w.commit(ctx, revision, sealed, done.entries); err != nil {
		return nil, fmt.Errorf("%w: %w", errUncertain, err)
	}
	w.log(m, done)
	return b, nil
}

// lookUp takes a snapshot of the account.
func (w *work) lookUp(ctx context.Context) error {
	return w.config.Store.View(ctx, w.ref, func(s store.Snapshot) error {
		w.record = *s.Card()
		sealed, _ := s.Reply(w.key)
		w.reply = slices.Clone(sealed)
		_, w.originalAnswered = s.Reply(w.original)
		return nil
	})
}

// commit writes record, reply and journal, if the record is still the one that was
// decided on, and no other process has answered the message, or the original of it,
// meanwhile: that may leave the record as it was.
func (w *work) commit(ctx context.Context, revision uint64, sealed []byte, entries []store.Entry) error {
	return w.config.Store.Update(ctx, w.ref, func(tx store.Tx) error {
		if tx.Card().Revision != revision || w.overtaken(tx) {
			return store.ErrConflict
		}
		*tx.Card() = w.record
		tx.PutReply(store.TerminalReplies, w.key, sealed)
		for _, e := range entries {
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
	return store.NewKey(k.String(), fmt.Sprint(stan), local.String(), acquirer, terminal, acceptor)
}
