package calc

import (
	"fmt"
	"strconv"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
)

// CVMList reads a cardholder verification method list or walks through it as a
// terminal does.
type CVMList struct {
	Op            string   `json:"op" name:"op" placeholder:"OP" default:"parse" help:"parse shows the rules; walk says which of them applies."`
	List          Hex      `json:"list" name:"list" placeholder:"HEX" help:"CVM list (tag 8E)."`
	Supported     []string `json:"supported" name:"supported" placeholder:"CVM,..." help:"Walk: what the terminal supports of plaintext-offline-pin, enciphered-offline-pin, online-pin, signature, no-cvm."`
	Amount        uint64   `json:"amount" name:"amount" placeholder:"N" help:"Walk: amount in the smallest unit of the currency."`
	CurrencyMatch bool     `json:"currency_match" name:"currency-match" help:"Walk: the amount is in the application currency."`
	Transaction   string   `json:"transaction" name:"transaction" placeholder:"KIND" help:"Walk: purchase, cashback, manual-cash or unattended-cash. Default is purchase."`
	PIN           string   `json:"pin" name:"pin-entry" placeholder:"HOW" help:"Walk: how each PIN entry ends: right, entered (online), bypassed, blocked or wrong-then-blocked. Default is right."`
}

// Help is the text of the help page.
func (*CVMList) Help() string {
	return `Reads a CVM list, or walks through it with a terminal's means and says what CVM
Results (tag 9F34) and byte 3 of the TVR become. --explain shows what became of
each rule. EMV Book 3, 10.5; EMV Book 4, 6.3.4.

Examples:

  $ till calc cvm-list --list 00001388000027101F0641075E03
  amount X  5000
  amount Y  10000
  1F06      No CVM required; If transaction is in the application currency and is under X value; else fail
  4107      Plaintext PIN verification performed by ICC; If transaction is in the application currency and is over X value; else next
  5E03      Signature (paper); If terminal supports the CVM; else next

  $ till calc cvm-list --op walk --list 000000000000000041035E03 --supported plaintext-offline-pin,signature --pin-entry blocked
  cvm results       5E0300
  tvr byte 3        20
  tsi byte 1 bit 7  1
`
}

// cvmListOut is the list taken apart.
type cvmListOut struct {
	AmountX uint32       `json:"amount_x"`
	AmountY uint32       `json:"amount_y"`
	Rules   []cvmRuleOut `json:"rules"`
}

type cvmRuleOut struct {
	Code        Hex  `json:"code"` // without the bit that next_if_fails shows
	NextIfFails bool `json:"next_if_fails"`
	Condition   Hex  `json:"condition"`

	rule emv.CVMRule
}

// cvmWalkOut is the outcome of a walk.
type cvmWalkOut struct {
	CVMResults   Hex `json:"cvm_results"`
	TVRByte3     Hex `json:"tvr_byte_3"`
	TSIByte1Bit7 int `json:"tsi_byte_1_bit_7"`
}

// Calculate parses the list and, where that is asked for, walks through it.
func (c *CVMList) Calculate(Env) (any, error) {
	if err := c.List.Required("list"); err != nil {
		return nil, err
	}
	switch c.Op {
	case "", "parse":
		if err := onlyTakes(c, "op parse", "op", "list"); err != nil {
			return nil, err
		}
		list, err := emv.ParseCVMList(c.List)
		if err != nil {
			return nil, err
		}
		return parsedCVMList(list), nil
	case "walk":
		walk, err := c.walk()
		if err != nil {
			return nil, err
		}
		return walkedCVMList(walk), nil
	}
	return nil, aboutf("op", "want parse or walk")
}

// Explain shows what became of each rule that a walk came to.
func (c *CVMList) Explain(x *Explanation) {
	walk, err := c.walk()
	if c.Op != "walk" || err != nil {
		return
	}
	for i, s := range walk.Steps {
		x.Step("rule "+strconv.Itoa(i+1), ruleHex(s.Rule), fmt.Sprintf("%v: %v; %v", s.Fate, s.Rule.Code.Method(), s.Rule.Condition))
	}
	x.Step("results", Hex(walk.Results[:]).String(), walk.Results.String())
	for _, b := range walk.TVR.Bits() {
		x.Step("TVR", b.String(), b.Text())
	}
}

func (c *CVMList) walk() (emv.CVMWalk, error) {
	facts, err := c.facts()
	if err != nil {
		return emv.CVMWalk{}, err
	}
	list, err := emv.ParseCVMList(c.List)
	if err != nil {
		return emv.CVMWalk{}, err
	}
	return list.Walk(facts)
}

// facts turns the words of the input into those that the walk depends on.
func (c *CVMList) facts() (emv.CVMFacts, error) {
	kind, ok := map[string]emv.TransactionKind{
		"": emv.Purchase, "purchase": emv.Purchase, "cashback": emv.PurchaseWithCashback,
		"manual-cash": emv.ManualCash, "unattended-cash": emv.UnattendedCash,
	}[c.Transaction]
	if !ok {
		return emv.CVMFacts{}, aboutf("transaction", "want purchase, cashback, manual-cash or unattended-cash")
	}
	outcome, ok := map[string]emv.PINOutcome{
		"": emv.PINAccepted, "right": emv.PINAccepted, "entered": emv.PINAccepted, "bypassed": emv.PINNotEntered,
		"blocked": emv.PINTryLimitExceeded, "wrong-then-blocked": emv.PINTryLimitExceeded,
	}[c.PIN]
	if !ok {
		return emv.CVMFacts{}, aboutf("pin", "want right, entered, bypassed, blocked or wrong-then-blocked")
	}
	capabilities, err := c.capabilities()
	return emv.CVMFacts{
		Capabilities: capabilities,
		Amount:       c.Amount, ApplicationCurrency: c.CurrencyMatch, Kind: kind,
		EnterPIN: func(method emv.CVM) (emv.PINOutcome, error) { return ofMethod(outcome, method), nil },
	}, err
}

// ofMethod returns how the entry of a PIN for the method ends. The card's try
// counter has no say in an online PIN, which the issuer verifies.
func ofMethod(outcome emv.PINOutcome, method emv.CVM) emv.PINOutcome {
	if method == emv.CVMOnlinePIN && outcome == emv.PINTryLimitExceeded {
		return emv.PINAccepted
	}
	return outcome
}

// capabilities returns those of a terminal that supports the named methods.
func (c *CVMList) capabilities() (emv.TerminalCapabilities, error) {
	var capabilities emv.TerminalCapabilities
	for _, name := range c.Supported {
		bit, ok := map[string]emv.Bit[emv.TerminalCapabilities]{
			"plaintext-offline-pin":  emv.TerminalPlaintextPIN,
			"enciphered-offline-pin": emv.TerminalEncipheredPIN,
			"online-pin":             emv.TerminalOnlinePIN,
			"signature":              emv.TerminalSignature,
			"no-cvm":                 emv.TerminalNoCVM,
		}[name]
		if !ok {
			return capabilities, aboutf("supported", "want plaintext-offline-pin, enciphered-offline-pin, online-pin, signature or no-cvm")
		}
		capabilities.Set(bit)
	}
	return capabilities, nil
}

func parsedCVMList(list emv.CVMList) cvmListOut {
	out := cvmListOut{AmountX: list.X, AmountY: list.Y, Rules: make([]cvmRuleOut, len(list.Rules))}
	for i, r := range list.Rules {
		out.Rules[i] = cvmRuleOut{
			Code:        Hex{byte(r.Code.Method())},
			NextIfFails: r.Code.NextIfUnsuccessful(),
			Condition:   Hex{byte(r.Condition)},
			rule:        r,
		}
	}
	return out
}

// walkedCVMList returns the outcome of a walk.
func walkedCVMList(w emv.CVMWalk) cvmWalkOut {
	out := cvmWalkOut{CVMResults: w.Results[:], TVRByte3: w.TVR[2:3]}
	if w.TSI().Has(emv.TSICardholderVerificationPerformed) {
		out.TSIByte1Bit7 = 1
	}
	return out
}

func ruleHex(r emv.CVMRule) string { return Hex{byte(r.Code), byte(r.Condition)}.String() }

// addTo shows each rule on a line.
func (o cvmListOut) addTo(table *cli.Table) {
	table.Row("amount X", strconv.FormatUint(uint64(o.AmountX), 10))
	table.Row("amount Y", strconv.FormatUint(uint64(o.AmountY), 10))
	for _, r := range o.Rules {
		otherwise := "else fail"
		if r.NextIfFails {
			otherwise = "else next"
		}
		table.Row(ruleHex(r.rule), fmt.Sprintf("%v; %v; %s", r.rule.Code.Method(), r.rule.Condition, otherwise))
	}
}
