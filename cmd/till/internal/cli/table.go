package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/f510b0cf/till/emv/explain"
)

// Table prints rows of cells as aligned columns, two spaces apart. The last
// column is not padded and may hold several lines; its further lines are set
// under the first.
type Table struct{ rows [][]string }

// Row adds a row. Empty cells at its end are dropped.
func (t *Table) Row(cells ...string) {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	t.rows = append(t.rows, cells)
}

// IsEmpty reports whether there are no rows.
func (t *Table) IsEmpty() bool { return len(t.rows) == 0 }

// noteIndent sets a note off from the line that it belongs to.
const noteIndent = "      "

// Items adds items as an indented tree: label, name, value and text, and the
// notes below.
func (t *Table) Items(items []explain.Item, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, i := range items {
		t.Row(indent+i.Label, i.Name, strings.TrimSpace(i.Value+"  "+i.Text))
		for _, note := range i.Notes {
			t.Row(indent + noteIndent + note)
		}
		t.Items(i.Items, depth+1)
	}
}

// Print writes the rows.
func (t *Table) Print(w io.Writer) error {
	widths := t.widths()
	for _, row := range t.rows {
		if _, err := fmt.Fprintln(w, line(row, widths)); err != nil {
			return err
		}
	}
	return nil
}

// widths returns the width of each column, in characters. A cell that is the
// last of its row does not widen its column.
func (t *Table) widths() []int {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	return widths
}

func line(row []string, widths []int) string {
	var b strings.Builder
	indent := 0
	for i, cell := range row {
		if i == len(row)-1 {
			b.WriteString(strings.ReplaceAll(cell, "\n", "\n"+strings.Repeat(" ", indent)))
			break
		}
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		indent += widths[i] + 2
	}
	return b.String()
}
