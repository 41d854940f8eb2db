// Package openapi holds what an API answers against the OpenAPI document that describes
// it, for tests alone.
package openapi

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type object = map[string]any

// Document is the OpenAPI document, with what of it was seen.
type Document struct {
	t    *testing.T
	root object
	seen map[string]bool
}

// Read reads a document.
func Read(t *testing.T, text []byte) *Document {
	t.Helper()
	d := &Document{t: t, seen: map[string]bool{}}
	require.NoError(t, yaml.Unmarshal(text, &d.root))
	return d
}

// resolve follows a reference.
func (d *Document) resolve(node object) object {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	at := d.root
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		next, ok := at[name].(object)
		require.True(d.t, ok, ref)
		at = next
	}
	return at
}

// Operations returns all that is described, as "POST /v1/login 200".
func (d *Document) Operations() (all []string) {
	for path, item := range d.root["paths"].(object) {
		for method, operation := range item.(object) {
			if method == "parameters" {
				continue
			}
			for status := range operation.(object)["responses"].(object) {
				all = append(all, strings.ToUpper(method)+" "+path+" "+status)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Check holds an answer against the document. kind is that of its content, empty where
// it has none.
func (d *Document) Check(method, path string, status int, kind, body string) {
	d.t.Helper()
	name := fmt.Sprintf("%s %s %d", method, path, status)
	d.seen[name] = true
	item, ok := d.root["paths"].(object)[path].(object)
	require.True(d.t, ok, "%s is not described", path)
	operation, ok := item[strings.ToLower(method)].(object)
	require.True(d.t, ok, "%s %s is not described", method, path)
	response, ok := operation["responses"].(object)[fmt.Sprint(status)].(object)
	require.True(d.t, ok, "%s is not described: %s", name, body)
	contents, some := d.resolve(response)["content"].(object)
	if kind == "" {
		require.False(d.t, some, "%s: a content is described, and there is none", name)
		return
	}
	content, ok := contents[kind].(object)
	require.True(d.t, ok, "%s: %s is not described", name, kind)
	if !strings.HasSuffix(kind, "json") {
		return
	}
	var value any
	require.NoError(d.t, json.Unmarshal([]byte(body), &value))
	d.schema(name, content["schema"].(object), value)
}

// Schema holds JSON that travels in another content against a schema of the document.
func (d *Document) Schema(name, text string) {
	d.t.Helper()
	var value any
	require.NoError(d.t, json.Unmarshal([]byte(text), &value))
	d.schema(name, object{"$ref": "#/components/schemas/" + name}, value)
}

// schema holds a value against a schema, with those words that the document uses.
func (d *Document) schema(at string, s object, value any) {
	d.t.Helper()
	s = d.resolve(s)
	if enum, ok := s["enum"].([]any); ok {
		assert.Contains(d.t, enum, value, at)
	}
	switch s["type"] {
	case "object":
		d.object(at, s, value)
	case "array":
		list, ok := value.([]any)
		assert.True(d.t, ok, "%s is no array", at)
		for _, one := range list {
			d.schema(at+"[]", s["items"].(object), one)
		}
	case "string":
		d.text(at, s, value)
	case "integer":
		n, ok := value.(float64)
		assert.True(d.t, ok && n == float64(int64(n)), "%s is no integer", at)
	case "boolean":
		assert.IsType(d.t, true, value, at)
	default:
		assert.Fail(d.t, "a schema without a type that this test knows", at)
	}
}

func (d *Document) object(at string, s object, value any) {
	d.t.Helper()
	members, ok := value.(object)
	assert.True(d.t, ok, "%s is no object", at)
	required, _ := s["required"].([]any)
	for _, name := range required {
		assert.Contains(d.t, members, name, at)
	}
	properties, _ := s["properties"].(object)
	for name, member := range members {
		property, ok := properties[name].(object)
		if !ok && s["additionalProperties"] == true {
			continue
		}
		if assert.True(d.t, ok, "%s.%s is not described", at, name) {
			d.schema(at+"."+name, property, member)
		}
	}
}

func (d *Document) text(at string, s object, value any) {
	d.t.Helper()
	text, ok := value.(string)
	assert.True(d.t, ok, "%s is no string", at)
	if pattern, ok := s["pattern"].(string); ok {
		assert.Regexp(d.t, pattern, text, at)
	}
	if s["format"] == "date-time" {
		_, err := time.Parse(time.RFC3339Nano, text)
		assert.NoError(d.t, err, at)
	}
}

// Seen returns what was checked, in the form of Operations.
func (d *Document) Seen() (all []string) {
	for name := range d.seen {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// routePattern finds the routes of a server in its source.
var routePattern = regexp.MustCompile(`"(GET|POST|PUT|DELETE|PATCH) (/v1[^"]*|/healthz)"`)

// Routes checks that each route in a source file is described. spelled writes out those
// that the source does not have in one piece; nil is none.
func (d *Document) Routes(file string, spelled *strings.Replacer) {
	d.t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(d.t, err)
	text := string(source)
	if spelled != nil {
		text = spelled.Replace(text)
	}
	found := routePattern.FindAllStringSubmatch(text, -1)
	require.Greater(d.t, len(found), routesMin)
	for _, route := range found {
		item, _ := d.root["paths"].(object)[route[2]].(object)
		assert.Contains(d.t, item, strings.ToLower(route[1]), "%s %s is not described", route[1], route[2])
	}
}

// routesMin is how many routes there are at least, so that a pattern that finds none is
// noticed.
const routesMin = 8
