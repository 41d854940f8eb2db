package link

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// Completed tells the link what the transaction of the last request came to. When
// it returns nil this is durable: the reversal is erased or due, and where scripts
// were processed an advice with their results is due. Where it returns an error
// the transaction will be reversed, whatever it came to. A transaction that went
// not online leaves nothing to do.
func (l *Link) Completed(_ context.Context, r *kernel.Result) error {
	l.serving.Lock()
	defer l.serving.Unlock()
	current := l.current
	if current == nil {
		return nil
	}
	var sequence uint64
	err := l.record(func(tx *journal.Tx) (queue.Event, error) {
		l.answered(current, r.ReversalDue)
		if len(r.ScriptResults) == 0 || current.answer == nil {
			return queue.Completed{Reversal: r.ReversalDue}, nil
		}
		advice, err := l.advice(tx, current, r)
		if err != nil {
			return nil, err
		}
		if sequence, err = tx.NextItem(); err != nil {
			return nil, err
		}
		l.messages[sequence] = advice
		return queue.Completed{Reversal: r.ReversalDue, Advice: sequence}, nil
	})
	l.current = nil
	if err != nil {
		l.forget(sequence)
		return fmt.Errorf("record end of transaction: %w", err)
	}
	return nil
}

// answered puts what the host answered into the reversal of a transaction that it
// approved. l.mu is held.
func (l *Link) answered(t *transaction, reversal bool) {
	m, ok := l.messages[t.sequence].(*message.Reversal)
	if ok && reversal && t.answer != nil {
		m.ApprovalCode = t.answer.ApprovalCode
		m.ActionCode, m.HasActionCode = t.answer.ActionCode, true
	}
}

// advice tells the host what the card made of its scripts (1120).
func (l *Link) advice(tx *journal.Tx, t *transaction, r *kernel.Result) (*message.Advice, error) {
	header, err := l.header(tx, l.config.Clock.Now())
	if err != nil {
		return nil, err
	}
	header.Local = t.request.Local
	header.RetrievalReferenceNumber = t.request.RetrievalReferenceNumber
	m := &message.Advice{
		Header: header, Transaction: t.request.Transaction, ActionCode: t.answer.ActionCode,
		ApprovalCode: t.answer.ApprovalCode, Original: message.Original(&t.request),
	}
	m.ICCData = secret.New(adviceData(r))
	return m, nil
}

// The data objects that an advice treats otherwise than a request.
const (
	tagTVR           emv.Tag = 0x95
	tagScriptResults emv.Tag = 0x9F5B
)

// iccDataMax is the longest DE 55 in bytes. ISO 8583:1993, from memory.
const iccDataMax = 255

// adviceData are the data objects of the final cryptogram with the script results
// first. The TVR is the one that the cryptogram covers: what a template 72 came to
// stands in the script results only. Objects that find no room are left out from
// the end.
func adviceData(r *kernel.Result) []byte {
	b := tlv.Append(nil, tagScriptResults, emv.EncodeScriptResults(r.ScriptResults...))
	for _, tag := range kernel.ChipDataTags() {
		object := r.Data.AppendTLV(nil, tag)
		if tag == tagTVR {
			object = tlv.Append(nil, tag, r.CryptogramTVR[:])
		}
		if len(b)+len(object) > iccDataMax {
			break
		}
		b = append(b, object...)
	}
	return b
}
