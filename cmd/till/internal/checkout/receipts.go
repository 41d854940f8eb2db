package checkout

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/profile"
)

// Receipts is `till receipts`.
type Receipts struct {
	Journal string `placeholder:"FILE" help:"File of the terminal's journal, as with \"till checkout --journal\". Default: till/terminal.journal below the configuration directory of the user."`
	JSON    bool   `help:"Write the receipts as JSON, one array."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Receipts) Help() string {
	return fmt.Sprintf(`Lists the receipts that a terminal has kept in its journal, the newest %d of them,
the oldest first: time, number of the transaction or "order", amount, card and outcome.
--json has all that was printed. Account numbers are masked. A terminal keeps
receipts where it has a journal, which is with `+"`till checkout --host`"+`.

Example:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      printf 1234 | till checkout --reader image:my.card --key k --amount 12.34 --terminal offline \
        --host 127.0.0.1:9 --journal my.journal --time 2026-11-23T12:00:00 --pin-fd 0 >printed 2>&1; \
      till receipts --journal my.journal --key k
  2026-11-23 12:00:00  1  12.34 USD  374245*****1007  APPROVED OFFLINE
`, journal.ReceiptsMax)
}

// Run lists the receipts.
func (c *Receipts) Run(streams cli.Streams) error {
	path, err := journalPath(c.Journal)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("list receipts: %w: name the file that `till checkout --journal` wrote", err)
	}
	key, err := c.Read()
	if err != nil {
		return err
	}
	kept, err := readReceipts(journal.Config{Path: path, Key: key})
	if err != nil {
		return cli.Failed{Err: explainJournal(path, err)}
	}
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(kept)
	}
	return printReceipts(kept, streams)
}

// readReceipts returns what a journal has kept, the oldest first.
func readReceipts(c journal.Config) (kept []json.RawMessage, err error) {
	j, err := journal.Open(c)
	if err != nil {
		return nil, err
	}
	kept = []json.RawMessage{}
	err = j.View(func(tx *journal.Tx) error {
		records, err := tx.Receipts()
		for _, r := range records {
			r.Content.Open(func(content []byte) { kept = append(kept, json.RawMessage(string(content))) })
		}
		return err
	})
	return kept, errors.Join(err, j.Close())
}

// printReceipts writes a line for each receipt.
func printReceipts(kept []json.RawMessage, streams cli.Streams) error {
	var table cli.Table
	for _, content := range kept {
		line, err := receiptLine(content)
		if err != nil {
			return cli.Failed{Err: err}
		}
		table.Row(line...)
	}
	return table.Print(streams.Out)
}

// receiptLine returns what people are shown of a receipt.
func receiptLine(content []byte) ([]string, error) {
	var r struct {
		Time     time.Time `json:"time"`
		Counter  uint32    `json:"counter"`
		Amount   string    `json:"amount"`
		Currency uint16    `json:"currency,string"`
		PAN      string    `json:"pan"`
		Outcome  string    `json:"outcome"`
		Approved bool      `json:"approved"`
		Reason   string    `json:"reason"`
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, errors.New("list receipts: one of them can not be read: use the till that wrote it")
	}
	outcome := strings.ToUpper(r.Outcome)
	switch {
	case r.Reason != "":
		outcome += ": " + r.Reason
	case !r.Approved && strings.HasPrefix(r.Outcome, "approved"):
		outcome += ": could not be recorded and is reversed"
	}
	number := "order"
	if r.Counter != 0 { // tag 9F41 counts transactions with a card
		number = fmt.Sprint(r.Counter)
	}
	return []string{
		r.Time.Format(time.DateTime), number, r.Amount + " " + profile.FormatCurrency(r.Currency), r.PAN, outcome,
	}, nil
}
