package hsm_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
)

// TestRotate: what was sealed before a rotation opens after it, what is sealed
// after it does not open with the keys of before, and no card's key changes.
func TestRotate(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	old, err := hsm.Open(f, nil)
	require.NoError(t, err)
	c := cardOf(t, testPAN)
	ref := old.Ref(c.PAN, 0)
	pan, err := old.SealPAN(ref, c.PAN)
	require.NoError(t, err)
	pin := sealed(t, old, c, 1, "7294")

	rotate(t, f, hsm.StorageKeys)
	now, err := hsm.Open(f, nil)
	require.NoError(t, err)
	assert.Equal(t, old.KeyChecks(), now.KeyChecks())
	assert.Equal(t, ref, now.Ref(c.PAN, 0))
	opened, err := now.OpenPAN(ref, pan)
	require.NoError(t, err)
	assert.True(t, opened.Equal(c.PAN))
	accepted, err := now.AcceptPIN(c, 2, digitsOf("7294"), []hsm.SealedPIN{pin})
	require.NoError(t, err)
	assert.EqualValues(t, []uint32{1}, []uint32{uint32(accepted.Equals[0])})

	again, err := now.SealPAN(ref, c.PAN)
	require.NoError(t, err)
	_, err = old.OpenPAN(ref, again)
	require.ErrorIs(t, err, secret.ErrUnseal, "the new key sealed it")
	_, err = old.AcceptPIN(c, 3, digitsOf("7294"), []hsm.SealedPIN{accepted.PIN})
	require.ErrorIs(t, err, secret.ErrUnseal)
	_, err = now.Unseal("PAN", ref, append(pan[:len(pan)-1:len(pan)-1], pan[len(pan)-1]^1))
	require.ErrorIs(t, err, secret.ErrUnseal, "no version opens what was altered")
	assert.Equal(t, []string{"PIN key 1", "PIN key 2", "data key 1", "data key 2", "CID key", "reference key"}, names(now.StorageChecks()))
	assert.NotEqual(t, now.StorageChecks()[0].CheckValue, now.StorageChecks()[1].CheckValue)
}

func names(checks []hsm.KeyCheck) (names []string) {
	for _, c := range checks {
		names = append(names, c.Name)
	}
	return names
}

// TestRotateIsBounded: no rotation drops a key.
func TestRotateIsBounded(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, nil, nil))
	first, err := hsm.Open(f, nil)
	require.NoError(t, err)
	c := cardOf(t, testPAN)
	pin := sealed(t, first, c, 1, "7294")
	for range 15 {
		rotate(t, f, hsm.StorageKeys)
	}
	_, err = hsm.Rotate(f, hsm.StorageKeys, nil, nil)
	require.ErrorContains(t, err, "16 versions")
	last, err := hsm.Open(f, nil)
	require.NoError(t, err)
	accepted, err := last.AcceptPIN(c, 2, digitsOf("7294"), []hsm.SealedPIN{pin})
	require.NoError(t, err)
	assert.Len(t, accepted.Equals, 1)
}

// TestRekey: the new key-encryption key opens the file, and the old one does not.
func TestRekey(t *testing.T) {
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	old, err := hsm.Open(f, nil)
	require.NoError(t, err)
	next := hsm.Files{Keys: f.Keys, KEK: hsm.KEK{File: filepath.Join(filepath.Dir(f.KEK.File), "next.key")}}
	require.NoError(t, hsm.Rekey(f, next.KEK, nil))
	_, err = hsm.Open(f, nil)
	require.ErrorIs(t, err, secret.ErrUnseal)
	now, err := hsm.Open(next, nil)
	require.NoError(t, err)
	assert.Equal(t, old.StorageChecks(), now.StorageChecks())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(f.Keys), ".keys-*"))
	require.NoError(t, err)
	assert.Empty(t, left)

	require.NoError(t, os.Chmod(f.KEK.File, 0o644))
	require.ErrorContains(t, hsm.Rekey(next, f.KEK, nil), "chmod 600")
	require.ErrorContains(t, hsm.Rekey(next, hsm.KEK{File: f.Keys + ".inside"}, nil), "outside")
}
