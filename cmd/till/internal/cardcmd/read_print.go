package cardcmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/terminal/inspect"
)

// reading is what is told of a card in a reader.
type reading struct {
	Reader       string               `json:"reader"`
	Presentation string               `json:"presentation"`
	ATR          string               `json:"atr"`
	Directory    readDirectory        `json:"directory"`
	Applications []readingApplication `json:"applications"`
}

type readDirectory struct {
	Name    string         `json:"name"`
	SW      string         `json:"sw"`
	FCI     []explain.Item `json:"fci,omitempty"`
	Records []readRecord   `json:"records,omitempty"`
}

type readRecord struct {
	SW string `json:"sw"`
	shownRecord
}

type readingApplication struct {
	AID     string         `json:"aid"`
	SW      string         `json:"sw"`
	FCI     []explain.Item `json:"fci,omitempty"`
	Options string         `json:"processing_options,omitempty"` // its status word
	AIP     string         `json:"aip,omitempty"`
	AFL     string         `json:"afl,omitempty"`
	Records []readRecord   `json:"records,omitempty"`
	Data    []explain.Item `json:"data,omitempty"` // upon GET DATA
}

// describeReading puts what was read into words.
func describeReading(name string, card hardware.Card, c inspect.Card) reading {
	d := c.Directory
	shown := reading{
		Reader: name, Presentation: hardware.PresentationOf(card).String(), ATR: hexadecimal(card.ATR()),
		Directory:    readDirectory{Name: d.Name, SW: d.SW.String(), FCI: describeSecret(d.FCI), Records: describeRecords(d.Records)},
		Applications: []readingApplication{},
	}
	for _, a := range c.Applications {
		shown.Applications = append(shown.Applications, describeReadApplication(a))
	}
	return shown
}

func describeReadApplication(a inspect.Application) readingApplication {
	shown := readingApplication{AID: hexadecimal(a.Name), SW: a.SW.String(), FCI: describeSecret(a.FCI), Records: describeRecords(a.Records)}
	switch {
	case a.Malformed:
		shown.Options = "malformed"
	case a.Options != 0:
		shown.Options = a.Options.String()
	}
	if a.Options == apdu.SWSuccess && !a.Malformed {
		shown.AIP, shown.AFL = a.AIP.String(), hexadecimal(a.AFL.Append(nil))
	}
	for _, o := range a.Data {
		o.Value.Open(func(value []byte) { shown.Data = append(shown.Data, explain.Element(o.Tag, value, explain.Masked)) })
	}
	return shown
}

func describeRecords(records []inspect.Record) (shown []readRecord) {
	for _, r := range records {
		shown = append(shown, readRecord{r.SW.String(), shownRecord{SFI: r.SFI, Record: int(r.Number), Items: describeSecret(r.Content)}})
	}
	return shown
}

// describeSecret explains data objects that may hold account numbers, masked.
func describeSecret(v secret.Value) (items []explain.Item) {
	v.Open(func(b []byte) { items = describeTLV(b) })
	return items
}

// print writes it for people.
func (r reading) print(streams cli.Streams) error {
	var table cli.Table
	table.Row(r.Reader, fmt.Sprintf("%s, ATR %s", r.Presentation, r.ATR))
	table.Row("directory", r.Directory.Name+": "+r.Directory.SW)
	table.Items(r.Directory.FCI, 2)
	addReadRecords(&table, r.Directory.Records)
	for _, a := range r.Applications {
		a.addTo(&table)
	}
	if len(r.Applications) == 0 {
		table.Row("applications", "none that a terminal of till knows")
	}
	return table.Print(streams.Out)
}

func (a readingApplication) addTo(table *cli.Table) {
	table.Row("application", a.AID+": "+a.SW)
	table.Items(a.FCI, 2)
	if a.AIP != "" {
		table.Row("  processing options", fmt.Sprintf("%s, AIP %s, AFL %s", a.Options, a.AIP, a.AFL))
	} else {
		addNamed(table, "  processing options", a.Options)
	}
	addReadRecords(table, a.Records)
	if len(a.Data) > 0 {
		table.Row("  GET DATA")
		table.Items(a.Data, 2)
	}
}

func addReadRecords(table *cli.Table, records []readRecord) {
	for _, r := range records {
		name := fmt.Sprintf("  SFI %d, record %d", r.SFI, r.Record)
		if r.SW != apdu.SWSuccess.String() {
			table.Row(name, r.SW)
			continue
		}
		table.Row(name)
		table.Items(r.Items, 2)
	}
}
