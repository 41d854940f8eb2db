package issuer_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

// TestKeys: storage keys rotate and are sealed anew while nobody serves, and all that
// was sealed before opens still.
func TestKeys(t *testing.T) {
	p := found(t, "amex-pin")
	shared, own, err := issuer.Keys(p.data, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	serving := p.serve(io.Discard)
	_, err = issuer.RotateKeys(p.data, hsm.KEK{File: p.kek}, hsm.StorageKeys, nil)
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorIs(t, issuer.Rekey(p.data, hsm.KEK{File: p.kek}, hsm.KEK{File: p.kek + "-next"}), store.ErrInUse)
	require.NoError(t, serving.stop())

	_, err = issuer.RotateKeys(p.data, hsm.KEK{File: p.kek}, hsm.StorageKeys, nil)
	require.NoError(t, err)
	after, rotated, err := issuer.Keys(p.data, hsm.KEK{File: p.kek})
	require.NoError(t, err)
	assert.Equal(t, shared, after)
	assert.Len(t, rotated, len(own)+2)
	next := filepath.Join(filepath.Dir(p.kek), "next.key")
	require.NoError(t, issuer.Rekey(p.data, hsm.KEK{File: p.kek}, hsm.KEK{File: next}))
	_, _, err = issuer.Keys(p.data, hsm.KEK{File: p.kek})
	require.ErrorIs(t, err, secret.ErrUnseal)
	report, err := issuer.Check(t.Context(), p.data, hsm.KEK{File: next})
	require.NoError(t, err)
	assert.Empty(t, report.Findings)
	assert.Equal(t, 2, report.Seals, "account number and PIN")
	_, err = issuer.RotateKeys(p.data+"-none", hsm.KEK{File: next}, hsm.StorageKeys, nil)
	require.Error(t, err)
	_, _, err = issuer.Keys(p.data+"-none", hsm.KEK{File: next})
	require.Error(t, err)
}

// TestSwitchesAreChecked: what has no meaning is refused before anything is opened to
// the world.
func TestSwitchesAreChecked(t *testing.T) {
	p := found(t, "amex-pin")
	c := p.config(io.Discard)
	c.StandIn = 9
	_, err := issuer.New(c)
	require.ErrorContains(t, err, "check stand-in")
	c = p.config(io.Discard)
	c.Risk.NumberRepeated = 9
	_, err = issuer.New(c)
	require.ErrorContains(t, err, "check risk")
}
