// Package versioncmd holds `till version`: what a binary was built from.
package versioncmd

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// Command is `till version`.
type Command struct {
	JSON bool `help:"Write the result as JSON."`
}

// Help is the text of the help page.
func (*Command) Help() string {
	return `Says what this binary was built from: its version, the commit and its date, the
version of Go, the system, and whether it can use readers through PC/SC and tokens
through PKCS#11.

Example:

  $ till version | grep PC/SC | sed 's/not built in/built in or not/; s/ built in$/ built in or not/'
  PC/SC    built in or not
`
}

// Run prints the version.
func (c *Command) Run(streams cli.Streams) error {
	b := Read()
	if c.JSON {
		return json.NewEncoder(streams.Out).Encode(b)
	}
	return b.print(streams)
}

// Build is what a binary was built from.
type Build struct {
	Version  string `json:"version"`            // of the module, "(devel)" where the go command knew none
	Commit   string `json:"commit,omitempty"`   // where it was built from a repository
	Date     string `json:"date,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"` // files differed from the commit
	Go       string `json:"go"`
	System   string `json:"system"` // operating system and architecture
	PCSC     bool   `json:"pcsc"`
	PKCS11   bool   `json:"pkcs11"`
}

// What the binary holds where it can use readers through PC/SC, and tokens through
// PKCS#11.
const (
	pcscModule   = "github.com/ebfe/scard"
	pkcs11Module = "github.com/miekg/pkcs11"
)

// Read returns what the go command put into this binary.
func Read() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return of(info)
}

func of(info *debug.BuildInfo) Build {
	b := Build{
		Version: info.Main.Version, Go: info.GoVersion, System: runtime.GOOS + "/" + runtime.GOARCH,
		PCSC: holds(info, pcscModule), PKCS11: holds(info, pkcs11Module),
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func holds(info *debug.BuildInfo, module string) bool {
	return slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return m.Path == module })
}

// builtIn says whether a part is there.
func builtIn(there bool) string {
	if there {
		return "built in"
	}
	return "not built in"
}

// String returns the version on one line, as for --version.
func (b Build) String() string { return "till " + b.Version + " " + b.Go }

func (b Build) print(streams cli.Streams) error {
	var table cli.Table
	table.Row("version", b.Version)
	if b.Commit != "" {
		commit := b.Commit
		if b.Modified {
			commit += ", with changes"
		}
		table.Row("commit", commit)
		table.Row("date", b.Date)
	}
	table.Row("Go", b.Go)
	table.Row("system", b.System)
	table.Row("PC/SC", builtIn(b.PCSC))
	table.Row("PKCS#11", builtIn(b.PKCS11))
	return table.Print(streams.Out)
}
