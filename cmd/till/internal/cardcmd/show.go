package cardcmd

import (
	"fmt"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/emv/explain"
)

// Show says what is on a card.
type Show struct {
	Card     string `arg:"" placeholder:"FILE" help:"Card file."`
	TestKeys bool   `name:"show-test-keys-in-clear" help:"Write the keys of the card in clear: the three keys of cryptograms and scripts, and the primes of RSA keys. Whoever reads them can copy the card."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Show) Help() string {
	return `Opens a card file under the storage key and prints its applications, what each
remembers, and its records as a terminal reads them. Account numbers are masked;
keys show as check values, unless --show-test-keys-in-clear asks for more; a PIN
shows as set or not. The file is only read.

Examples:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; \
      till card show my.card --key k | head -11
  my.card                    ATR 3B64000074696C6C
  application                A000000025010801, AMERICAN EXPRESS
    account                  374245*****1007, sequence number 00, expires 2035-12
    ATC                      0, last online 0
    PIN                      set, 3 of 3 tries left
    scripts                  0 since the issuer was last authenticated
    last online transaction  completed
    issuer authentication    not failed
    cryptogram               amex-style, script amex-style, DKI 01
    card keys                check values AC 7634AD, SMI 73F8B9, SMC E16B07
    ICC key                  RSA-1024, exponent 3
`
}

// Run shows the card.
func (c *Show) Run(parent *Command, streams cli.Streams) error {
	if _, err := os.Stat(c.Card); err != nil {
		return fmt.Errorf("show card: %w: give the file that `till card issue --out` wrote", err)
	}
	key, err := c.Read()
	if err != nil {
		return err
	}
	icc, err := reader.OpenCopy(c.Card, key)
	if err != nil {
		return err
	}
	shown := describe(c.Card, icc)
	if c.TestKeys {
		shown.addClearKeys(icc.Image())
	}
	if parent.JSON {
		return writeJSON(streams, shown)
	}
	return shown.print(streams)
}

// shownCard is what is told of a card.
type shownCard struct {
	File         string             `json:"file"`
	ATR          string             `json:"atr"`
	Applications []shownApplication `json:"applications"`
	Environments []shownEnvironment `json:"environments"`
}

type shownEnvironment struct {
	Name    string         `json:"name"`
	FCI     []explain.Item `json:"fci"`
	Records []shownRecord  `json:"records,omitempty"`
}

type shownApplication struct {
	AID            string          `json:"aid"`
	Label          string          `json:"label"`
	PAN            string          `json:"pan"` // masked
	SequenceNumber string          `json:"sequence_number"`
	Expires        string          `json:"expires"`
	State          shownState      `json:"state"`
	Cryptogram     string          `json:"cryptogram"`
	Script         string          `json:"script"`
	DKI            string          `json:"dki"`
	Keys           shownKeys       `json:"keys"`
	Contact        shownInterface  `json:"contact"`
	Contactless    *shownInterface `json:"contactless,omitempty"`
	Records        []shownRecord   `json:"records"`
	Data           []explain.Item  `json:"data,omitempty"` // for GET DATA
}

// shownState is what an application remembers.
type shownState struct {
	ATC                        uint16 `json:"atc"`
	LastOnlineATC              uint16 `json:"last_online_atc"`
	PINSet                     bool   `json:"pin_set"`
	TriesLeft                  int    `json:"pin_tries_left"`
	TryLimit                   uint8  `json:"pin_try_limit"`
	ScriptCount                int    `json:"script_count"`
	ScriptFailed               bool   `json:"script_failed"`
	LastOnlineNotCompleted     bool   `json:"last_online_not_completed"`
	IssuerAuthenticationFailed bool   `json:"issuer_authentication_failed"`
	Blocked                    bool   `json:"blocked"`
	GoOnlineNext               bool   `json:"go_online_next"`
	Logged                     int    `json:"logged"`

	Offline *shownOffline `json:"offline,omitempty"`
}

// shownOffline is what a card has approved offline since it last heard its issuer.
type shownOffline struct {
	Count  int    `json:"count"`
	Amount uint64 `json:"amount"`
}

type shownKeys struct {
	AC  string `json:"check_value_ac"`
	SMI string `json:"check_value_smi"`
	SMC string `json:"check_value_smc"`
	ICC string `json:"icc,omitempty"`
	PIN string `json:"pin,omitempty"`

	Clear *clearKeys `json:"clear,omitempty"`
}

type shownInterface struct {
	AIP string         `json:"aip"`
	AFL string         `json:"afl"`
	FCI []explain.Item `json:"fci"`
}

type shownRecord struct {
	SFI    uint8          `json:"sfi"`
	Record int            `json:"record"`
	Items  []explain.Item `json:"items"`
}
