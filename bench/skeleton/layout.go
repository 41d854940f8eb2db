package skeleton

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// objectLines are the data objects that have no field of their own, and where all
// stand.
func (a *application) objectLines(c choices) (lines []string) {
	kept, _ := a.extras(a.data)
	lines = append(lines, mapping("objects", kept)...)
	fromGetData, _ := a.extras(a.getData)
	fromGetData = slices.DeleteFunc(fromGetData, func(o object) bool {
		_, there := a.data.find(o.tag)
		return there
	})
	lines = append(lines, mapping("get_data", fromGetData)...)
	if c.layout {
		lines = append(lines, a.recordLines(kept)...)
	}
	return lines
}

func mapping(name string, from objects) []string {
	if len(from) == 0 {
		return nil
	}
	lines := []string{name + ":"}
	for _, o := range from {
		lines = append(lines, fmt.Sprintf("  %q: %q", o.tag, digits(o.value)))
	}
	return lines
}

// sfiMax is the last short file identifier of a profile's records.
const sfiMax = 10

// recordLines are the records in their order. What follows from the signatures can
// not stand in a signed record of a profile, and goes into one behind it.
func (a *application) recordLines(kept objects) (lines []string) {
	for _, entry := range a.afl {
		if entry.SFI > sfiMax {
			continue
		}
		for i := range entry.Records() {
			record, signed := a.records[place{entry.SFI, entry.First + byte(i)}], i < int(entry.ODACount)
			var plain, unsigned []string
			for _, o := range record {
				_, extra := kept.find(o.tag)
				switch {
				case slices.Contains(certified, o.tag) && signed:
					unsigned = append(unsigned, quoted(o.tag))
				case extra, slices.Contains(fromFields, o.tag), slices.Contains(certified, o.tag):
					plain = append(plain, quoted(o.tag))
				}
			}
			lines = append(lines, recordLine(entry.SFI, signed, plain)...)
			lines = append(lines, recordLine(entry.SFI, false, unsigned)...)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return append([]string{"records:"}, lines...)
}

func quoted(tag emv.Tag) string { return fmt.Sprintf("%q", tag) }

func recordLine(sfi byte, signed bool, tags []string) []string {
	if len(tags) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("  - {sfi: %d, signed: %t, tags: [%s]}", sfi, signed, strings.Join(tags, ", "))}
}
