package authorization

import (
	"encoding/json"
	"time"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// detail is what the journal holds of a message, as JSON. It holds nothing secret.
type detail struct {
	Reason string `json:"reason,omitempty"`
	Action string `json:"action"`
	// Type is what was asked for, where it is no purchase.
	Type     string `json:"type,omitempty"`
	STAN     uint32 `json:"stan"`
	Amount   uint64 `json:"amount"`
	Currency uint16 `json:"currency"`
	Channel  string `json:"channel,omitempty"`
	ATC      uint16 `json:"atc,omitempty"`
	PIN      string `json:"pin,omitempty"`
	Script   string `json:"script,omitempty"`
	// ChipTries is "used up" where the chip says that it takes no PIN any more.
	ChipTries string `json:"chip_tries,omitempty"`
}

// channels are the words of the journal.
var channels = [...]string{
	pinlife.Contact:     "contact",
	pinlife.Contactless: "contactless",
	pinlife.Stripe:      "no chip data",
	pinlife.Order:       "card not present",
}

// entries returns the lines of the journal for a request.
func (d *decision) entries() []store.Entry {
	kind := "approved"
	if d.reason != approved {
		kind = "declined"
	}
	line := detail{
		Action: rows[d.reason].action.String(), Amount: d.request.Amount, Currency: d.request.Currency,
		Channel: channels[d.channel], ATC: uint16(d.chip.input.ATC), PIN: d.pinText(),
	}
	if d.reason != approved {
		line.Reason = d.reason.String()
	}
	if d.template != nil {
		line.Script = "sent"
	}
	if d.channel == pinlife.Contact && d.arqcValid && d.cvr.TryLimitExceeded {
		line.ChipTries = "used up"
	}
	return d.appendNotes([]store.Entry{d.entry(kind, line)}, d.notes)
}

// pinText says what became of the PIN. One that was not compared is not wrong.
func (d *decision) pinText() string {
	if d.verdict == pinlife.PINWrong && !d.compared {
		return "not compared"
	}
	return d.verdict.String()
}

// entry returns a line of the journal.
func (w *work) entry(kind string, d detail) store.Entry {
	d.STAN, d.Type = w.head.STAN, kinds[w.transaction.ProcessingCode.Type()].name
	text, err := json.Marshal(d)
	if err != nil {
		panic("authorization: detail of numbers and texts: " + err.Error())
	}
	return store.Entry{At: w.now.Truncate(time.Millisecond), Kind: kind, Actor: "terminal " + w.terminal(), Detail: string(text)}
}

// terminalMax is the length of a terminal's name by the standard. A dialect of a file may
// have longer ones.
const terminalMax = 8

// terminal returns the name of the terminal, as journal and log have it.
func (w *work) terminal() string {
	name := w.head.Terminal
	if len(name) > terminalMax {
		return name[:terminalMax] + "..."
	}
	return name
}

// note is something that the PIN life cycle wants to be known.
type note struct{ kind, text string }

// appendNote adds the note that an effect is; others are none.
func appendNote(notes []note, e pinlife.Effect) []note {
	switch e := e.(type) {
	case pinlife.Audit:
		return append(notes, note{"audit", e.Reason.String()})
	case pinlife.Notify:
		return append(notes, note{"notice", e.Text.String()})
	}
	return notes
}

// appendNotes adds the lines of notes. They are committed with what they are about,
// since what comes after the commit may not come at all.
func (w *work) appendNotes(entries []store.Entry, notes []note) []store.Entry {
	for _, n := range notes {
		entries = append(entries, store.Entry{At: w.now.Truncate(time.Millisecond), Kind: n.kind, Actor: "issuer", Detail: n.text})
	}
	return entries
}

// log tells the operator that a message was answered. What is not logged is in the
// journal.
func (w *work) log(m message.Message, o outcome) {
	_ = w.config.Logger.Log("event", "answered", "kind", m.Kind().String(), "ref", w.ref, "stan", w.head.STAN, "terminal", w.terminal(), "decision", o.entries[0].Kind)
}

func (w *work) logRepeat(m message.Message, same bool) {
	event := "repeat answered"
	if !same {
		event = "duplicate refused"
	}
	_ = w.config.Logger.Log("event", event, "kind", m.Kind().String(), "ref", w.ref, "stan", w.head.STAN, "terminal", w.terminal())
}

func (w *work) logUnknown(m message.Message) {
	_ = w.config.Logger.Log("event", "card is not known", "kind", m.Kind().String(), "ref", w.ref, "stan", w.head.STAN, "terminal", w.terminal())
}
