package calc

import (
	"cmp"
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// tabular is a result that has its own way of showing itself to people.
type tabular interface{ addTo(table *cli.Table) }

// checked is true in a result that was compared with a given one. People are
// told; the JSON form does not need to be, and has no such member.
type checked bool

// MarshalText returns what people are told.
func (checked) MarshalText() ([]byte, error) { return []byte("matches"), nil }

// printResult prints the members of the out object, one on each line, under the
// names that the JSON form has, and members for people alone under the name in
// their tag "show". What the steps have shown is left out.
func printResult(out any, shown Explanation, w io.Writer) error {
	var table cli.Table
	if own, ok := out.(tabular); ok {
		own.addTo(&table)
	} else {
		addMembers(&table, reflect.Indirect(reflect.ValueOf(out)), shown)
	}
	if !table.IsEmpty() && !shown.table.IsEmpty() {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return table.Print(w)
}

func addMembers(table *cli.Table, v reflect.Value, shown Explanation) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, options, _ := strings.Cut(tag.Get("json"), ",")
		optional := strings.Contains(options, "omitempty")
		if name == "-" {
			name, optional = tag.Get("show"), true
		}
		if optional && v.Field(i).IsZero() {
			continue
		}
		name, text := strings.ReplaceAll(name, "_", " "), show(v.Field(i))
		if !shown.has(name, text) {
			table.Row(name, text)
		}
	}
}

// show returns the text of one member.
func show(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err == nil {
			return string(text)
		}
	}
	if v.Kind() == reflect.Slice {
		words := make([]string, v.Len())
		for i := range words {
			words[i] = show(v.Index(i))
		}
		return cmp.Or(strings.Join(words, ", "), "none")
	}
	return fmt.Sprint(reflect.Indirect(v).Interface())
}
