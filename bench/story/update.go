package story

import (
	"slices"
	"strings"
)

// Updated returns the text of the file with the results that its rows came to: got
// has, for each row, the results of the blocks of the file itself, in order. Blocks
// without a result stay so.
func (f *File) Updated(got map[string][][]string) string {
	lines := strings.Split(f.text, "\n")
	var out []string
	next := 0
	for n, b := range f.blocks {
		if len(b.Wants) == 0 {
			continue
		}
		mark := b.Wants[0].Number - 1 // lines count from 1
		out = append(out, lines[next:mark-1]...)
		out = append(out, f.results(n, got)...)
		next = b.End
	}
	return strings.Join(append(out, lines[next:]...), "\n")
}

// results writes the results of a block: one for all rows, or one for each group of
// rows that came to the same.
func (f *File) results(n int, got map[string][][]string) []string {
	type group struct {
		rows  []string
		lines []string
	}
	var groups []group
	for _, row := range f.rows {
		var lines []string
		if n < len(got[row]) {
			lines = got[row][n]
		}
		i := slices.IndexFunc(groups, func(g group) bool { return slices.Equal(g.lines, lines) })
		if i < 0 {
			groups = append(groups, group{lines: lines})
			i = len(groups) - 1
		}
		groups[i].rows = append(groups[i].rows, row)
	}
	var out []string
	for _, g := range groups {
		mark := resultMark
		if len(groups) > 1 {
			mark += " " + strings.Join(g.rows, ", ")
		}
		out = append(append(out, mark), g.lines...)
	}
	return out
}
