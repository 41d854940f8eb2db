// Package readerscmd holds `till readers` and `till doctor`: what PC/SC readers are
// there, and what is wrong where none is.
package readerscmd

import (
	"encoding/json"
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/atr"
	"github.com/f510b0cf/till/hardware/pcsc"
)

// Readers is `till readers`.
type Readers struct {
	JSON bool `help:"Write the readers as JSON, one array."`
}

// Help is the text of the help page.
func (*Readers) Help() string {
	return `Lists the PC/SC readers of this machine, real and virtual, with the card in each:

  Virtual PCD 00 00  card, T=0, ATR 3B64000074696C6C
  Virtual PCD 00 01  empty

Other commands take a name, or a part of it that no other has, as --reader
pcsc:NAME. "till doctor" says what to do where a reader or card is missing.

Example, without a PC/SC daemon to ask:

  $ PCSCLITE_CSOCK_NAME=none till readers 2>/dev/null || echo no list of readers
  no list of readers
`
}

// shownReader is what is told of a reader.
type shownReader struct {
	Name  string    `json:"name"`
	State string    `json:"state"` // empty, card, mute
	InUse bool      `json:"in_use"`
	ATR   *shownATR `json:"atr,omitempty"`
}

// shownATR is an answer to reset, taken apart.
type shownATR struct {
	Bytes      string   `json:"bytes"`
	Protocols  []string `json:"protocols,omitempty"`
	Convention string   `json:"convention,omitempty"` // direct or inverse
	Historical string   `json:"historical,omitempty"`
	Problem    string   `json:"problem,omitempty"`
}

// The states of a reader.
const (
	stateEmpty = "empty"
	stateCard  = "card"
	stateMute  = "mute"
)

// Run lists the readers.
func (c *Readers) Run(streams cli.Streams) error {
	infos, err := pcsc.New(pcsc.Config{}).Readers()
	if err != nil {
		return cli.Failed{Err: err}
	}
	shown := describeReaders(infos)
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(shown)
	}
	if len(shown) == 0 {
		fmt.Fprintln(streams.Err, "till: no reader is there: plug one in, and type `till doctor` where that does not help")
	}
	var table cli.Table
	for _, r := range shown {
		table.Row(r.Name, r.text())
	}
	return table.Print(streams.Out)
}

func describeReaders(infos []pcsc.Info) []shownReader {
	all := make([]shownReader, 0, len(infos))
	for _, i := range infos {
		r := shownReader{Name: i.Name, State: stateEmpty, InUse: i.InUse}
		switch {
		case i.Mute:
			r.State = stateMute
		case i.Card:
			r.State, r.ATR = stateCard, describeATR(i.ATR)
		}
		all = append(all, r)
	}
	return all
}

func describeATR(b []byte) *shownATR {
	shown := &shownATR{Bytes: fmt.Sprintf("%X", b)}
	a, err := atr.Parse(b)
	if err != nil {
		shown.Problem = err.Error()
		return shown
	}
	shown.Convention = "direct"
	if a.Inverse {
		shown.Convention = "inverse"
	}
	for _, p := range a.Protocols {
		shown.Protocols = append(shown.Protocols, p.String())
	}
	shown.Historical = fmt.Sprintf("%X", a.Historical)
	return shown
}

// hasCard reports whether a card is there, ready or not.
func (r shownReader) hasCard() bool { return r.State != stateEmpty }

// text is the line of a reader.
func (r shownReader) text() string {
	text := r.State
	if r.ATR != nil {
		for _, p := range r.ATR.Protocols {
			text += ", " + p
		}
		text += ", ATR " + r.ATR.Bytes
		if r.ATR.Problem != "" {
			text += ": " + r.ATR.Problem
		}
	}
	if r.InUse {
		text += ", in use by a program that lets no other in"
	}
	return text
}
