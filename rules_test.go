// Package till_test holds the rules that the whole tree keeps: who may import
// whom, what must be documented, what the core may not call, and what a secret
// may show.
package till_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/f510b0cf/till/"

// listed is what `go list` tells about a package.
type listed struct {
	ImportPath   string
	Imports      []string
	Deps         []string
	TestImports  []string
	XTestImports []string
}

// patterns of `go list`: testdata is left out of "./..." by the go command.
var allPackages = []string{"./...", "./testdata", "./testdata/vectors", "./testdata/need", "./testdata/openapi", "./testdata/pcscd", "./testdata/pgtest", "./testdata/chance"}

// listPackages lists the tree twice: as it is built without the libraries of PC/SC and
// PKCS#11 and with them.
func listPackages(t *testing.T) []listed {
	t.Helper()
	return slices.Concat(listTagged(t, ""), listTagged(t, "pcsc,pkcs11"))
}

func listTagged(t *testing.T, tags string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-tags=" + tags, "-json=ImportPath,Imports,Deps,TestImports,XTestImports"}, allPackages...)...).Output()
	require.NoError(t, err)
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
	require.Greater(t, len(packages), 10, "go list found the tree")
	return packages
}

// forbidden says that packages that match `of` depend on none that match `on`,
// themselves or through others, nor do their tests import one.
type forbidden struct {
	of, except []string // patterns; "emv/..." is emv and all below it
	on, but    []string
	why        string
}

// The hard edges of docs/architecture.md.
var importRules = []forbidden{
	{of: []string{"emv/..."}, on: []string{"hardware/...", "terminal/...", "issuer/..."},
		why: "the vocabulary knows nothing of what is built on it"},
	{of: []string{"issuer/..."}, on: []string{"terminal/...", "hardware/..."},
		why: "the host sees messages, not cards or tills"},
	{of: []string{"terminal/..."}, on: []string{"issuer/..."}, but: []string{"issuer/message"},
		why: "a terminal knows the issuer by its messages alone"},
	{of: []string{"terminal/..."}, on: []string{"emv/cryptogram", "emv/script", "hardware/card"},
		why: "a terminal holds no card keys"},
	{of: []string{"hardware/..."}, on: []string{"terminal/...", "issuer/..."},
		why: "cards and readers stand below terminal and issuer"},
	{of: []string{"hardware/card"}, on: []string{"emv/perso"},
		why: "a card runs from its image and does not personalise itself"},
	{of: []string{"..."}, except: []string{"bench/...", "cmd/...", "examples/...", "."}, on: []string{"bench/...", "cmd/..."},
		why: "bench and cmd are the top floors"},
	{of: []string{"bench/..."}, on: []string{"cmd/..."},
		why: "cmd is the top floor"},
}

// onlyImporter says that one module is imported by these packages alone.
type onlyImporter struct {
	module string
	by     []string
}

var moduleRules = []onlyImporter{
	{"github.com/moov-io/iso8583", []string{"issuer/message", "issuer/host/foreign"}}, // foreign has tests alone
	{"github.com/ebfe/scard", []string{"hardware/pcsc"}},
	{"go.etcd.io/bbolt", []string{"issuer/store/bolt", "terminal/journal", "bench/speed"}},        // of speed its tests alone,
	{"github.com/emiago/diago", []string{"issuer/channel/ivr/sip", "issuer/channel/ivr/ivrtest"}}, // the latter has a caller
	{"github.com/icholy/digest", []string{"issuer/channel/ivr/sip"}},
	{"github.com/emiago/sipgo", []string{"issuer/channel/ivr/sip", "issuer/channel/ivr/ivrtest"}},
	{"github.com/jackc/pgx/v5", []string{"issuer/store/postgres"}},
	{"github.com/prometheus/client_golang", []string{"issuer/metrics"}},
	{"github.com/miekg/pkcs11", []string{"issuer/hsm/token"}},
}

// mayImport lists what the packages below emv may import of ours. A package
// that is not listed may not be there.
var mayImport = map[string][]string{
	"emv":            {},
	"emv/tlv":        {"emv"},
	"emv/apdu":       {"emv"},
	"emv/atr":        {},
	"emv/secret":     {},
	"emv/account":    {"emv", "emv/secret"},
	"emv/pin":        {"emv", "emv/secret", "emv/account"},
	"emv/cryptogram": {"emv", "emv/tlv", "emv/secret", "emv/account"},
	"emv/script":     {"emv", "emv/tlv", "emv/apdu", "emv/secret", "emv/account", "emv/cryptogram", "emv/pin"},
	"emv/oda":        {"emv", "emv/tlv", "emv/secret", "emv/account", "emv/pin"},
	"emv/dukpt":      {"emv", "emv/secret"},
	"emv/clock":      {},
	"emv/hostname":   {},
	"emv/random":     {},
	"emv/durable":    {},
	"emv/task":       {},
	"emv/boltpages":  {},
	"emv/image":      {"emv", "emv/tlv", "emv/secret", "emv/account", "emv/pin", "emv/oda", "emv/cryptogram"},
	"emv/perso":      {"emv", "emv/tlv", "emv/apdu", "emv/atr", "emv/secret", "emv/account", "emv/pin", "emv/oda", "emv/cryptogram", "emv/script", "emv/image", "emv/random"},
	"emv/explain":    {"emv", "emv/tlv", "emv/apdu", "emv/account"},
}

// tableRow is a row of docs/architecture.md about a package below emv: its path and
// what it imports of ours, "none" or names below emv.
var tableRow = regexp.MustCompile("(?m)^\\| `(emv[a-z/]*)` \\|.*\\| ([a-z, ]+) \\|$")

// TestArchitectureTableIsMayImport holds the table that people read against the one
// that is enforced.
func TestArchitectureTableIsMayImport(t *testing.T) {
	text, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	table := map[string][]string{}
	for _, row := range tableRow.FindAllStringSubmatch(string(text), -1) {
		table[row[1]] = []string{}
		for name := range strings.SplitSeq(row[2], ", ") {
			if name != "none" {
				table[row[1]] = append(table[row[1]], strings.TrimSuffix("emv/"+strings.TrimPrefix(name, "emv"), "/"))
			}
		}
	}
	for name, allowed := range mayImport {
		assert.ElementsMatch(t, allowed, table[name], name)
		assert.Contains(t, table, name)
	}
	for name := range table {
		assert.Contains(t, mayImport, name)
	}
}

// matches reports whether the package path, without the module, matches one of
// the patterns.
func matches(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "..." {
			return true
		}
		root, below := strings.CutSuffix(pattern, "/...")
		return p == root || below && strings.HasPrefix(p, root+"/")
	})
}

// ours returns the path below the module, "." for its root.
func ours(importPath string) (string, bool) {
	if importPath+"/" == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module)
}

// broken lists what in p breaks the rule.
func (r forbidden) broken(p listed) []string {
	of, _ := ours(p.ImportPath)
	if !matches(r.of, of) || matches(r.except, of) {
		return nil
	}
	var found []string
	for _, d := range slices.Concat(p.Deps, p.TestImports, p.XTestImports) {
		on, isOurs := ours(d)
		if isOurs && matches(r.on, on) && !matches(r.but, on) && on != of {
			found = append(found, of+" depends on "+on+": "+r.why)
		}
	}
	return found
}

func (r onlyImporter) broken(p listed) []string {
	of, _ := ours(p.ImportPath)
	if matches(r.by, of) {
		return nil
	}
	var found []string
	for _, d := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if d == r.module || strings.HasPrefix(d, r.module+"/") {
			found = append(found, of+" imports "+d+", which belongs to "+strings.Join(r.by, " and "))
		}
	}
	return found
}

func TestImportRules(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, r := range importRules {
			assert.Empty(t, r.broken(p))
		}
		for _, r := range moduleRules {
			assert.Empty(t, r.broken(p))
		}
		assert.Empty(t, brokenEMV(p))
		assert.Empty(t, brokenTestOnly(p))
	}
}

// brokenEMV lists imports below emv that mayImport does not have.
func brokenEMV(p listed) []string {
	of, _ := ours(p.ImportPath)
	if !matches([]string{"emv/..."}, of) {
		return nil
	}
	allowed, known := mayImport[of]
	if !known {
		return []string{of + " is not in mayImport"}
	}
	var found []string
	for _, d := range p.Imports {
		if on, isOurs := ours(d); isOurs && !slices.Contains(allowed, on) {
			found = append(found, of+" imports "+on)
		}
	}
	return found
}

// testOnly are packages that tests alone import.
var testOnly = []string{"testdata/vectors", "testdata/need", "testdata/openapi", "testdata/pcscd", "testdata/pgtest", "testdata/chance"}

// brokenTestOnly lists what would ship the vectors or test helpers.
func brokenTestOnly(p listed) []string {
	var found []string
	for _, d := range p.Imports {
		on, _ := ours(d)
		if slices.Contains(testOnly, on) && !strings.HasPrefix(p.ImportPath, module+"testdata/") {
			found = append(found, p.ImportPath+" imports "+on+" outside tests")
		}
	}
	return found
}

// TestImportRulesFindBreaches makes up one breach for each rule.
func TestImportRulesFindBreaches(t *testing.T) {
	for name, breach := range map[string]struct {
		p    listed
		rule func(listed) []string
	}{
		"emv on hardware":        {listed{ImportPath: module + "emv/tlv", Deps: []string{module + "hardware/card"}}, importRules[0].broken},
		"issuer's tests":         {listed{ImportPath: module + "issuer/host", XTestImports: []string{module + "terminal"}}, importRules[1].broken},
		"terminal on hsm":        {listed{ImportPath: module + "terminal/link", Deps: []string{module + "issuer/hsm"}}, importRules[2].broken},
		"terminal with keys":     {listed{ImportPath: module + "terminal/kernel", TestImports: []string{module + "emv/script"}}, importRules[3].broken},
		"reader on issuer":       {listed{ImportPath: module + "hardware", Deps: []string{module + "issuer"}}, importRules[4].broken},
		"card personalises":      {listed{ImportPath: module + "hardware/card", Deps: []string{module + "emv/perso"}}, importRules[5].broken},
		"issuer on bench":        {listed{ImportPath: module + "issuer", Deps: []string{module + "bench"}}, importRules[6].broken},
		"bench on cmd":           {listed{ImportPath: module + "bench/story", Deps: []string{module + "cmd/till"}}, importRules[7].broken},
		"scard elsewhere":        {listed{ImportPath: module + "cmd/till", Imports: []string{"github.com/ebfe/scard"}}, moduleRules[1].broken},
		"bbolt elsewhere":        {listed{ImportPath: module + "issuer/host", Imports: []string{"go.etcd.io/bbolt"}}, moduleRules[2].broken},
		"unlisted package":       {listed{ImportPath: module + "emv/other"}, brokenEMV},
		"tlv on secret":          {listed{ImportPath: module + "emv/tlv", Imports: []string{module + "emv/secret"}}, brokenEMV},
		"vectors in the program": {listed{ImportPath: module + "cmd/till", Imports: []string{module + "testdata/vectors"}}, brokenTestOnly},
	} {
		t.Run(name, func(t *testing.T) { assert.NotEmpty(t, breach.rule(breach.p)) })
	}
	fine := listed{ImportPath: module + "terminal/link", Deps: []string{module + "issuer/message", module + "emv"}}
	for _, r := range importRules {
		assert.Empty(t, r.broken(fine))
	}
}

// sourceFile is a parsed Go file and where it lies.
type sourceFile struct {
	path string
	file *ast.File
}

// sourceFiles returns every Go file of the tree that is no test.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		files = append(files, sourceFile{filepath.ToSlash(name), file})
		return err
	}))
	require.Greater(t, len(files), 10)
	return files
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range sourceFiles(t) {
		assert.Empty(t, undocumented(f.file), f.path)
	}
}

// undocumented lists the exported names of a file that no comment explains.
// Comments of functions and types begin with the name.
func undocumented(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && exportedReceiver(d) && !explains(d.Doc, d.Name.Name) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			names = append(names, undocumentedSpecs(d)...)
		}
	}
	return names
}

func undocumentedSpecs(d *ast.GenDecl) []string {
	var names []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && !explains(s.Doc, s.Name.Name) && !explains(d.Doc, s.Name.Name) {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				names = append(names, s.Names[0].Name)
			}
		}
	}
	return names
}

// explains reports whether the comment begins with the name.
func explains(doc *ast.CommentGroup, name string) bool {
	return doc != nil && strings.HasPrefix(doc.Text(), name+" ")
}

// exportedReceiver reports whether a function is none's method or that of an
// exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	expr := d.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if generic, ok := expr.(*ast.IndexExpr); ok {
		expr = generic.X
	}
	id, ok := expr.(*ast.Ident)
	return !ok || id.IsExported()
}

// corePackages take time, randomness and output from their callers.
var corePackages = []string{"emv/...", "hardware/card", "terminal/kernel", "issuer/pinlife"}

// timeKeepers are the packages of the core that time comes from.
var timeKeepers = []string{"emv/clock"}

// bannedCalls names what the core does not touch; "*" stands for any name.
var bannedCalls = map[string][]string{
	"time":         {"Now", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc", "Since", "Until"},
	"fmt":          {"Print", "Printf", "Println"},
	"log":          {"*"},
	"log/slog":     {"*"},
	"math/rand":    {"*"},
	"math/rand/v2": {"*"},
}

func TestCoreCallsNothingBanned(t *testing.T) {
	seen := 0
	for _, f := range sourceFiles(t) {
		if dir := path.Dir(f.path); matches(corePackages, dir) && !matches(timeKeepers, dir) {
			seen++
			assert.Empty(t, banned(f.file), f.path)
		}
	}
	assert.Greater(t, seen, 10)
}

// banned lists the uses of banned names in a file.
func banned(file *ast.File) []string {
	imported := map[string]string{}
	for _, i := range file.Imports {
		importPath := strings.Trim(i.Path.Value, `"`)
		name := strings.TrimSuffix(path.Base(importPath), "/v2")
		if importPath == "math/rand/v2" {
			name = "rand"
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		imported[name] = importPath
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		names := bannedCalls[imported[x.Name]]
		if slices.Contains(names, s.Sel.Name) || slices.Contains(names, "*") {
			found = append(found, x.Name+"."+s.Sel.Name)
		}
		return true
	})
	return found
}

// TestRulesFindBreaches shows that the two rules above can fail.
func TestRulesFindBreaches(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "breach.go", `package breach
import ("time"; "fmt"; clock "time"; "math/rand/v2"; "log")
type Exported struct{}
func (Exported) Method() { time.Now(); fmt.Println(); clock.Sleep(1); rand.Int(); log.Fatal() }
// Wrong begins with another name.
func Function() {}
const Constant = 1
type hidden struct{}
func (hidden) Method() { fmt.Sprint(time.Second) }
`, parser.ParseComments)
	require.NoError(t, err)
	assert.Equal(t, []string{"Exported", "Method", "Function", "Constant"}, undocumented(file))
	assert.Equal(t, []string{"time.Now", "fmt.Println", "clock.Sleep", "rand.Int", "log.Fatal"}, banned(file))
}
