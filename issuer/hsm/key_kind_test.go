package hsm_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// opened returns the module of a key file.
func opened(t testing.TB, f hsm.Files) *hsm.Software {
	t.Helper()
	m, err := hsm.Open(f, nil)
	require.NoError(t, err)
	return m
}

// founded returns a key file with the keys of the vectors.
func founded(t testing.TB) hsm.Files {
	t.Helper()
	f := files(t)
	require.NoError(t, hsm.Init(f, given(t, nil), nil))
	return f
}

// refuses checks that a key can not be retired, and why.
func refuses(t testing.TB, f hsm.Files, name, why string) {
	t.Helper()
	require.ErrorContains(t, hsm.Retire(f, name, nil), why, name)
}

// inTDES returns a PIN block of a device with TDES DUKPT.
func inTDES(t testing.TB, m *hsm.Software, c hsm.Card, initial dukpt.TDESKSN, digits string) hsm.PINBlock {
	t.Helper()
	key, err := m.InitialKeyTDES(initial)
	require.NoError(t, err)
	device, err := dukpt.NewTDESDevice(key, initial)
	require.NoError(t, err)
	ksn, transaction, err := device.Next()
	require.NoError(t, err)
	return hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: ksn[:], Block: block0(t, c, transaction.PIN(), digits)}
}

// block0 returns an enciphered block of format 0.
func block0(t testing.TB, c hsm.Card, under secret.Key, digits string) []byte {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	clear, err := pin.Encode(pin.Format0, p, c.PAN, nil)
	require.NoError(t, err)
	enciphered := clear.Encipher(under)
	return enciphered[:]
}

// TestRotateBaseKeys: terminals of the old key go on beside those of the new one, until
// it is retired.
func TestRotateBaseKeys(t *testing.T) {
	f, c := founded(t), cardOf(t, testPAN)
	old := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0}
	first := opened(t, f)
	oldBlock := inTDES(t, first, c, old, "7294")
	live := []hsm.SealedPIN{sealed(t, first, c, 1, "7294")}
	refuses(t, f, "BDK TDES", "newest")

	name := rotate(t, f, hsm.BaseTDES)
	id, err := hex.DecodeString(strings.TrimPrefix(name, "BDK TDES "))
	require.NoError(t, err)
	require.Len(t, id, 5)
	next := dukpt.TDESKSN{id[0], id[1], id[2], id[3], id[4], 0x32, 0x10, 0xE0}
	m := opened(t, f)
	newBlock := inTDES(t, m, c, next, "7294")
	for _, b := range []hsm.PINBlock{oldBlock, newBlock} {
		equals, err := m.ComparePIN(c, b, live)
		require.NoError(t, err)
		assert.Equal(t, []pinlife.Generation{1}, equals)
	}
	one, err := first.InitialKeyTDES(next)
	require.NoError(t, err)
	two, err := m.InitialKeyTDES(next)
	require.NoError(t, err)
	assert.False(t, one.Equal(two), "another base key")
	assert.Contains(t, names(m.KeyChecks()), name)

	refuses(t, f, name, "newest")
	require.NoError(t, hsm.Retire(f, "BDK TDES", nil))
	m = opened(t, f)
	_, err = m.ComparePIN(c, oldBlock, live)
	require.ErrorIs(t, err, hsm.ErrRetired)
	require.ErrorContains(t, err, "BDK TDES: key is retired")
	_, err = m.ComparePIN(c, newBlock, live)
	require.NoError(t, err)
	third := rotate(t, f, hsm.BaseTDES)
	require.NoError(t, hsm.Retire(f, name, nil))
	refuses(t, f, name, "is retired")
	_, err = opened(t, f).ComparePIN(c, newBlock, live)
	require.ErrorIs(t, err, hsm.ErrRetired)
	assert.NotContains(t, names(opened(t, f).KeyChecks()), name)
	assert.Contains(t, names(opened(t, f).KeyChecks()), third)
}

// TestRotateBaseKeysAES is the same for AES DUKPT, by the BDK ID.
func TestRotateBaseKeysAES(t *testing.T) {
	f := founded(t)
	old := dukpt.InitialKeyID{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56}
	was, err := opened(t, f).InitialKeyAES(old)
	require.NoError(t, err)
	name := rotate(t, f, hsm.BaseAES)
	raw, err := hex.DecodeString(strings.TrimPrefix(name, "BDK AES "))
	require.NoError(t, err)
	require.Len(t, raw, 4)
	next := old
	copy(next[:], raw)
	m := opened(t, f)
	is, err := m.InitialKeyAES(old)
	require.NoError(t, err)
	assert.True(t, was.Equal(is))
	_, err = m.InitialKeyAES(next)
	require.NoError(t, err)
	require.NoError(t, hsm.Retire(f, "BDK AES", nil))
	_, err = opened(t, f).InitialKeyAES(old)
	require.ErrorIs(t, err, hsm.ErrRetired)
	_, err = opened(t, f).InitialKeyAES(next)
	require.NoError(t, err)
}

// TestRotateZone: a host that names no key has the oldest, until it is retired.
func TestRotateZone(t *testing.T) {
	f, c := founded(t), cardOf(t, testPAN)
	assert.Equal(t, "zone key 2", rotate(t, f, hsm.ZoneKeys))
	m := opened(t, f)
	live := []hsm.SealedPIN{sealed(t, m, c, 1, "7294")}
	old := hsm.PINBlock{Key: hsm.ZoneKey, Block: block0(t, c, tdes(t, zone), "7294")}
	numbered := old
	numbered.Zone = 1
	for _, b := range []hsm.PINBlock{old, numbered} {
		equals, err := m.ComparePIN(c, b, live)
		require.NoError(t, err)
		assert.Len(t, equals, 1)
	}
	numbered.Zone = 2
	_, err := m.ComparePIN(c, numbered, live)
	require.Error(t, err, "enciphered under the first")
	numbered.Zone = 3
	_, err = m.ComparePIN(c, numbered, live)
	require.ErrorIs(t, err, hsm.ErrNoKey)
	refuses(t, f, "zone key 2", "newest")
	require.NoError(t, hsm.Retire(f, "zone key", nil))
	numbered.Zone = 1
	_, err = opened(t, f).ComparePIN(c, numbered, live)
	require.ErrorIs(t, err, hsm.ErrRetired)
	_, err = opened(t, f).ComparePIN(c, old, live)
	require.ErrorContains(t, err, "PIN block", "the second is the oldest now")
	assert.Equal(t, "zone key 3", rotate(t, f, hsm.ZoneKeys))
	require.NoError(t, hsm.Retire(f, "zone key 2", nil))
	assert.Equal(t, "zone key 4", rotate(t, f, hsm.ZoneKeys), "no number twice")
}

// TestRotateMasters: new cards get the new set, and no number comes twice.
func TestRotateMasters(t *testing.T) {
	f := founded(t)
	before := opened(t, f)
	assert.EqualValues(t, 7, before.CurrentSet())
	assert.Equal(t, "set 8", rotate(t, f, hsm.MasterKeys))
	m := opened(t, f)
	assert.EqualValues(t, 8, m.CurrentSet())
	assert.Equal(t, []uint8{7, 8}, m.KeySets())
	assert.Equal(t, before.KeyChecks()[:3], m.KeyChecks()[:3], "the old set stays as it is")
	refuses(t, f, "set 8", "newest")
	refuses(t, f, "set 9", "no such key")
	refuses(t, f, "set 07", "no such key")
	require.NoError(t, hsm.Retire(f, "set 7", nil))
	_, err := opened(t, f).BuildUnblock(cardOf(t, testPAN), unblockContext)
	require.ErrorIs(t, err, hsm.ErrRetired)
	assert.Equal(t, "set 9", rotate(t, f, hsm.MasterKeys))
	require.NoError(t, hsm.Retire(f, "set 8", nil))
	assert.Equal(t, "set 10", rotate(t, f, hsm.MasterKeys))
	assert.EqualValues(t, 10, opened(t, f).CurrentSet())
	require.NoError(t, hsm.Retire(f, "set 9", nil))
	assert.EqualValues(t, 10, opened(t, f).CurrentSet())
}

// TestRetirePINKeys: a version that sealed a PIN is known by that, and its place stays
// when it is retired.
func TestRetirePINKeys(t *testing.T) {
	f, c := founded(t), cardOf(t, testPAN)
	one := sealed(t, opened(t, f), c, 1, "7294")
	assert.Equal(t, "PIN key 2", rotate(t, f, hsm.PINKeys))
	m := opened(t, f)
	two := sealed(t, m, c, 2, "8305")
	assert.True(t, m.Needs(c, []hsm.SealedPIN{two, one}, "PIN key 1"))
	assert.False(t, m.Needs(c, []hsm.SealedPIN{two}, "PIN key 1"))
	assert.True(t, m.Needs(c, []hsm.SealedPIN{two}, "PIN key 2"))
	assert.True(t, m.Needs(c, nil, "set 7"))
	assert.False(t, m.Needs(c, nil, "set 1"))
	refuses(t, f, "PIN key 2", "newest")
	refuses(t, f, "data key 1", "data keys are kept")
	require.NoError(t, hsm.Retire(f, "PIN key 1", nil))
	m = opened(t, f)
	require.NoError(t, m.CheckPIN(c, two))
	require.ErrorIs(t, m.CheckPIN(c, one), secret.ErrUnseal)
	assert.True(t, m.Needs(c, []hsm.SealedPIN{two}, "PIN key 2"), "it keeps its number")
	assert.Equal(t, []string{"PIN key 2", "data key 1", "CID key", "reference key"}, names(m.StorageChecks()))
	assert.Equal(t, "PIN key 3 and data key 2", rotate(t, f, hsm.StorageKeys))
	for range 14 {
		rotate(t, f, hsm.PINKeys)
	}
	_, err := hsm.Rotate(f, hsm.PINKeys, nil, nil)
	require.ErrorContains(t, err, "16 versions")
	require.NoError(t, hsm.Retire(f, "PIN key 3", nil))
	rotate(t, f, hsm.PINKeys)
	_, err = hsm.Rotate(f, "other", nil, nil)
	require.ErrorIs(t, err, hsm.ErrNoKey)
}

// TestReferenceCheck has the first bytes of an HMAC that Python's hmac made.
func TestReferenceCheck(t *testing.T) {
	m := module(t, map[string]any{"reference_key": strings.Repeat("5A", 32)})
	checks := m.StorageChecks()
	last := checks[len(checks)-1]
	assert.Equal(t, "reference key", last.Name)
	assert.Equal(t, "63E790", strings.ToUpper(hex.EncodeToString(last.CheckValue[:])))
}

// TestBounds: a kind of keys rotates up to its bound, and the file opens there.
func TestBounds(t *testing.T) {
	f := founded(t)
	for range 63 {
		rotate(t, f, hsm.BaseAES)
	}
	_, err := hsm.Rotate(f, hsm.BaseAES, nil, nil)
	require.ErrorContains(t, err, "no number is left")
	require.NoError(t, hsm.Retire(f, "BDK AES", nil))
	rotate(t, f, hsm.BaseAES)
	assert.Len(t, opened(t, f).KeyChecks(), 3+1+64+1)
	_, err = hsm.Rotate(f, hsm.BaseAES, nil, nil)
	require.ErrorContains(t, err, "no number is left")
}

// TestRotateGiven: a key that others have comes from a file with it alone.
func TestRotateGiven(t *testing.T) {
	f, c := founded(t), cardOf(t, testPAN)
	take := func(kind hsm.KeyKind, text string) (string, error) {
		return hsm.Rotate(f, kind, strings.NewReader(text), nil)
	}
	name, err := take(hsm.ZoneKeys, `{"zone_key":"`+imkAC+`"}`)
	require.NoError(t, err)
	assert.Equal(t, "zone key 2", name)
	m := opened(t, f)
	equals, err := m.ComparePIN(c, hsm.PINBlock{Key: hsm.ZoneKey, Zone: 2, Block: block0(t, c, tdes(t, imkAC), "7294")}, []hsm.SealedPIN{sealed(t, m, c, 1, "7294")})
	require.NoError(t, err)
	assert.Len(t, equals, 1)

	set := `{"key_sets":[{"number":%,"option":"B","imk_ac":"` + imkAC + `","imk_smi":"` + imkSMI + `","imk_smc":"` + imkSMC + `"}]}`
	name, err = take(hsm.MasterKeys, strings.ReplaceAll(set, "%", "42"))
	require.NoError(t, err)
	assert.Equal(t, "set 42", name)
	assert.EqualValues(t, 42, opened(t, f).CurrentSet())
	name, err = take(hsm.MasterKeys, strings.ReplaceAll(set, "%", "0"))
	require.NoError(t, err)
	assert.Equal(t, "set 43", name)
	name, err = take(hsm.BaseTDES, `{"bdks_tdes":[{"id":"AABBCCDDEE","key":"`+imkSMC+`"}]}`)
	require.NoError(t, err)
	assert.Equal(t, "BDK TDES AABBCCDDEE", name)
	name, err = take(hsm.BaseAES, `{"bdk_aes":"`+imkSMC+`"}`)
	require.NoError(t, err)
	assert.Regexp(t, "^BDK AES [0-9A-F]{8}$", name)

	before := opened(t, f).KeyChecks()
	for text, kind := range map[string]hsm.KeyKind{
		strings.ReplaceAll(set, "%", "42"): hsm.MasterKeys, // there
		`{}`:                               hsm.ZoneKeys,
		`{"zone_key":"` + imkAC + `"} `:    hsm.BaseTDES,
		`{"zone_key":"` + imkAC + `","bdk_tdes":"` + imkAC + `"}`:   hsm.ZoneKeys,
		`{"zone_key":"` + imkAC + `","cid_key":"` + imkAC + `"}`:    hsm.ZoneKeys,
		`{"pin_key":"` + imkAC + `"}`:                               hsm.PINKeys,
		`{"zone_keys":[{"id":"2","key":"` + imkAC + `"}]}`:          hsm.ZoneKeys, // there
		`{"zone_keys":[{"id":"02","key":"` + imkAC + `"}]}`:         hsm.ZoneKeys,
		`{"bdks_tdes":[{"id":"AABBCCDDEE","key":"` + imkAC + `"}]}`: hsm.BaseTDES, // there
		`{"bdks_tdes":[{"id":"aabbccddee","key":"` + imkAC + `"}]}`: hsm.BaseTDES,
		`{"bdks_aes":[{"id":"AABBCCDD","key":""}]}`:                 hsm.BaseAES,
	} {
		_, err := take(kind, text)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), imkAC)
	}
	assert.Equal(t, before, opened(t, f).KeyChecks())
}
