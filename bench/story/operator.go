package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/httpd"
)

// inside returns a client of the operators' door.
func (w *World) inside() *http.Client {
	if w.inner == nil {
		socket := issuer.Socket(w.path(bankFolder))
		w.inner = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
	}
	return w.inner
}

// askOperator asks the operators' door.
func (w *World) askOperator(ctx context.Context, method, path string, result any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://operators"+path, nil)
	if err != nil {
		return err
	}
	response, err := w.inside().Do(r)
	if err != nil {
		return fmt.Errorf("ask issuer's operators' door: %w", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, operatorAnswerMax))
	if err != nil {
		return fmt.Errorf("read answer of operators' door: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return json.Unmarshal(content, result)
	}
	refused := refusal{status: response.StatusCode}
	if err := json.Unmarshal(content, &refused.form); err != nil {
		return fmt.Errorf("read answer of operators' door: %w", err)
	}
	return &refused
}

// operatorAnswerMax bounds an answer of the operators' door, in bytes.
const operatorAnswerMax = 1 << 22

// operations are what an operator does to a card.
func operations() []string {
	return []string{"block", "unblock", "lost", "stolen", "close", "retry", "reset-tries"}
}

func operate(ctx context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) != 2 || !slices.Contains(operations(), args[0]) {
		return Result{}, fmt.Errorf("%w: want one of block, unblock, lost, stolen, close, retry, reset-tries, and a name", errArguments)
	}
	h, err := w.person(args[1])
	if err != nil {
		return Result{}, err
	}
	var c httpd.IssuedCard
	err = w.askOperator(ctx, http.MethodPost, "/v1/cards/"+h.handout.Card+"/"+args[0], &c)
	w.last = &outcome{expected: true}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		w.last = &outcome{refusal: refused}
		return Result{Means: "refused: " + refused.form.Error.Code, Detail: map[string]any{"refused": refused.form.Error.Code}}, nil
	}
	return Result{Means: "card " + c.Status + ", PIN " + c.PIN, Detail: map[string]any{"card": c.Status, "pin": c.PIN}}, err
}

// CardState is how a card and its PIN stand, on the chip and at the issuer.
type CardState struct {
	Name string `json:"name"`

	PINSet  bool   `json:"pin_set"` // on the chip
	Tries   int    `json:"tries"`   // that the chip has left
	ATC     uint16 `json:"atc"`     // of the chip
	Scripts int    `json:"scripts"` // commands that the chip counts
	Blocked bool   `json:"blocked"` // the chip's application

	Status     string `json:"status"`      // of the card at the issuer
	Phase      string `json:"phase"`       // of the PIN's life at the issuer
	WrongTries uint8  `json:"wrong_tries"` // online
	HighestATC uint16 `json:"highest_atc"` // seen by the issuer
}

// States returns how all cards stand; none before the issuer is open. It leaves no
// trace on the timeline.
func (w *World) States(ctx context.Context) ([]CardState, error) {
	if w.issuer == nil {
		return nil, nil
	}
	var all []CardState
	for _, name := range w.names() {
		s, err := w.state(ctx, w.people[name])
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// state returns how a card stands.
func (w *World) state(ctx context.Context, h *holder) (CardState, error) {
	s := CardState{Name: h.handout.Login}
	chip, err := w.chip(h)
	if err != nil {
		return s, err
	}
	s.PINSet, s.Tries, s.ATC, s.Scripts, s.Blocked = chip.PINSet, chip.TriesLeft, uint16(chip.ATC), chip.ScriptCount, chip.Blocked
	var cards []httpd.IssuedCard
	if err := w.askOperator(ctx, http.MethodGet, "/v1/cards", &cards); err != nil {
		return s, err
	}
	for _, c := range cards {
		if c.Ref == h.handout.Card {
			s.Status, s.Phase, s.WrongTries, s.HighestATC = c.Status, c.PIN, c.Tries, c.HighestATC
		}
	}
	return s, nil
}

// chip returns what a card remembers.
func (w *World) chip(h *holder) (card.Status, error) {
	file, err := card.OpenFile(w.path(cardFolder, h.handout.CardFile))
	if err != nil {
		return card.Status{}, err
	}
	defer file.Close()
	chip, err := card.Open(card.Config{Medium: file, Key: w.key})
	if err != nil {
		return card.Status{}, err
	}
	return chip.Status()[0], nil
}
