package link

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// itemVersion is the first byte of an item in the journal. Behind it stand kind,
// phase, reason and whether it was sent, a byte each, the name of the dialect
// behind its length in a byte, and the packed message.
const itemVersion = 1

// itemHead is the length of what stands before the name of the dialect.
const itemHead = 6

// encodeItem writes an item with its message.
func encodeItem(d *message.Dialect, i queue.Item, m message.Message) ([]byte, error) {
	packed, err := d.Pack(m)
	if err != nil {
		return nil, fmt.Errorf("keep %s: %w", m.Kind(), err)
	}
	defer secret.Wipe(packed)
	phase := i.Phase
	if phase == queue.Await {
		phase = queue.Due // nobody awaits anything after a restart
	}
	var sent byte
	if i.Sent {
		sent = 1
	}
	b := append(make([]byte, 0, itemHead+len(d.Name())+len(packed)),
		itemVersion, byte(i.Kind), byte(phase), byte(i.Reason), sent, byte(len(d.Name())))
	return append(append(b, d.Name()...), packed...), nil
}

// decodeItem reads what encodeItem wrote, for a link in dialect d.
func decodeItem(d *message.Dialect, r journal.Record) (i queue.Item, m message.Message, err error) {
	r.Content.Open(func(b []byte) { i, m, err = parseItem(d, b) })
	if err != nil {
		return i, nil, fmt.Errorf("read item of journal: %w", err)
	}
	i.Sequence = r.Sequence
	return i, m, nil
}

func parseItem(d *message.Dialect, b []byte) (i queue.Item, m message.Message, err error) {
	if len(b) < itemHead || b[0] != itemVersion || len(b)-itemHead < int(b[5]) {
		return i, nil, fmt.Errorf("not an item of version %d: %w", itemVersion, emv.ErrMalformed)
	}
	i = queue.Item{Kind: queue.Kind(b[1]), Phase: queue.Phase(b[2]), Reason: queue.Reason(b[3]), Sent: b[4] == 1}
	name, packed := string(b[itemHead:itemHead+int(b[5])]), b[itemHead+int(b[5]):]
	dialect, err := dialectOf(name, d)
	if err != nil {
		return i, nil, err
	}
	if m, err = dialect.Unpack(packed); err != nil {
		return i, nil, err
	}
	if m.Kind() != kinds[i.Kind] || i.Phase != queue.Open && i.Phase != queue.Due {
		return i, nil, fmt.Errorf("%s where there is another: %w", m.Kind(), emv.ErrMalformed)
	}
	return i, m, nil
}

// dialectOf returns the dialect that an item was written in. Between the editions of
// the standard nothing is carried over: what one of them does not say, the other
// would have to invent.
func dialectOf(name string, now *message.Dialect) (*message.Dialect, error) {
	if name == now.Name() {
		return now, nil
	}
	then, err := message.Named(name)
	if err != nil || then.Edition() != now.Edition() {
		return nil, fmt.Errorf("what is due was written in dialect %s: use it until all is acknowledged", name)
	}
	return then, nil
}

// kinds are the messages of the items.
var kinds = map[queue.Kind]message.Kind{queue.Reversal: message.KindReversal, queue.Advice: message.KindAdvice}

// reasonCode says why in the words of DE 25. A reversal that is not due yet has
// the one that would be true after a restart.
func reasonCode(r queue.Reason) message.ReasonCode {
	if r == queue.NoAnswer {
		return message.TimeoutWaitingForResponse
	}
	return message.TerminalCannotComplete
}
