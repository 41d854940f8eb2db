package issuercmd

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parsed returns the command that arguments make, with a configuration file.
func parsed(t *testing.T, file string, args ...string) (*Serve, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	var root struct {
		Serve Serve `cmd:""`
	}
	parser, err := kong.New(&root, kong.Name("till"))
	require.NoError(t, err)
	_, err = parser.Parse(append([]string{"serve", "--config", path}, args...))
	return &root.Serve, err
}

// TestConfig: the file says what flags would, and flags win over it.
func TestConfig(t *testing.T) {
	c, err := parsed(t, `# an issuer
data: bank
key: storage.key
host-name: [bank.example, other.example]
session-life: 2h
any-address: true
require-old-pin: false
pin-attempts: 3
connections: 20
connections-per-address: 10
script-template: 71
online-pin-effective: immediate
log-level: warn
metrics: 127.0.0.1:9108
`, "--session-life", "3h", "--metrics=127.0.0.1:0", "--log-level", "error")
	require.NoError(t, err)
	assert.Equal(t, "bank", c.Data.Data)
	assert.Equal(t, "storage.key", c.File)
	assert.Equal(t, []string{"bank.example", "other.example"}, c.HostName)
	assert.Equal(t, 3*time.Hour, c.SessionLife)
	assert.Equal(t, "127.0.0.1:0", c.Metrics)
	assert.Equal(t, "error", c.LogLevel)
	assert.Equal(t, "127.0.0.1:8583", c.Listen, "the default")
	assert.True(t, c.AnyAddress)
	assert.Equal(t, []uint16{20, 10}, []uint16{c.Connections, c.ConnectionsPerAddress})
	p := c.policy()
	assert.False(t, p.RequireOldPIN)
	assert.True(t, p.DeliverOnDecline)
	assert.EqualValues(t, 3, p.AttemptsMax)
	assert.EqualValues(t, 0x71, p.ScriptTemplate)
	assert.Equal(t, "immediate", p.OnlinePINEffective.String())
	c, err = parsed(t, "", "--data", "bank")
	require.NoError(t, err)
	assert.Equal(t, "bank", c.Data.Data)
}

// TestConfigRefused: what is wrong is told with its line.
func TestConfigRefused(t *testing.T) {
	for file, want := range map[string]string{
		"frob: 1":                     `line 2: there is no key "frob": docs/issuer.md has the list`,
		"config: other.yaml":          `line 2: there is no key "config"`,
		"help: true":                  `line 2: there is no key "help"`,
		"log-level: loud":             `line 2: log-level: want one of debug, info, warn, error`,
		"log: maybe":                  `line 2: log: want true or false`,
		"session-life: soon":          `line 2: session-life: want a time such as 30m or 2h`,
		"connections: 70000":          `line 2: connections: want a whole number from 0 to 65535`,
		"pin-attempts: 999":           `line 2: pin-attempts: want a whole number from 0 to 255`,
		"listen: [a, b]":              `line 2: listen: it takes one value, not a list`,
		"listen: {a: b}":              `line 2: want lines like `,
		"listen:":                     `line 2: want lines like `,
		"- listen":                    `yaml: line `,
		"http: a\nlisten: b\nhttp: c": `line 4: http stands on line 2 already`,
		"http: [a":                    `yaml: line `,
		"http: a\n---\nhttp: b":       `something stands behind the first document`,
	} {
		_, err := parsed(t, "data: bank\n"+file+"\n")
		assert.ErrorContains(t, err, want, file)
		assert.ErrorContains(t, err, "read configuration ", file)
	}
	_, err := parsed(t, string(make([]byte, configMax+1)))
	assert.ErrorContains(t, err, "it has more than 65536 bytes")
}

// TestConfigIsDocumented compares the table of docs/issuer.md with the flags.
func TestConfigIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "issuer.md"))
	require.NoError(t, err)
	section := regexp.MustCompile(`(?s)\n## Configuration\n.*?\n## `).Find(text)
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllSubmatch(section, -1) {
		documented = append(documented, string(row[1]))
	}
	var root struct {
		Serve Serve `cmd:""`
	}
	parser, err := kong.New(&root)
	require.NoError(t, err)
	var flags []string
	for _, f := range parser.Model.Children[0].Flags {
		if f.Name != "config" {
			flags = append(flags, f.Name)
		}
	}
	assert.ElementsMatch(t, flags, documented)
}
