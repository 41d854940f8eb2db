package issuercmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Config is the configuration file of a command: a YAML mapping of the names of its
// flags. What stands on the command line wins over it.
type Config string

// configMax bounds a configuration file, in bytes.
const configMax = 1 << 16

// BeforeResolve reads the file, once the flags of the command line are known.
func (Config) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(Config))
	file, err := readConfig(path)
	if err != nil {
		return broken(path, err)
	}
	known := map[string]bool{}
	for _, flag := range ctx.Selected().Flags {
		known[flag.Name] = flag.Name != "help" && flag.Name != trace.Flag.Name
	}
	for name, s := range file {
		if !known[name] {
			return broken(path, fmt.Errorf("line %d: there is no key %s: docs/issuer.md has the list", s.line, strconv.Quote(name)))
		}
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		s, ok := file[flag.Name]
		if !ok {
			return nil, nil
		}
		value, err := s.of(flag)
		if err != nil {
			return nil, broken(path, fmt.Errorf("line %d: %s: %w", s.line, flag.Name, err))
		}
		return value, nil
	}))
	return nil
}

// broken says what is wrong with a file.
func broken(path string, err error) error {
	return cli.Complaint(fmt.Sprintf("read configuration %s: %v", path, err))
}

// setting is a value of the file.
type setting struct {
	line   int
	list   bool
	values []string
}

// errShape says what a configuration file looks like.
var errShape = errors.New("want lines like `listen: 127.0.0.1:8583`, a key and a value or a list of values")

// readConfig reads the settings of a file.
func readConfig(path string) (map[string]setting, error) {
	content, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil // empty
	} else if err != nil {
		return nil, err // yaml's own errors name the line
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: %w", root.Line, errShape)
	}
	file := map[string]setting{}
	for n := 0; n < len(root.Content); n += 2 {
		key := root.Content[n]
		if old, twice := file[key.Value]; twice {
			return nil, fmt.Errorf("line %d: %s stands on line %d already", key.Line, key.Value, old.line)
		}
		s, err := settingOf(root.Content[n+1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", key.Line, err)
		}
		s.line = key.Line
		file[key.Value] = s
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the first document")
	}
	return file, nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = p.Err // who calls names the file
		}
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, configMax+1))
	if err == nil && len(content) > configMax {
		err = fmt.Errorf("it has more than %d bytes", configMax)
	}
	return content, err
}

// settingOf returns the value of a key: one, or a list.
func settingOf(node *yaml.Node) (s setting, err error) {
	nodes := []*yaml.Node{node}
	if s.list = node.Kind == yaml.SequenceNode; s.list {
		nodes = node.Content
	}
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return s, errShape
		}
		s.values = append(s.values, n.Value)
	}
	return s, nil
}

// of returns the setting as kong takes it for a flag, and says what is wrong with
// it.
func (s setting) of(flag *kong.Flag) (any, error) {
	switch {
	case flag.IsSlice():
		values := make([]any, len(s.values))
		for i, v := range s.values {
			values[i] = v
		}
		return values, nil
	case s.list:
		return nil, errors.New("it takes one value, not a list")
	}
	value := s.values[0]
	if flag.Enum != "" && !flag.EnumMap()[value] {
		return nil, fmt.Errorf("want one of %s", strings.ReplaceAll(flag.Enum, ",", ", "))
	}
	switch flag.Target.Interface().(type) {
	case bool:
		if value != "true" && value != "false" {
			return nil, errors.New("want true or false")
		}
		return value == "true", nil
	case time.Duration:
		if _, err := time.ParseDuration(value); err != nil {
			return nil, errors.New("want a time such as 30m or 2h")
		}
	case uint8:
		if _, err := strconv.ParseUint(value, 10, 8); err != nil {
			return nil, errors.New("want a whole number from 0 to 255")
		}
	case uint16:
		if _, err := strconv.ParseUint(value, 10, 16); err != nil {
			return nil, errors.New("want a whole number from 0 to 65535")
		}
	}
	return value, nil
}
