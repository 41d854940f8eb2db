package httpd

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// Addresses are where an issuer listens; empty is nowhere.
type Addresses struct {
	HTTP string `json:"http"` // members' door
	Host string `json:"host"` // ISO 8583
	SIP  string `json:"sip,omitempty"`

	Metrics string `json:"metrics,omitempty"` // for Prometheus
}

// Overview is how an issuer is, as operators see it.
type Overview struct {
	Addresses
	Started time.Time `json:"started"`
	Members int       `json:"members"`
	Cards   int       `json:"cards"`
	Active  int       `json:"active"`  // cards
	Waiting int       `json:"waiting"` // cards with a PIN that waits or is on its way
	Held    int       `json:"held"`    // cards whose PIN an operator has to look at
	Unsure  int       `json:"unsure"`  // cards whose PIN is to be set again, after a restore

	Entries uint64 `json:"entries"` // number of the newest entry of the journal
	Sealed  uint64 `json:"sealed"`  // entry up to which the journal is sealed
}

// IssuedCard is a card as operators see it: nothing of it is secret.
type IssuedCard struct {
	Ref            string `json:"ref"`
	LastFour       string `json:"last_four"`
	SequenceNumber string `json:"sequence_number"`
	Expires        string `json:"expires"` // YYMM
	Holder         uint32 `json:"holder"`
	Primary        uint32 `json:"primary"`
	Status         string `json:"status"`
	PIN            string `json:"pin"` // phase of its life
	Tries          uint8  `json:"tries"`
	HighestATC     uint16 `json:"highest_atc"`
	Cryptogram     string `json:"cryptogram"`
	Script         string `json:"script"`
	KeySet         uint8  `json:"key_set"`
	CIDTries       uint8  `json:"cid_tries"`
}

// MemberLine is a member as operators see him.
type MemberLine struct {
	ID    uint32   `json:"id"`
	Name  string   `json:"name"`
	Login string   `json:"login"`
	Cards []string `json:"cards"`
}

// Entry is a line of the journal.
type Entry struct {
	Number uint64    `json:"number"`
	Ref    string    `json:"ref,omitempty"`    // of a card's
	Member uint32    `json:"member,omitempty"` // of a member's
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Actor  string    `json:"actor"`
	Detail string    `json:"detail,omitempty"`
}

// linesMax bounds a list in an answer.
const linesMax = 1000

// Machine is what operators ask of the issuer itself.
type Machine struct {
	Addresses
	Backup Backup
	// Prune removes the entries of the journal that are older than a moment, and
	// returns how many there were.
	Prune   func(ctx context.Context, before time.Time) (int, error)
	Metrics http.Handler
	Started time.Time
}

// Pruned is what became of the journal.
type Pruned struct {
	Entries int `json:"entries"` // removed
}

// Operators returns the operators' door, for a socket that operators alone reach.
func (d *Doors) Operators(m Machine) http.Handler {
	mux := http.NewServeMux()
	handle(mux, d.Log, "GET /v1/status", func(_ http.ResponseWriter, r *http.Request) (any, error) { return d.overview(r.Context(), m) })
	handle(mux, d.Log, "GET /v1/cards", d.issuedCards)
	handle(mux, d.Log, "GET /v1/members", d.memberLines)
	handle(mux, d.Log, "GET /v1/journal", d.journal)
	handle(mux, d.Log, "GET /v1/cards/{ref}/journal", d.history)
	handle(mux, d.Log, "POST /v1/cards/{ref}/block", d.operate(d.Channel.BlockCard))
	handle(mux, d.Log, "POST /v1/cards/{ref}/unblock", d.operate(d.Channel.UnblockCard))
	handle(mux, d.Log, "POST /v1/cards/{ref}/lost", d.operate(d.Channel.ReportLost))
	handle(mux, d.Log, "POST /v1/cards/{ref}/stolen", d.operate(d.Channel.ReportStolen))
	handle(mux, d.Log, "POST /v1/cards/{ref}/close", d.operate(d.Channel.CloseCard))
	handle(mux, d.Log, "POST /v1/cards/{ref}/retry", d.operate(d.Channel.Retry))
	handle(mux, d.Log, "POST /v1/cards/{ref}/reset-tries", d.operate(d.Channel.ResetTries))
	handle(mux, d.Log, "POST /v1/cards/{ref}/cid", d.identificationDigits)
	handle(mux, d.Log, "POST /v1/cards/{ref}/aevv", d.verificationValue)
	mux.HandleFunc("GET /v1/backup", d.backup(m.Backup))
	mux.Handle("GET /metrics", m.Metrics)
	handle(mux, d.Log, "GET /healthz", d.healthy)
	handle(mux, d.Log, "POST /v1/journal/prune", prune(m))
	handle(mux, d.Log, "/", noRoute)
	return d.logged(mux)
}

// Numbers returns a door that has the metrics and tells whether the process serves,
// and nothing else.
func (d *Doors) Numbers(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	handle(mux, d.Log, "GET /healthz", d.healthy)
	handle(mux, d.Log, "/", noRoute)
	return d.logged(mux)
}

func (d *Doors) overview(c ctx, m Machine) (any, error) {
	o := Overview{Addresses: m.Addresses, Started: m.Started}
	for card, err := range d.Store.Cards(c) {
		if err != nil {
			return nil, err
		}
		o.count(&card.Record)
	}
	for _, err := range d.Store.Members().All(c) {
		if err != nil {
			return nil, err
		}
		o.Members++
	}
	for seal, err := range d.Store.Seals(c) {
		if err != nil {
			return nil, err
		}
		o.Sealed = seal.Number
	}
	var err error
	o.Entries, _, err = d.Store.Newest(c)
	return o, err
}

// count adds a card.
func (o *Overview) count(r *store.Record) {
	o.Cards++
	if r.Status == store.Active {
		o.Active++
	}
	if r.PIN.Unsure {
		o.Unsure++
	}
	switch r.PIN.Phase() {
	case pinlife.Pending, pinlife.Sent, pinlife.Claimed:
		o.Waiting++
	case pinlife.Held:
		o.Held++
	}
}

// issuedCards answers with the cards, or those whose number ends with the query's
// "last_four".
func (d *Doors) issuedCards(_ http.ResponseWriter, r *http.Request) (any, error) {
	lastFour := r.URL.Query().Get("last_four")
	return collect(func(yield func(store.Card, error) bool) {
		for c, err := range d.Store.Cards(r.Context()) {
			if (err != nil || lastFour == "" || c.Record.LastFour == lastFour) && !yield(c, err) {
				return
			}
		}
	}, issuedCard)
}

func issuedCard(c store.Card) IssuedCard {
	r := &c.Record
	return IssuedCard{
		Ref: c.Ref.String(), LastFour: r.LastFour, SequenceNumber: r.SequenceNumber.String(),
		Expires: r.Expiry.String(), Holder: uint32(r.Holder), Primary: uint32(r.Primary),
		Status: r.Status.String(), PIN: r.PIN.Phase().String(), Tries: r.Tries,
		HighestATC: r.PIN.HighestATC, Cryptogram: r.Chip.Cryptogram, Script: r.Chip.Script, KeySet: r.Chip.KeySet,
		CIDTries: r.CIDTries,
	}
}

func (d *Doors) memberLines(_ http.ResponseWriter, r *http.Request) (any, error) {
	return collect(d.Store.Members().All(r.Context()), func(m member.Member) MemberLine {
		line := MemberLine{ID: uint32(m.ID), Name: m.Name, Login: m.Login.Name, Cards: []string{}}
		for _, ref := range m.Cards {
			line.Cards = append(line.Cards, ref.String())
		}
		return line
	})
}

// journal answers with the entries behind a number, the query's "after".
func (d *Doors) journal(_ http.ResponseWriter, r *http.Request) (any, error) {
	after := uint64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, errBody
		}
	}
	return collect(d.Store.Journal(r.Context(), after), entryOf)
}

// prune removes the entries that are older than the query's "before".
func prune(m Machine) route {
	return func(_ http.ResponseWriter, r *http.Request) (any, error) {
		before, err := time.Parse(time.RFC3339, r.URL.Query().Get("before"))
		if err != nil {
			return nil, errBody
		}
		removed, err := m.Prune(r.Context(), before)
		return Pruned{removed}, err
	}
}

// history answers with the entries of a card, newest first.
func (d *Doors) history(_ http.ResponseWriter, r *http.Request) (any, error) {
	ref, err := cardRef(r)
	if err != nil {
		return nil, err
	}
	return collect(d.Store.History(r.Context(), ref), entryOf)
}

func entryOf(e store.Entry) Entry {
	line := Entry{Number: e.Number, Member: uint32(e.Member), At: e.At, Kind: e.Kind, Actor: e.Actor, Detail: e.Detail}
	if e.Member == 0 {
		line.Ref = e.Ref.String()
	}
	return line
}

// operate is a route that does something to a card and answers with the card.
func (d *Doors) operate(do func(context.Context, account.Ref) (channel.Status, error)) route {
	return func(_ http.ResponseWriter, r *http.Request) (any, error) {
		ref, err := cardRef(r)
		if err != nil {
			return nil, err
		}
		if _, err := do(r.Context(), ref); err != nil {
			return nil, err
		}
		var card IssuedCard
		err = d.Store.View(r.Context(), ref, func(s store.Snapshot) error {
			card = issuedCard(store.Card{Ref: ref, Record: *s.Card()})
			return nil
		})
		return card, err
	}
}

// collect turns the items of a store into at most linesMax lines.
func collect[I, L any](items iter.Seq2[I, error], line func(I) L) ([]L, error) {
	lines := []L{}
	for item, err := range items {
		if errors.Is(err, store.ErrNotFound) {
			return nil, errCardName
		}
		if err != nil {
			return nil, err
		}
		if lines = append(lines, line(item)); len(lines) == linesMax {
			break
		}
	}
	return lines, nil
}
