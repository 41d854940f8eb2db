package terminal

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware"
)

// WriteText writes the receipt as it is printed: a label and a value on each
// line.
func (r *Receipt) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range r.lines() {
		if line[1] != "" {
			fmt.Fprintf(table, "%s\t%s\n", line[0], line[1])
		}
	}
	return table.Flush()
}

// lines are the labels and values in their order. One without a value is left
// out.
func (r *Receipt) lines() [][2]string {
	lines := [][2]string{
		{"merchant", fmt.Sprintf("%s, %s, terminal %s", r.Merchant, r.MerchantID, r.TerminalID)},
		{"time", fmt.Sprintf("%s, transaction %d", r.Time.Format(time.DateTime), r.Counter)},
		{"transaction", r.kindText()},
		{"amount", r.amountText()},
		{"card", r.cardText()},
		{"foreign card", r.foreignText()},
		{"application", r.applicationText()},
		{"outcome", r.outcomeText()},
		{"verification", fmt.Sprintf("%s (CVM results %X)", r.Verification(), r.Result.CVMResults[:])},
		{"response code", arcText(r.Result.ARC)},
		{"cryptogram", r.cryptogramText()},
		{"TVR", fieldText(r.Result.TVR.String(), r.Result.TVR.Names())},
		{"TSI", fieldText(r.Result.TSI.String(), r.Result.TSI.Names())},
	}
	lines = append(lines, r.balanceLines()...)
	for i, s := range r.Result.ScriptResults {
		lines = append(lines, [2]string{fmt.Sprintf("issuer script %d", i+1), s.Outcome.String()})
	}
	for _, sentence := range r.Next() {
		lines = append(lines, [2]string{"next", sentence})
	}
	return lines
}

func (r *Receipt) cardText() string {
	entry := "inserted"
	if r.Presentation == hardware.Contactless {
		entry = "tapped"
	}
	if r.PAN.IsZero() {
		return entry
	}
	return r.PAN.String() + ", " + entry
}

// foreignText says that the card is not ours, and what that meant.
func (r *Receipt) foreignText() string {
	if !r.Foreign {
		return ""
	}
	return strings.Join(append([]string{"not one of till's"}, r.withheld()...), "; ")
}

func (r *Receipt) withheld() []string {
	texts := make([]string, len(r.Withheld))
	for i, a := range r.Withheld {
		texts[i] = string(a)
	}
	return texts
}

func (r *Receipt) applicationText() string {
	if len(r.Result.Application.Name) == 0 {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%X, %s", r.Result.Application.Name, r.Result.Application.Label), ", ")
}

func (r *Receipt) outcomeText() string {
	outcome := strings.ToUpper(r.Result.Outcome.String())
	if r.Result.Reason == "" {
		return outcome
	}
	return outcome + ": " + r.Result.Reason
}

func arcText(a emv.ARC) string {
	if a == 0 {
		return ""
	}
	return fmt.Sprintf("%s  %s", a, a.Text())
}

func (r *Receipt) cryptogramText() string {
	if !r.Result.Cryptogram {
		return ""
	}
	return fmt.Sprintf("%s %X, ATC %d", r.Result.CID.Type(), r.Result.AC[:], r.Result.ATC)
}

// fieldText shows a bit field: its digits and the names of its bits.
func fieldText(digits string, names []string) string {
	return strings.TrimSpace(digits + "  " + strings.Join(names, ", "))
}
