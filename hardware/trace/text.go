package trace

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/f510b0cf/till/emv/explain"
)

// WriteText writes the recording for people, masked: for each step its number
// and what was sent, and below what came back. Times are left out.
func (r Recording) WriteText(w io.Writer) error {
	var b bytes.Buffer
	for i, v := range r.views() {
		v.write(&b, i+1)
	}
	if r.dropped > 0 {
		fmt.Fprintf(&b, "%d further steps were not kept\n", r.dropped)
	}
	if _, err := w.Write(r.accounts().hide(b.Bytes())); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}

// The columns of the text: the number of the step, then what belongs to it.
const (
	stepIndent = "      "
	noteIndent = "    "
)

func (v view) write(b *bytes.Buffer, number int) {
	fmt.Fprintf(b, "%4d  ", number)
	v.writeBody(b, stepIndent)
}

// writeBody writes the step behind the indent that is there already.
func (v view) writeBody(b *bytes.Buffer, indent string) {
	switch {
	case v.Reset != "":
		writeItem(b, explain.Item{Label: v.Reset + " reset", Value: v.ATR}, indent)
	case v.PINPad:
		fmt.Fprintf(b, "PIN entered at the reader\n%s", indent)
		fallthrough
	default:
		writeItem(b, *v.Command, indent)
	}
	if v.Response != nil {
		b.WriteString(indent)
		writeItem(b, *v.Response, indent)
	}
	if v.Error != "" {
		fmt.Fprintf(b, "%sno answer: %s\n", indent, v.Error)
	}
}

// writeItem writes an item behind the indent that is there already, and below it
// its notes and what it holds.
func writeItem(b *bytes.Buffer, item explain.Item, indent string) {
	var cells []string
	for _, cell := range []string{item.Label, item.Name, item.Value, item.Text} {
		if cell != "" {
			cells = append(cells, cell)
		}
	}
	b.WriteString(strings.Join(cells, "  ") + "\n")
	for _, note := range item.Notes {
		b.WriteString(indent + noteIndent + note + "\n")
	}
	for _, inner := range item.Items {
		b.WriteString(indent + "  ")
		writeItem(b, inner, indent+"  ")
	}
}
