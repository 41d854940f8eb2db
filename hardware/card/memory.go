package card

import (
	"bytes"
	"fmt"
	"io"
)

// Memory is a Medium that lasts as long as the program. It is used by one
// goroutine at a time.
type Memory struct{ content []byte }

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{} }

// Clone returns a Memory with the same content that lives on by itself.
func (m *Memory) Clone() *Memory { return &Memory{content: bytes.Clone(m.content)} }

// ReadAt is that of io.ReaderAt.
func (m *Memory) ReadAt(p []byte, offset int64) (int, error) {
	return bytes.NewReader(m.content).ReadAt(p, offset)
}

// Append writes p behind the content.
func (m *Memory) Append(p []byte) error {
	m.content = append(m.content, p...)
	return nil
}

// Sync does nothing.
func (m *Memory) Sync() error { return nil }

// Truncate cuts the content off behind size bytes.
func (m *Memory) Truncate(size int64) error {
	if size < 0 || size > int64(len(m.content)) {
		return fmt.Errorf("truncate memory: to %d of %d bytes: %w", size, len(m.content), io.ErrUnexpectedEOF)
	}
	m.content = m.content[:size]
	return nil
}

// Replace puts p in place of the content.
func (m *Memory) Replace(p []byte) error {
	m.content = bytes.Clone(p)
	return nil
}

// Size returns the length of the content in bytes.
func (m *Memory) Size() (int64, error) { return int64(len(m.content)), nil }
