package sip_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/testdata/need"
)

// TestCallsOfSIPp: callers of another project's program ring up and hang up, one after
// another; and when all ring up at once, as many are answered as there are lines.
func TestCallsOfSIPp(t *testing.T) {
	program := need.Program(t, "sipp")
	scenario, err := filepath.Abs("testdata/caller.xml")
	require.NoError(t, err)
	p := newPhone(t)
	ring := func(calls, perSecond int) error {
		command := exec.Command(program, p.address, "-i", "127.0.0.1", "-sf", scenario, "-nostdin",
			"-m", fmt.Sprint(calls), "-r", fmt.Sprint(perSecond), "-timeout", "20s", "-timeout_error")
		command.Dir = t.TempDir() // for its files
		text, err := command.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		return nil
	}
	require.NoError(t, ring(10, 20))
	assert.Equal(t, 10, strings.Count(p.log.String(), "event=call "))
	require.Error(t, ring(2*ivr.CallsMax, 1000), "some are busy")
	assert.Contains(t, p.log.String(), `event="call refused"`)
	require.NoError(t, ring(1, 1), "and then no more")
}
