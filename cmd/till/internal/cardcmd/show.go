package cardcmd

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
)

// Show says what is on a card.
type Show struct {
	Card string `arg:"" placeholder:"FILE" help:"Card file."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Show) Help() string {
	return `Opens a card file under the storage key and prints its applications, what each
remembers, and its records as a terminal reads them. Account numbers are masked;
keys show as check values; a PIN shows as set or not. The file is only read.

Examples:

  $ till card issue --profile amex-pin --seed 1 --out my.card --key k >issued 2>&1; till card show my.card --key k | head -11
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

// cardBytesMax is the longest card file, in bytes, that is read. A card that was
// used a million times is shorter.
const cardBytesMax = 1 << 30

// OpenCopy opens a card from a copy of its file in memory, so that looking at a
// card changes nothing, not even a torn end.
func OpenCopy(path string, key secret.Key) (*card.ICC, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, cardBytesMax))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	memory := card.NewMemory()
	if err := memory.Append(content); err != nil {
		return nil, err
	}
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	return icc, ExplainOpening(path, err)
}

// ExplainOpening says what to do about a card that does not open. It ran, and
// the card is bad.
func ExplainOpening(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, secret.ErrUnseal):
		return cli.Failed{Err: fmt.Errorf("%s: the storage key is not the one that the card was issued with, or the file was altered: name the right key with --key", path)}
	case errors.Is(err, card.ErrNoCard), errors.Is(err, card.ErrDamaged):
		return cli.Failed{Err: fmt.Errorf("%s: %w: issue the card anew", path, err)}
	case errors.Is(err, image.ErrVersion):
		return cli.Failed{Err: fmt.Errorf("%s: %w: issue the card anew, or use the till that made it", path, err)}
	}
	return cli.Failed{Err: fmt.Errorf("%s: %w", path, err)}
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
	icc, err := OpenCopy(c.Card, key)
	if err != nil {
		return err
	}
	shown := describe(c.Card, icc)
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
}

type shownKeys struct {
	AC  string `json:"check_value_ac"`
	SMI string `json:"check_value_smi"`
	SMC string `json:"check_value_smc"`
	ICC string `json:"icc,omitempty"`
	PIN string `json:"pin,omitempty"`
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
