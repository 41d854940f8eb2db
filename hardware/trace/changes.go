package trace

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// change is one place where two commands or two answers differ.
type change struct {
	tag  emv.Tag // 0 where it is no data element
	what string
	a, b string // what may be shown of both
}

// commandChanges lists where two commands differ, each in the light of its own
// dialogue. It is empty only where they are the same to the byte.
func commandChanges(da *dialogue, a []byte, db *dialogue, b []byte) []change {
	if bytes.Equal(a, b) {
		return nil
	}
	ca, errA := apdu.ParseCommand(a)
	cb, errB := apdu.ParseCommand(b)
	if errA != nil || errB != nil {
		return []change{{what: "malformed command", a: hidden(a), b: hidden(b)}}
	}
	var changes []change
	if ca.Header() != cb.Header() {
		changes = append(changes, change{what: "header", a: header(ca), b: header(cb)})
		if ca.CLA != cb.CLA || ca.INS != cb.INS {
			return changes // data of another command
		}
	}
	changes = append(changes, elementChanges(da.commandElements(ca), db.commandElements(cb))...)
	if ca.Le != cb.Le {
		changes = append(changes, change{what: "Le", a: fmt.Sprint(ca.Le), b: fmt.Sprint(cb.Le)})
	}
	return orEncoding(changes)
}

func header(c apdu.Command) string { return fmt.Sprintf("%X %s", c.Header(), c.Name()) }

// responseChanges lists where two answers differ.
func responseChanges(da *dialogue, a []byte, db *dialogue, b []byte) []change {
	if bytes.Equal(a, b) {
		return nil
	}
	ra, errA := apdu.ParseResponse(a)
	rb, errB := apdu.ParseResponse(b)
	if errA != nil || errB != nil {
		return []change{{what: "malformed response", a: hidden(a), b: hidden(b)}}
	}
	changes := elementChanges(da.responseElements(ra), db.responseElements(rb))
	if ra.SW != rb.SW {
		changes = append(changes, change{what: "status word", a: ra.SW.String(), b: rb.SW.String()})
	}
	return orEncoding(changes)
}

// orEncoding names what is left where bytes differ but nothing in them does: the
// length bytes of a data object, or the padding between two.
func orEncoding(changes []change) []change {
	if len(changes) == 0 {
		return []change{{what: "encoding of the same data objects"}}
	}
	return changes
}

// elementChanges compares parts one by one, up to the first that is another data
// element.
func elementChanges(as, bs []element) []change {
	var changes []change
	for i := range max(len(as), len(bs)) {
		if i >= len(as) || i >= len(bs) || as[i].tag != bs[i].tag {
			what := fmt.Sprintf("data objects from number %d on", i+1)
			return append(changes, change{what: what, a: nameAt(as, i), b: nameAt(bs, i)})
		}
		if a, b := as[i], bs[i]; !bytes.Equal(a.value, b.value) {
			changes = append(changes, change{tag: a.tag, what: a.name(), a: a.shown(), b: b.shown()})
		}
	}
	return changes
}

func nameAt(parts []element, i int) string {
	if i >= len(parts) {
		return "none"
	}
	return parts[i].name()
}

// name returns tag and name, or "data" for bytes without one.
func (e element) name() string {
	item := e.item()
	return strings.TrimSpace(item.Label + " " + item.Name)
}

// shown returns what may be shown of the value.
func (e element) shown() string {
	item := e.item()
	return strings.TrimSpace(item.Value + " " + item.Text)
}
