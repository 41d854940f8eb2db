package httpd

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/profile"
)

// pay begins a payment.
func (d *Door) pay(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var f paymentForm
	if err := readBody(w, r, &f); err != nil {
		return 0, nil, err
	}
	q, err := d.request(f)
	if err != nil {
		return 0, nil, err
	}
	return d.start(w, r, q)
}

// refundForm is what a refund needs.
type refundForm struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// refund begins a refund.
func (d *Door) refund(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var f refundForm
	if err := readBody(w, r, &f); err != nil {
		return 0, nil, err
	}
	q, err := d.complete(terminal.Request{Type: terminal.TypeRefund}, paymentForm{Amount: f.Amount, Currency: f.Currency})
	if err != nil {
		return 0, nil, err
	}
	return d.start(w, r, q)
}

// start begins what is asked for, once: 201 where it begins now, 200 where it has begun
// before.
func (d *Door) start(w http.ResponseWriter, r *http.Request, q terminal.Request) (int, any, error) {
	key, err := keyOf(r)
	if err != nil {
		return 0, nil, err
	}
	p, fresh, err := d.Desk.Start(key, q)
	if err != nil {
		return 0, nil, err
	}
	w.Header().Set("Location", fmt.Sprintf("/v1/payments/%d", p.ID))
	if fresh {
		return http.StatusCreated, d.form(p), nil
	}
	return http.StatusOK, d.form(p), nil
}

// payment answers with a payment.
func (d *Door) payment(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	p, err := d.Desk.Payment(idOf(r))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, d.form(p), nil
}

// cancel calls a payment off.
func (d *Door) cancel(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	p, err := d.Desk.Cancel(idOf(r))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, d.form(p), nil
}

// stateFree is the state of a terminal without a payment.
const stateFree = "free"

// terminal answers with how the terminal is.
func (d *Door) terminal(http.ResponseWriter, *http.Request) (int, any, error) {
	p := d.Profile
	form := Terminal{
		State: stateFree, TerminalID: p.TerminalIdentification, MerchantID: p.MerchantIdentifier, Merchant: p.MerchantNameAndLocation,
		Profile: p.Name, Currency: currency(p), Letters: profile.FormatCurrency(p.CurrencyCode),
		Reader: d.Reader, Hand: d.Hand != nil, Host: d.Host,
	}
	if running, ok := d.Desk.Running(); ok {
		form.State, form.Payment = string(running.State), running.ID
	}
	err := d.Journal.View(func(tx *journal.Tx) (err error) {
		form.OwedReversals, form.OwedAdvices, err = link.Owed(tx)
		return err
	})
	return http.StatusOK, form, err
}

// insert puts the emulated card in.
func (d *Door) insert(w http.ResponseWriter, r *http.Request) (int, any, error) {
	return d.move(w, r, Hand.Insert)
}

// pull takes the emulated card out.
func (d *Door) pull(w http.ResponseWriter, r *http.Request) (int, any, error) {
	return d.move(w, r, Hand.Pull)
}

// openMax bounds the wait for a reader that is being opened.
const openMax = 5 * time.Second

// awaitReader waits until the payment that runs has its reader, which its first event
// tells.
func (d *Door) awaitReader(ctx context.Context) {
	running, ok := d.Desk.Running()
	ctx, cancel := context.WithTimeout(ctx, openMax)
	defer cancel()
	for ok {
		events, more, changed, err := d.Desk.Events(running.ID, 0)
		if len(events) > 0 || !more || err != nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (d *Door) move(w http.ResponseWriter, r *http.Request, do func(Hand) error) (int, any, error) {
	if d.Hand == nil {
		return 0, nil, errHand
	}
	d.awaitReader(r.Context())
	if err := do(d.Hand); err != nil {
		return 0, nil, problem(http.StatusConflict, "no-card", err.Error(), "start a payment first")
	}
	return d.terminal(w, r)
}
