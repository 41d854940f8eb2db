package perso

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// profileBytesMax is the longest profile, in bytes, that is read.
const profileBytesMax = 1 << 18

// extendsMax is how many profiles may extend each other in a row.
const extendsMax = 4

// Suffix is what the file name of a profile ends in; the name that "extends"
// gives leaves it out.
const Suffix = ".yaml"

// Load reads a profile from a file, and first the one that it extends, from the
// same file system: fields of the extending profile replace those of the other;
// a list, such as applications, as a whole. Errors name the line and what to
// write there.
func Load(fsys fs.FS, file string) (Profile, error) {
	var p Profile
	if err := load(&p.text, fsys, file, extendsMax); err != nil {
		return Profile{}, fmt.Errorf("load profile: %w", err)
	}
	return p, nil
}

func load(into *document, fsys fs.FS, file string, depth int) error {
	text, err := readFile(fsys, file)
	if err != nil {
		return err
	}
	var base header
	if err := yaml.Unmarshal(text, &base); err != nil {
		return fmt.Errorf("%s: %w", file, plain(err))
	}
	if base.Extends != "" {
		if depth == 0 {
			return fmt.Errorf("%s: more than %d profiles extend each other: put the fields into fewer", file, extendsMax)
		}
		if err := load(into, fsys, base.Extends+Suffix, depth-1); err != nil {
			return fmt.Errorf("%s extends %s: %w", file, base.Extends, err)
		}
	}
	if err := decode(into, text); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// decode reads a text over what is there. What stands under "application" goes into
// the first application of the profile that the text extends.
func decode(into *document, text []byte) error {
	var unused application
	first := &unused
	if len(into.Applications) > 0 {
		into.Applications = slices.Clone(into.Applications)
		first = &into.Applications[0]
	}
	into.Application = first
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return plain(err)
	}
	if err := decoder.Decode(new(document)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document: leave out the line ---")
	}
	into.Application = nil
	given := fieldsGiven{}
	if err := yaml.Unmarshal(text, &given); err != nil {
		return plain(err)
	}
	if given.Application.IsZero() {
		return nil
	}
	if first == &unused || !given.Applications.IsZero() {
		return fmt.Errorf("line %d: application changes the first one of a profile that is extended: write applications, a list", given.Application.Line)
	}
	return nil
}

// fieldsGiven tells which of two fields a text has.
type fieldsGiven struct {
	Application  yaml.Node `yaml:"application"`
	Applications yaml.Node `yaml:"applications"`
}

// header is what is read of a profile before the one that it extends.
type header struct {
	Extends string `yaml:"extends"`
}

func readFile(fsys fs.FS, file string) ([]byte, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, profileBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(text) > profileBytesMax {
		return nil, fmt.Errorf("%s: more than %d bytes, which no profile has", file, profileBytesMax)
	}
	return text, nil
}

// The messages of package yaml that name our types or quote what stands in the
// text.
var (
	unknownField = regexp.MustCompile(`^line (\d+): field (.*) not found in type (\S+)$`)
	wrongKind    = regexp.MustCompile(`(?s)^line (\d+): cannot unmarshal .* into (\S+)$`)
)

// plain says an error of package yaml in words that a reader of the profile
// understands. Only the first is told.
func plain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty: begin with a line such as `name: my-card`")
	}
	var typed *yaml.TypeError
	if !errors.As(err, &typed) || len(typed.Errors) == 0 {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	first := typed.Errors[0]
	if m := unknownField.FindStringSubmatch(first); m != nil {
		return fmt.Errorf("line %s: unknown field %q: want one of %s", m[1], m[2], strings.Join(fieldsOf(m[3]), ", "))
	}
	if m := wrongKind.FindStringSubmatch(first); m != nil {
		return fmt.Errorf("line %s: want %s", m[1], kindText(m[2]))
	}
	return errors.New(first)
}

// kindText says what to write for a value of a Go type.
func kindText(goType string) string {
	switch {
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "a whole number"
	case goType == "string":
		return "text"
	case strings.HasPrefix(goType, "[]"):
		return "a list: a line \"- ...\" for each item"
	}
	return "fields below, each on a line of its own"
}

// fieldsOf returns the names of the fields of one of the types of a profile.
func fieldsOf(typeName string) []string {
	fields := make(map[string][]string)
	collectFields(reflect.TypeFor[document](), fields)
	return fields[typeName]
}

// collectFields notes the field names of a struct type and of those within.
func collectFields(t reflect.Type, fields map[string][]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || fields[t.String()] != nil {
		return
	}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[t.String()] = append(fields[t.String()], name)
			collectFields(t.Field(i).Type, fields)
		}
	}
}

// sortedKeys returns the keys of a map in alphabetical order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
