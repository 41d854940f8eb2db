// Package timeline keeps everything that travelled, in one order: commands to cards
// and their answers, messages of terminal and host, what members ask for, and what
// went wrong on the way.
//
// It is told by hooks of reader, host and channel, each before the other side can
// act upon what it was sent, so that the order is that of cause and effect. Events
// are written decoded and masked: account numbers shortened, PIN data never shown.
// They hold no time, address or duration: what travels twice alike is written twice
// alike.
package timeline

import (
	"fmt"
	"strings"
	"sync"

	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/message"
)

// eventsMax bounds the events that are kept, for timelines that nobody stops.
const eventsMax = 1 << 16

// Timeline is a timeline. It is safe for concurrent use.
type Timeline struct {
	dialect *message.Dialect

	mu      sync.Mutex
	chapter string
	entries []entry
	dropped int
}

// entry is an event as it is kept. A step of a card is looked up when it is asked
// for, since what a command means depends on those before it.
type entry struct {
	event    Event
	recorder *trace.Recorder // of a step of a card, else nil
	step     int
}

// New returns an empty timeline for messages of a dialect.
func New(d *message.Dialect) *Timeline { return &Timeline{dialect: d} }

// Read has messages read in another dialect. It is called before any has come.
func (t *Timeline) Read(d *message.Dialect) { t.dialect = d }

// Chapter begins a chapter: what travels from now on belongs to it.
func (t *Timeline) Chapter(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.chapter = name
}

// Reader returns a reader whose cards are on the timeline.
func (t *Timeline) Reader(inner hardware.Reader) hardware.Reader {
	recorder := trace.NewRecorder(nil)
	return recorder.Observe(func(n int) {
		t.add(entry{event: Event{Place: Card, From: "terminal", To: "card"}, recorder: recorder, step: n})
	}).Reader(inner)
}

// Message adds a message: a hook for host.Config.Observe.
func (t *Timeline) Message(e host.Event) {
	event := Event{Place: Message, From: "terminal", To: "host"}
	if e.Sent {
		event.From, event.To = "host", "terminal"
	}
	item, err := t.dialect.Describe(e.Message, explain.Masked)
	if err != nil {
		item.Notes = append(item.Notes, err.Error())
	}
	event.Message, event.Summary = &item, summaryOf(item)
	t.add(entry{event: event})
}

// Request adds what a member asked for: a hook for channel.Config.Observe.
func (t *Timeline) Request(e channel.Event) {
	event := Event{Place: Member, From: fmt.Sprintf("member %s", e.Asked.Member), To: e.Asked.Door.String()}
	if e.Err != nil {
		event.Summary = fmt.Sprintf("%s: refused: %v", e.Action, e.Err)
	} else {
		action := e.Action.String()
		if !strings.HasSuffix(action, " card") {
			action += " of card"
		}
		event.Summary = fmt.Sprintf("%s ...%s: card %s, PIN %s", action, e.Status.Card.LastFour, e.Status.Card.Status, e.Status.PIN)
	}
	t.add(entry{event: event})
}

// Fault adds something that went wrong on the way.
func (t *Timeline) Fault(what string) { t.add(entry{event: Event{Place: Fault, Summary: what}}) }

// Strike adds a fault of a message, by its type: what happened, and in a word.
func (t *Timeline) Strike(messageType, what, effect string) {
	t.add(entry{event: Event{Place: Fault, Summary: what, Struck: messageType, Effect: effect}})
}

func (t *Timeline) add(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.entries) == eventsMax {
		t.dropped++
		return
	}
	e.event.Chapter, e.event.Number = t.chapter, len(t.entries)+1
	t.entries = append(t.entries, e)
}

// left returns the number of events that were not kept.
func (t *Timeline) left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped
}

// Len returns the number of events so far.
func (t *Timeline) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.entries)
}
