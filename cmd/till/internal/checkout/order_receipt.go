package checkout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

func (r *orderReceipt) approved() bool { return r.answer != nil && r.answer.Approved() }

// reversalDue reports whether the host may have booked what does not stand.
func (r *orderReceipt) reversalDue() bool {
	if r.answer != nil {
		return r.answer.ReversalDue()
	}
	var unable *kernel.UnableToGoOnlineError
	return r.failure != nil && (!errors.As(r.failure, &unable) || unable.Sent)
}

func (r *orderReceipt) outcome() string {
	switch {
	case r.answer == nil:
		return "not answered"
	case r.approved():
		return "approved"
	}
	return "declined"
}

// next says what the merchant does now.
func (r *orderReceipt) next() []string {
	next := "Send nothing; try again when the issuer answers."
	switch {
	case r.approved():
		return []string{"Send the goods."}
	case r.answer != nil:
		next = "Ask for another means of payment; the issuer knows why."
	}
	if r.reversalDue() {
		return []string{"A reversal is due: the host may have booked an amount that does not stand.", next}
	}
	return []string{next}
}

// orderJSON is the receipt as machines read it.
type orderJSON struct {
	Outcome      string   `json:"outcome"`
	Approved     bool     `json:"approved"`
	Amount       string   `json:"amount"` // in major units
	Currency     string   `json:"currency"`
	Time         string   `json:"time"`
	Merchant     string   `json:"merchant"`
	MerchantID   string   `json:"merchant_id"`
	TerminalID   string   `json:"terminal_id"`
	PAN          string   `json:"pan"` // masked
	ActionCode   string   `json:"action_code,omitempty"`
	ActionText   string   `json:"action_text,omitempty"`
	ApprovalCode string   `json:"approval_code,omitempty"`
	Reference    string   `json:"reference,omitempty"`
	ReversalDue  bool     `json:"reversal_due"`
	Next         []string `json:"next"`
}

func (r *orderReceipt) forMachines() orderJSON {
	p := r.profile
	j := orderJSON{
		Outcome: r.outcome(), Approved: r.approved(), Amount: profile.FormatAmount(r.order.Amount, p.CurrencyExponent),
		Currency: fmt.Sprintf("%03d", p.CurrencyCode), Time: r.time.Format(time.RFC3339),
		Merchant: p.MerchantNameAndLocation, MerchantID: p.MerchantIdentifier, TerminalID: p.TerminalIdentification,
		PAN: r.order.PAN.String(), ReversalDue: r.reversalDue(), Next: r.next(),
	}
	if a := r.answer; a != nil {
		j.ActionCode, j.ActionText, j.ApprovalCode, j.Reference = a.ActionCode.String(), a.ActionCode.Text(), a.ApprovalCode, a.Reference
	}
	return j
}

// keep puts the receipt to the others of the terminal. The order stands whether that
// works or not.
func (r *orderReceipt) keep(o *online, w io.Writer) {
	content, err := json.Marshal(r.forMachines())
	if err == nil {
		err = o.journal.AppendReceipt(content)
	}
	if err != nil {
		fmt.Fprintf(w, "till: no copy of this receipt could be kept: keep this one, and see to the terminal: %v\n", err)
	}
}

// print writes the receipt.
func (r *orderReceipt) print(streams cli.Streams, asJSON bool) error {
	j := r.forMachines()
	if asJSON {
		return json.NewEncoder(streams.Out).Encode(j)
	}
	var table cli.Table
	table.Row("merchant", fmt.Sprintf("%s, %s, terminal %s", j.Merchant, j.MerchantID, j.TerminalID))
	at := r.time.Format(time.DateTime)
	if j.Reference != "" {
		at += ", reference " + j.Reference
	}
	table.Row("time", at)
	table.Row("amount", profile.FormatMoney(r.order.Amount, r.profile.CurrencyCode, r.profile.CurrencyExponent))
	table.Row("card", j.PAN+", not present")
	table.Row("outcome", strings.ToUpper(j.Outcome))
	if r.answer != nil {
		table.Row("action code", strings.TrimSpace(j.ActionCode+" "+j.ActionText))
	}
	if j.ApprovalCode != "" {
		table.Row("approval code", j.ApprovalCode)
	}
	for _, sentence := range j.Next {
		table.Row("next", sentence)
	}
	return table.Print(streams.Out)
}
