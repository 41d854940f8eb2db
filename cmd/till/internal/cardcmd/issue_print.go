package cardcmd

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// print writes the summary for people.
func (s issued) print(streams cli.Streams) error {
	var table cli.Table
	table.Row(s.File, s.Profile+noteBehind(s.Note))
	for _, a := range s.Applications {
		a.addTo(&table)
	}
	s.Keys.addTo(&table)
	for _, k := range s.CAPublicKeys {
		table.Row("CA public key", fmt.Sprintf("%s %s, %s: terminals need it, --ca-out FILE writes it", k.RID, k.Index, k.Key))
	}
	addFindings(&table, s.Warnings)
	return table.Print(streams.Out)
}

// noteBehind returns ": " and a note, or nothing.
func noteBehind(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

func (a issuedApplication) addTo(table *cli.Table) {
	ways := "contact"
	if a.Contactless {
		ways = "contact and contactless"
	}
	table.Row(a.AID, a.Label+", "+ways)
	table.Row("  account", fmt.Sprintf("%s, sequence number %s, expires %s", a.PAN, a.SequenceNumber, a.Expires))
	set := "not set"
	if a.PINSet {
		set = "set"
	}
	table.Row("  PIN", fmt.Sprintf("%s, try limit %d", set, a.PINTryLimit))
}

func (k issuedKeys) addTo(table *cli.Table) {
	values := fmt.Sprintf("check values AC %s, SMI %s, SMC %s", k.AC, k.SMI, k.SMC)
	switch k.Source {
	case "drawn":
		table.Row("issuer master keys", "throw-away, drawn for this card: --issuer-keys-out FILE hands them to an issuer\n"+
			values+"; card keys by option "+k.Option)
	case "issuer":
		table.Row("issuer master keys", "of the profile: "+values+"; card keys by option "+k.Option)
	default:
		table.Row("card keys", "of the profile: "+values)
	}
}
