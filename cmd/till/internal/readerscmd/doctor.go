package readerscmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/pcsc"
)

// Doctor is `till doctor`.
type Doctor struct {
	JSON bool `help:"Write the findings as one JSON object."`
}

// Help is the text of the help page.
func (*Doctor) Help() string {
	return `Checks, in this order, what a PC/SC reader needs: a till that is built for it, the
daemon, the right to use it, drivers, readers, and a card that answers its reset.
Each finding says what to do. Ends with 0 where a card is ready, else with 1.
docs/hardware.md has the set-up.

Examples, without a PC/SC daemon to ask:

  $ PCSCLITE_CSOCK_NAME=none till doctor | tail -n 1
  Not ready: do what the problems above say, from the first one on.

  $ PCSCLITE_CSOCK_NAME=none till doctor --json | cut -c 1-38
  {"ready":false,"findings":[{"check":"b
`
}

// verdict is how a check came out.
type verdict string

// The verdicts.
const (
	fine    verdict = "ok"
	remark  verdict = "note"
	problem verdict = "problem"
)

// finding is the outcome of a check.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	Text    string  `json:"text"`
}

// diagnosis is what all checks found.
type diagnosis struct {
	Ready    bool          `json:"ready"`
	Findings []finding     `json:"findings"`
	Readers  []shownReader `json:"readers,omitempty"`
}

func (d *diagnosis) add(check string, v verdict, format string, a ...any) {
	d.Findings = append(d.Findings, finding{check, v, fmt.Sprintf(format, a...)})
}

// readersMax is how many readers the daemon of pcsc-lite takes.
const readersMax = 16

// Run makes the checks.
func (c *Doctor) Run(streams cli.Streams) error {
	d := diagnose(pcsc.New(pcsc.Config{}).Readers, systemFolders)
	err := d.print(streams, c.JSON)
	if err == nil && !d.Ready {
		err = cli.Failed{}
	}
	return err
}

// diagnose asks for the readers, and looks into folders where the daemon has its
// drivers.
func diagnose(list func() ([]pcsc.Info, error), f folders) diagnosis {
	var d diagnosis
	if !pcsc.Built {
		d.add("build", problem, "%v", pcsc.ErrNotBuilt)
	} else {
		d.add("build", fine, "PC/SC is built in")
	}
	d.checkDrivers(f)
	infos, err := list()
	if !pcsc.Built && errors.Is(err, pcsc.ErrNotBuilt) {
		d.add("daemon", remark, "can not be asked by this till")
		return d
	}
	if d.checkDaemon(err); err == nil {
		d.checkReaders(infos)
	}
	return d
}

// checkDaemon tells whether the daemon answered.
func (d *diagnosis) checkDaemon(err error) {
	switch {
	case err == nil:
		d.add("daemon", fine, "the PC/SC daemon answers")
		d.add("permission", fine, "this user may use it")
	case errors.Is(err, pcsc.ErrNoAccess):
		d.add("daemon", fine, "the PC/SC daemon answers")
		d.add("permission", problem, "%v", pcsc.ErrNoAccess)
	case errors.Is(err, pcsc.ErrNoDaemon):
		d.add("daemon", problem, "%v", pcsc.ErrNoDaemon)
	default:
		d.add("daemon", problem, "%v", err)
	}
}

// checkReaders looks at the readers and their cards.
func (d *diagnosis) checkReaders(infos []pcsc.Info) {
	d.Readers = describeReaders(infos)
	switch n := len(infos); {
	case n == 0:
		d.add("readers", problem, "none is there: plug one in; a USB reader that `lsusb` lists and this does not needs another driver")
		return
	case n >= readersMax:
		d.add("readers", remark, "%d are there, and the daemon takes no more: unplug some before others", n)
	default:
		d.add("readers", fine, "%s, of at most %d", cli.Count(n, "reader"), readersMax)
	}
	for _, r := range d.Readers {
		d.checkReader(r)
	}
	if !d.Ready {
		d.add("card", problem, "no reader has a card that is ready: insert one, or offer an emulated one with `till card serve FILE`")
	}
}

// checkReader looks at one reader.
func (d *diagnosis) checkReader(r shownReader) {
	check := "reader " + r.Name
	switch {
	case r.State == stateMute:
		d.add(check, problem, "%v", pcsc.ErrMute)
	case r.State == stateEmpty:
		d.add(check, remark, "empty")
	case r.ATR.Problem != "":
		d.add(check, problem, "ATR %s: %s", r.ATR.Bytes, r.ATR.Problem)
	case r.InUse:
		d.add(check, remark, "%v", pcsc.ErrInUse)
	default:
		d.Ready = true
		d.add(check, fine, "card, ATR %s: %s convention, %s, historical bytes %s", r.ATR.Bytes, r.ATR.Convention,
			strings.Join(r.ATR.Protocols, " and "), orNone(r.ATR.Historical))
	}
}

func orNone(digits string) string {
	if digits == "" {
		return "none"
	}
	return digits
}

// print writes the findings, and what follows.
func (d diagnosis) print(streams cli.Streams, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(streams.Out).Encode(d)
	}
	var table cli.Table
	for _, f := range d.Findings {
		table.Row(string(f.Verdict), f.Check, f.Text)
	}
	if err := table.Print(streams.Out); err != nil {
		return err
	}
	text := "Ready: type `till card read --reader pcsc:NAME`."
	if !d.Ready {
		text = "Not ready: do what the problems above say, from the first one on."
	}
	_, err := fmt.Fprintln(streams.Out, text)
	return err
}
