package prompts

import (
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// audioMax bounds the audio of an announcement, in bytes: four seconds.
const audioMax = 64 << 10

// constants returns the announcements that the source file names.
func constants(t *testing.T) (all []Prompt) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "prompts.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			all = append(all, Prompt(text))
		}
		return true
	})
	return all
}

// Each announcement has a text and audio of the one form, and there are no others.
func TestPrompts(t *testing.T) {
	all := constants(t)
	require.NotEmpty(t, all)
	for _, p := range all {
		text, err := p.Text()
		require.NoError(t, err)
		assert.NotEmpty(t, text, p)
		audio, err := p.Audio()
		require.NoError(t, err)
		require.Greater(t, len(audio), 44, p)
		assert.LessOrEqual(t, len(audio), audioMax, p)
		assert.Equal(t, "RIFF", string(audio[:4]), p)
		u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
		assert.Equal(t, []uint32{1, 1, 8000, 16}, []uint32{uint32(u16(audio[20:])), uint32(u16(audio[22:])), u32(audio[24:]), uint32(u16(audio[34:]))}, p)
	}
	entries, err := fs.ReadDir(files, ".")
	require.NoError(t, err)
	assert.Len(t, entries, 2*len(all))
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		assert.Contains(t, all, Prompt(name))
	}
	_, err = Prompt("other").Text()
	assert.Error(t, err)
	_, err = Prompt("other").Audio()
	assert.Error(t, err)
}
