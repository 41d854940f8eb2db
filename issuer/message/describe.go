package message

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/explain"
)

// Describe says in words what the bytes of a message mean, one item for each
// data element, whether its kind of message may have it or not. Account number,
// track data, security data and card identification digits are masked unless view
// is explain.Clear; a PIN block is never shown. Where an error comes, the item
// holds what was read before; the error is that of Unpack.
func (d *Dialect) Describe(b []byte, view explain.View) (explain.Item, error) {
	w, err := d.read(b)
	item := explain.Item{Label: "MTI", Text: "unknown message"}
	if w.layout == nil {
		return item, fmt.Errorf("describe message: %w", err)
	}
	item.Name, item.Value, item.Text = "message type identifier", string(w.value(0)), w.layout.kind.String()
	if w.repeat {
		item.Text += ", repeat"
	}
	for n := range w.present.all() {
		item.Items = append(item.Items, w.describe(n, view))
	}
	if err == nil {
		err = w.checkElements()
	}
	if err != nil {
		return item, fmt.Errorf("describe message: %w", err)
	}
	return item, nil
}

// describe explains one element.
func (w *wire) describe(n int, view explain.View) explain.Item {
	e, value := w.dialect.elements[n], w.value(n)
	item := explain.Item{Label: "DE " + strconv.Itoa(n), Name: e.name}
	if err := e.check(value); err != nil {
		item.Notes = append(item.Notes, err.Error())
	}
	if n == elementPIN || sensitive.has(n) && view == explain.Masked {
		item.Value, item.Text = hidden(value), maskedText(n, value)
		return item
	}
	if n == elementICC && w.describeICC(&item, value, view) {
		return item
	}
	if e.format == formatB {
		item.Value = strings.ToUpper(hex.EncodeToString(value))
		return item
	}
	item.Value = printable(value)
	w.meaning(&item, n, value)
	return item
}

// Elements whose value is shown in part or not at all. DE 34 and 45 are
// other forms of account number and track; 47, 48, 54 and 59 to 63 may hold
// anything, card identification digits too.
const (
	elementPIN = 52
	elementICC = 55
)

var sensitive = elements(2, 34, 35, 45, 47, 48, 52, 53, 59, 60, 61, 62, 63, 96)

func hidden(value []byte) string { return fmt.Sprintf("[%d]", len(value)) }

// maskedText returns what may be shown of a sensitive element.
func maskedText(n int, value []byte) string {
	switch n {
	case 2:
		if pan, err := account.ParsePAN(value); err == nil {
			return pan.String()
		}
	case 35:
		if track2, err := account.ParseTrack2(value); err == nil {
			return track2.String()
		}
	case 48:
		if order, err := parseCardNotPresent(value); err == nil {
			return fmt.Sprintf("card not present, CID %t, ECI %q, AEVV %t", !order.CID.IsZero(), order.ECI, len(order.AEVV) > 0)
		}
	}
	return ""
}

// describeICC explains chip data and reports whether it could. Data that are not
// in the form of the dialect may hold anything and are not shown.
func (w *wire) describeICC(item *explain.Item, value []byte, view explain.View) bool {
	objects, err := w.dialect.rules.chip.read(value, w.layout.kind.IsRequest())
	if err == nil {
		item.Items, err = explain.TLV(objects, view)
	}
	if err != nil {
		item.Notes = append(item.Notes, err.Error())
	}
	if item.Items != nil || view == explain.Clear {
		return item.Items != nil
	}
	item.Value = hidden(value)
	return true
}

// printable returns the characters, "." for those that can not be printed.
func printable(value []byte) string {
	text := []byte(string(value))
	for i, c := range text {
		if !formatANS.allowsCharacter(c) {
			text[i] = '.'
		}
	}
	return string(text)
}

// meaning adds what the value of an element means.
func (w *wire) meaning(item *explain.Item, n int, value []byte) {
	if n == 3 {
		if v, err := parseNumber[ProcessingCode](value, nil); err == nil {
			item.Text = v.Text()
		}
		return
	}
	e := w.dialect.elements[n]
	if e.check(value) != nil {
		return
	}
	text, notes := w.dialect.rules.edition.meaning(w.dialect, w.layout.kind, n, value)
	item.Text, item.Notes = text, append(item.Notes, notes...)
}
