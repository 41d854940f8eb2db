//go:build pcsc && cgo

package story_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/pcsc"
	"github.com/f510b0cf/till/hardware/vpcd"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// virtual is a virtual reader of a PC/SC daemon, with its hand.
type virtual struct {
	hardware.Reader
	port *vpcd.Port
}

func (v virtual) Insert(chip hardware.Chip) { v.port.Insert(chip) }
func (v virtual) Pull()                     { v.port.Pull() }

// Close waits until the daemon has seen the card go, so that it sees the next one.
func (v virtual) Close() error {
	v.port.Pull()
	return errors.Join(v.Reader.WaitRemoval(context.Background()), v.Reader.Close(), v.port.WaitOff(context.Background()))
}

// TestDemoThroughPCSC plays the demonstration through package scard, a PC/SC daemon and
// its driver: to the byte, what travels is what travels through a slot.
func TestDemoThroughPCSC(t *testing.T) {
	d := pcscd.Start(t)
	port, err := vpcd.New(vpcd.Config{Address: d.Address(0)})
	require.NoError(t, err)
	defer port.Close()
	inserted := 0
	dir, err := os.MkdirTemp("", "till")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	w, err := story.New(story.Config{Dir: dir, Source: random.Seeded(1), Start: start, Socket: func() (story.Socket, error) {
		inserted++
		r, err := pcsc.New(pcsc.Config{}).Open(pcscd.Reader1)
		return virtual{r, port}, err
	}})
	require.NoError(t, err)
	defer func() { assert.NoError(t, w.Close()) }()
	steps := 0
	require.NoError(t, w.Run(t.Context(), story.Demo(), func(story.Report) error {
		steps++
		return nil
	}))
	assert.Len(t, story.Demo(), steps)
	assert.Greater(t, inserted, 10)
	var through bytes.Buffer
	require.NoError(t, w.Timeline().WriteText(&through))
	_, inside, _ := told(t)
	assert.Equal(t, string(inside), through.String())
}
