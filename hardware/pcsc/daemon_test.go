//go:build pcsc && cgo

package pcsc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/pcsc"
	"github.com/f510b0cf/till/hardware/vpcd"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// answerMax is how long a hanging card of the tests holds a reader.
const answerMax = 300 * time.Millisecond

// port returns a virtual reader's end of a daemon's slot.
func port(t testing.TB, d *pcscd.Daemon, slot int) *vpcd.Port {
	t.Helper()
	p, err := vpcd.New(vpcd.Config{Address: d.Address(slot), AnswerMax: answerMax})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

func open(t testing.TB, name string) *pcsc.Reader {
	t.Helper()
	r, err := pcsc.New(pcsc.Config{}).Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// TestReader has a reader stand the conformance test through package scard, the
// daemon, its driver and a virtual card.
func TestReader(t *testing.T) {
	p := port(t, pcscd.Start(t), 0)
	hardwaretest.TestReader(t, func(t *testing.T) (hardware.Reader, hardwaretest.Hand) {
		p.Pull() // the card of the subtest before
		r := open(t, pcscd.Reader1)
		require.NoError(t, r.WaitRemoval(t.Context()))
		return r, p
	})
}
