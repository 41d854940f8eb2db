package cardcmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// print writes a card for people.
func (c shownCard) print(streams cli.Streams) error {
	var table cli.Table
	table.Row(c.File, "ATR "+c.ATR)
	for _, a := range c.Applications {
		a.addTo(&table)
	}
	for _, e := range c.Environments {
		table.Row("environment", e.Name)
		table.Items(e.FCI, 1)
		addRecords(&table, e.Records)
	}
	return table.Print(streams.Out)
}

func (a shownApplication) addTo(table *cli.Table) {
	table.Row("application", a.AID+", "+a.Label)
	table.Row("  account", fmt.Sprintf("%s, sequence number %s, expires %s", a.PAN, a.SequenceNumber, a.Expires))
	a.State.addTo(table)
	table.Row("  cryptogram", fmt.Sprintf("%s, script %s, DKI %s", a.Cryptogram, a.Script, a.DKI))
	table.Row("  card keys", fmt.Sprintf("check values AC %s, SMI %s, SMC %s", a.Keys.AC, a.Keys.SMI, a.Keys.SMC))
	addNamed(table, "  ICC key", a.Keys.ICC)
	addNamed(table, "  PIN key", a.Keys.PIN)
	a.Keys.Clear.addTo(table)
	a.Contact.addTo(table, "  contact")
	if a.Contactless != nil {
		a.Contactless.addTo(table, "  contactless")
	}
	addRecords(table, a.Records)
	if len(a.Data) > 0 {
		table.Row("  for GET DATA")
		table.Items(a.Data, 2)
	}
}

// addNamed adds a row, unless it has no value.
func addNamed(table *cli.Table, name, value string) {
	if value != "" {
		table.Row(name, value)
	}
}

func (s shownState) addTo(table *cli.Table) {
	table.Row("  ATC", fmt.Sprintf("%d, last online %d", s.ATC, s.LastOnlineATC))
	table.Row("  PIN", s.pin())
	table.Row("  scripts", fmt.Sprintf("%d since the issuer was last authenticated%s", s.ScriptCount, when(s.ScriptFailed, ", one failed", "")))
	table.Row("  last online transaction", when(s.LastOnlineNotCompleted, "not completed", "completed"))
	table.Row("  issuer authentication", when(s.IssuerAuthenticationFailed, "failed last time", "not failed"))
	addNamed(table, "  blocked", when(s.Blocked, "yes", ""))
	addNamed(table, "  next transaction", when(s.GoOnlineNext, "online, as the issuer has asked", ""))
	if s.Offline != nil {
		table.Row("  approved offline", fmt.Sprintf("%d, of amounts %d in the smallest unit", s.Offline.Count, s.Offline.Amount))
	}
	addNamed(table, "  transaction log", when(s.Logged > 0, fmt.Sprintf("%d in it", s.Logged), ""))
}

func (s shownState) pin() string {
	if !s.PINSet {
		return "not set, no tries"
	}
	return fmt.Sprintf("set, %d of %d tries left", s.TriesLeft, s.TryLimit)
}

// when returns one text or the other.
func when(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

func (i shownInterface) addTo(table *cli.Table, name string) {
	table.Row(name, fmt.Sprintf("AIP %s, AFL %s", i.AIP, i.AFL))
	table.Items(i.FCI, 2)
}

func addRecords(table *cli.Table, records []shownRecord) {
	for _, r := range records {
		table.Row(fmt.Sprintf("  SFI %d, record %d", r.SFI, r.Record))
		table.Items(r.Items, 2)
	}
}
