package calc

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
)

// inputError says what is wrong with one member of the `in` object, or with the
// flag that stands for it.
type inputError struct {
	member string // the flag, once nameFlag was there
	err    error
}

// Error returns the member and what is wrong.
func (e *inputError) Error() string { return e.member + ": " + e.err.Error() }

// Unwrap returns what is wrong.
func (e *inputError) Unwrap() error { return e.err }

// about says of an error, if it is one, which member it is about.
func about(member string, err error) error {
	if err == nil {
		return nil
	}
	return &inputError{member, err}
}

// aboutf is about with an error made of a format.
func aboutf(member, format string, args ...any) error {
	return &inputError{member, fmt.Errorf(format, args...)}
}

// usage turns a parser's error about a flag or member into one of usage: it
// keeps the text and drops the class of failure, which belongs to the bytes that
// are calculated on, not to the words around them.
func usage(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if class := emv.Failure(""); errors.As(err, &class) {
		text = strings.TrimSuffix(text, ": "+string(class))
	}
	return cli.Complaint(text)
}

// nameFlag makes an error about a member one about the flag that a command line
// has for it; PINs have several, and keep the name of the member.
func nameFlag(err error, node *kong.Node) error {
	wrong := (*inputError)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	for _, flag := range node.Flags {
		if flag.Tag.Get("json") == wrong.member {
			wrong.member = "--" + flag.Name
			return err
		}
	}
	wrong.member = strings.ReplaceAll(wrong.member, "_", " ")
	return err
}

// onlyTakes refuses a member that is given though nothing is done with it; why is
// what rules it out.
func onlyTakes(calculator Calculator, why string, members ...string) error {
	for _, m := range given(reflect.ValueOf(calculator).Elem()) {
		if !slices.Contains(members, m) {
			return aboutf(m, "of no use with %s", why)
		}
	}
	return nil
}

// given lists the members of an `in` object that hold something.
func given(object reflect.Value) []string {
	var names []string
	for i := range object.NumField() {
		field, value := object.Type().Field(i), object.Field(i)
		name := field.Tag.Get("json")
		switch {
		case name == "-" || !field.IsExported():
		case field.Anonymous:
			names = append(names, given(value)...)
		case !isEmpty(value):
			names = append(names, name)
		}
	}
	return names
}

func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}
