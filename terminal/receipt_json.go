package terminal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// receiptJSON is the receipt as machines read it. Bytes are upper-case
// hexadecimal digits.
type receiptJSON struct {
	Outcome  string `json:"outcome"`
	Approved bool   `json:"approved"`
	Reason   string `json:"reason,omitempty"`
	Type     string `json:"type"`
	Amount   string `json:"amount"` // in major units, cashback included
	Cashback string `json:"cashback,omitempty"`
	Currency string `json:"currency"`

	Balances []balanceJSON `json:"balances,omitempty"` // where the transaction stands

	Time         string   `json:"time"`
	Counter      uint32   `json:"counter"`
	Merchant     string   `json:"merchant"`
	MerchantID   string   `json:"merchant_id"`
	TerminalID   string   `json:"terminal_id"`
	Presentation string   `json:"presentation"`
	Verification string   `json:"verification"`
	Foreign      bool     `json:"foreign,omitempty"`  // the card is not one of ours
	Withheld     []string `json:"withheld,omitempty"` // what was kept from it
	Next         []string `json:"next"`

	PAN   *account.PAN `json:"pan,omitempty"` // masked
	AID   string       `json:"aid,omitempty"`
	Label string       `json:"label,omitempty"`
	ARC   string       `json:"arc,omitempty"`

	*cryptogramJSON

	TVR         string   `json:"tvr"`
	TVRBits     []string `json:"tvr_bits"`
	TSI         string   `json:"tsi"`
	TSIBits     []string `json:"tsi_bits"`
	CVMResults  string   `json:"cvm_results"`
	Scripts     []string `json:"issuer_scripts"`
	Signature   bool     `json:"signature_needed"`
	RequestSent bool     `json:"request_sent"`
	ReversalDue bool     `json:"reversal_due"`

	Steps    []stepJSON    `json:"steps,omitempty"`
	Findings []findingJSON `json:"findings"` // one for each bit of the TVR

	Printed []string `json:"printed,omitempty"` // lines, in copies
}

// cryptogramJSON is there where the card gave a cryptogram.
type cryptogramJSON struct {
	Type string `json:"cryptogram"`
	CID  string `json:"cid"`
	AC   string `json:"ac"`
	ATC  uint16 `json:"atc"`
}

// stepJSON is one decision of the kernel.
type stepJSON struct {
	Phase string `json:"phase"`
	Text  string `json:"text"`
}

// findingJSON is why a bit of the TVR is set.
type findingJSON struct {
	Bit   string `json:"bit"`
	Phase string `json:"phase"`
	Rule  string `json:"rule"`
	Why   string `json:"why"`
}

// MarshalJSON returns the receipt and the steps of the kernel, account numbers
// masked.
func (r *Receipt) MarshalJSON() ([]byte, error) { return json.Marshal(r.forMachines()) }

func (r *Receipt) forMachines() receiptJSON {
	result := r.Result
	j := receiptJSON{
		Outcome: result.Outcome.String(), Approved: result.Outcome.Approved() && r.Unrecorded == nil, Reason: result.Reason,
		Type: r.Kind.String(), Amount: profile.FormatAmount(r.Amount, r.Exponent), Currency: fmt.Sprintf("%03d", r.Currency), Balances: r.balancesJSON(),
		Time: r.Time.Format(time.RFC3339), Counter: r.Counter,
		Merchant: r.Merchant, MerchantID: r.MerchantID, TerminalID: r.TerminalID,
		Presentation: r.Presentation.String(), Verification: r.Verification(), Next: r.Next(),
		Foreign: r.Foreign, Withheld: r.withheld(),
		AID: upperHex(result.Application.Name), Label: result.Application.Label, ARC: arcCode(result.ARC),
		cryptogramJSON: cryptogramOf(result),
		TVR:            result.TVR.String(), TVRBits: result.TVR.Names(),
		TSI: result.TSI.String(), TSIBits: result.TSI.Names(),
		CVMResults: upperHex(result.CVMResults[:]), Scripts: scriptOutcomes(result.ScriptResults),
		Signature: result.SignatureNeeded, RequestSent: result.RequestSent, ReversalDue: result.ReversalDue,
		Steps: stepsOf(result.Steps), Findings: findingsOf(result),
	}
	if !r.PAN.IsZero() {
		j.PAN = &r.PAN
	}
	if r.Cashback > 0 {
		j.Cashback = profile.FormatAmount(r.Cashback, r.Exponent)
	}
	return j
}

// copied returns the receipt as it is kept: without the steps, which are for those
// who test the terminal, and with the lines that are printed, for a second print.
func (r *Receipt) copied() ([]byte, error) {
	var printed strings.Builder
	if err := r.WriteText(&printed); err != nil {
		return nil, err
	}
	j := r.forMachines()
	j.Steps, j.Printed = nil, strings.Split(strings.TrimSuffix(printed.String(), "\n"), "\n")
	return json.Marshal(j)
}

func upperHex(b []byte) string { return fmt.Sprintf("%X", b) }

func arcCode(a emv.ARC) string {
	if a == 0 {
		return ""
	}
	return a.String()
}

func cryptogramOf(r *kernel.Result) *cryptogramJSON {
	if !r.Cryptogram {
		return nil
	}
	return &cryptogramJSON{Type: r.CID.Type().String(), CID: r.CID.String(), AC: upperHex(r.AC[:]), ATC: uint16(r.ATC)}
}

func scriptOutcomes(results []emv.ScriptResult) []string {
	outcomes := make([]string, len(results))
	for i, s := range results {
		outcomes[i] = s.Outcome.String()
	}
	return outcomes
}

func stepsOf(steps []kernel.Step) []stepJSON {
	all := make([]stepJSON, len(steps))
	for i, s := range steps {
		all[i] = stepJSON{Phase: s.Phase.String(), Text: s.Text}
	}
	return all
}

func findingsOf(r *kernel.Result) []findingJSON {
	all := []findingJSON{}
	for _, f := range byBit(r) {
		all = append(all, findingJSON{Bit: f.Bit.String(), Phase: f.Phase.String(), Rule: f.Rule, Why: f.Why})
	}
	return all
}
