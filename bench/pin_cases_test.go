package bench_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pinCases is how many cases the table of docs/pin.md has.
const pinCases = 30

// namedTest is a test as the tables of docs/pin.md name it: package and function.
var namedTest = regexp.MustCompile("`([a-z/]+)\\.(Test\\w+)`")

// TestCasesOfAPIN: each case has a test, and each test that docs/pin.md names is there.
func TestCasesOfAPIN(t *testing.T) {
	text, err := os.ReadFile("../docs/pin.md")
	require.NoError(t, err)
	for _, named := range namedTest.FindAllStringSubmatch(string(text), -1) {
		assert.True(t, hasTest(t, named[1], named[2]), named[0])
	}
	_, table, found := strings.Cut(string(text), "## Cases\n")
	require.True(t, found)
	next := 1
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		n, err := strconv.Atoi(strings.TrimSpace(cells[min(1, len(cells)-1)]))
		if err != nil {
			continue
		}
		require.Equal(t, next, n)
		require.Len(t, cells, 5)
		assert.Regexp(t, namedTest, cells[3], "case %d", n)
		next++
	}
	assert.Equal(t, pinCases+1, next)
}

// hasTest reports whether a package has a test of that name.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pkg), "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(code), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
