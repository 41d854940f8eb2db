package calc

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Printer is a result that has its own way of showing itself to people.
type Printer interface{ Print(w io.Writer) error }

// printResult prints the members of the out object, one on each line, under the
// names that the JSON form has.
func printResult(out any, w io.Writer) error {
	if p, ok := out.(Printer); ok {
		return p.Print(w)
	}
	var table cli.Table
	v := reflect.Indirect(reflect.ValueOf(out))
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if strings.Contains(options, "omitempty") && v.Field(i).IsZero() {
			continue
		}
		table.Row(strings.ReplaceAll(name, "_", " "), show(v.Field(i)))
	}
	return table.Print(w)
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
		return strings.Join(words, ", ")
	}
	return fmt.Sprint(reflect.Indirect(v).Interface())
}
