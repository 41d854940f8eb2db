package cli

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Complaint says what is wrong with a flag, an argument or a member of the JSON
// input, in words that hold nothing of it. Types that are read from a command
// line return one; the texts of other readers are not shown, since they quote.
type Complaint string

// Error returns the words.
func (c Complaint) Error() string { return string(c) }

// UsageError turns the error of a parsed command line into one that says what is
// wrong and where to look. It keeps the names of flags and drops what was typed,
// which may be a key, an account number or a PIN.
func UsageError(err error) error {
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	node := parse.Context.Selected()
	if node == nil {
		node = parse.Context.Model.Node
	}
	return fmt.Errorf("%s\nsee `%s --help`", complaint(parse, node), node.FullPath())
}

// complaint says what is wrong with a command line.
func complaint(parse *kong.ParseError, node *kong.Node) string {
	text := parse.Error()
	for _, v := range values(parse.Context, node) {
		name := v.ShortSummary()
		if rest, ok := strings.CutPrefix(text, name+": "); ok {
			return name + ": " + valueComplaint(v, parse, rest)
		}
		if wanted, _, ok := strings.Cut(text, " but got "); ok && strings.HasPrefix(wanted, name+" must be one of ") {
			return wanted
		}
	}
	name, isFlag := strings.CutPrefix(text, "unknown flag ")
	switch {
	case isFlag:
		if name, _, _ = strings.Cut(name, ","); !Speakable(name) {
			name = ""
		}
		return strings.TrimSpace("unknown flag "+name) + suggestion(text)
	case strings.HasPrefix(text, "unexpected argument ") && len(node.Children) > 0:
		return "unknown command" + suggestion(text)
	case strings.HasPrefix(text, "unexpected "):
		return "unexpected argument: put digits that have spaces in them in quotes"
	case strings.HasPrefix(text, "expected "), strings.HasPrefix(text, "missing "), exclusive.MatchString(text):
		return text // names alone
	}
	var c Complaint
	if errors.As(parse, &c) {
		return c.Error()
	}
	return "the command line can not be read"
}

// values are the flags and arguments that can be wrong.
func values(ctx *kong.Context, node *kong.Node) []*kong.Value {
	all := slices.Clone(node.Positional)
	for _, flag := range ctx.Flags() {
		all = append(all, flag.Value)
	}
	return all
}

// valueComplaint says what is wrong with a value; text is what kong says.
func valueComplaint(v *kong.Value, err error, text string) string {
	var c Complaint
	switch {
	case errors.As(err, &c):
		return c.Error()
	case strings.HasPrefix(text, "missing value"), strings.HasPrefix(text, "expected ") && strings.HasSuffix(text, "(<EOL>)"):
		return "a value is missing"
	case strings.HasPrefix(text, "expected ") && strings.Contains(text, " value but got "):
		return "a value is missing; write one that begins with - behind a =, as in " + v.ShortSummary() + "=-1"
	}
	kind := v.Target.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return Wanted(kind)
}

// Wanted says what a value of that type looks like.
func Wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "want a whole number"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint, reflect.Uint64:
		return fmt.Sprintf("want a whole number from 0 to %d", ^uint64(0)>>(64-t.Bits()))
	case reflect.Bool:
		return "want true or false"
	}
	return "the value can not be read"
}

// exclusive is what kong says of flags that exclude each other.
var exclusive = regexp.MustCompile(`^--[a-z-]+ and --[a-z-]+ can't be used together$`)

// suggested are the names, of flags or commands, that kong puts behind a wrong
// one.
var suggested = regexp.MustCompile(`, did you mean (one of )?("[a-z0-9-]+"(, )?)+\?$`)

func suggestion(text string) string { return suggested.FindString(text) }

// plainName matches a name with fewer digits than a PIN has.
var plainName = regexp.MustCompile(`^[A-Za-z_-]*([0-9][A-Za-z_-]*){0,3}$`)

// nameMax is the longest name that is repeated, in characters: longer than any
// flag or member, shorter than a key.
const nameMax = 24

// Speakable reports whether an unknown name may be repeated: it can be no key,
// account number or PIN that was typed in the wrong place.
func Speakable(name string) bool { return len(name) <= nameMax && plainName.MatchString(name) }

// CheckRepeats refuses a flag that is given twice though it holds one value: the
// first would be lost.
func CheckRepeats(selected *kong.Context) error {
	seen := map[*kong.Flag]bool{}
	for _, p := range selected.Path {
		if p.Flag == nil || p.Flag.IsCumulative() {
			continue
		}
		if seen[p.Flag] {
			return fmt.Errorf("%s: given twice", p.Flag.ShortSummary())
		}
		seen[p.Flag] = true
	}
	return nil
}

// Unselected prints the help of a command whose subcommand is missing, and
// returns the error.
func Unselected(selected *kong.Context, streams Streams) error {
	selected.Stdout = streams.Err
	if err := selected.PrintUsage(false); err != nil {
		return err
	}
	return errors.New("name a kind")
}
