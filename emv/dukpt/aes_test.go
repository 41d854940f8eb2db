package dukpt_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The keys and the identifier of the supplement to ANSI X9.24-3:2017.
var (
	bdk128 = must(hex.DecodeString("FEDCBA9876543210F1F1F1F1F1F1F1F1"))
	bdk192 = must(hex.DecodeString("FEDCBA9876543210F1F1F1F1F1F1F1F1FEDCBA9876543210"))
	bdk256 = bytes.Repeat(bdk128, 2)
	keyID  = dukpt.InitialKeyID(must(hex.DecodeString("1234567890123456")))
)

type aesIn struct {
	BDK    vectors.Bytes `json:"bdk"`
	KSN    vectors.Bytes `json:"ksn"`
	PIN    string        `json:"pin"`
	PAN    string        `json:"pan"`
	Random vectors.Bytes `json:"random"`
}

type aesOut struct {
	IK                   vectors.Bytes `json:"ik"`
	TxnKey               vectors.Bytes `json:"txn_key"`
	PINKeyAES128         vectors.Bytes `json:"pin_key_aes128"`
	PINKeyAES256         vectors.Bytes `json:"pin_key_aes256"`
	MACGenerateKeyAES128 vectors.Bytes `json:"mac_generate_key_aes128"`
	MACGenerateKeyAES256 vectors.Bytes `json:"mac_generate_key_aes256"`
	MACVerifyKeyAES128   vectors.Bytes `json:"mac_verify_key_aes128"`
	DataEncryptKeyAES128 vectors.Bytes `json:"data_encrypt_key_aes128"`
	DataEncryptKeyAES256 vectors.Bytes `json:"data_encrypt_key_aes256"`
	UpdateKeyAES128      vectors.Bytes `json:"update_key_aes128"`
	UpdateKeyAES256      vectors.Bytes `json:"update_key_aes256"`
	EncipheredPIN        vectors.Bytes `json:"enciphered_pin"`
	UpdateKeyTDES2       vectors.Bytes `json:"update_key_tdes2"`
}

// moreAES is a case of testdata/aes.json.
type moreAES struct {
	Source string `json:"source"`
	aesIn
	aesOut
}

func TestAESVectors(t *testing.T) {
	vectors.Run(t, "dukpt-aes", func(t *testing.T, c vectors.Case[aesIn, aesOut]) {
		require.Equal(t, vectors.OK, c.Expect)
		checkAES(t, c.In, c.Out)
		if c.Out.EncipheredPIN != nil {
			assert.Equal(t, c.Out.EncipheredPIN.String(), encipherPIN(t, c.In).String())
		}
	})
}

// encipherPIN returns the format 4 block of the case's PIN under its PIN key.
func encipherPIN(t *testing.T, in aesIn) vectors.Bytes {
	t.Helper()
	host, err := dukpt.NewAESHost(aesKey(t, in.BDK))
	require.NoError(t, err)
	key, err := host.TransactionKey(dukpt.AESKSN(in.KSN))
	require.NoError(t, err)
	pinKey, err := key.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
	require.NoError(t, err)
	p, err := pin.Parse([]byte(in.PIN))
	require.NoError(t, err)
	pan, err := account.ParsePAN([]byte(in.PAN))
	require.NoError(t, err)
	block, err := pin.Encipher4(pinKey, p, pan, bytes.NewReader(in.Random))
	require.NoError(t, err)
	return block[:]
}

func TestMoreAESVectors(t *testing.T) {
	for _, c := range load[moreAES](t, "aes.json") {
		t.Run(c.KSN.String(), func(t *testing.T) { checkAES(t, c.aesIn, c.aesOut) })
	}
}

// checkAES compares the keys that the case gives with the host's.
func checkAES(t *testing.T, in aesIn, out aesOut) {
	t.Helper()
	host, err := dukpt.NewAESHost(aesKey(t, in.BDK))
	require.NoError(t, err)
	ksn, err := dukpt.ParseAESKSN(in.KSN)
	require.NoError(t, err)
	key, err := host.TransactionKey(ksn)
	require.NoError(t, err)
	assertKey(t, out.IK, host.InitialKey(ksn.InitialKeyID()), "initial key")
	assertKey(t, out.TxnKey, key.Key(), "transaction key")
	for _, w := range []struct {
		want  vectors.Bytes
		usage dukpt.KeyUsage
		as    dukpt.KeyType
	}{
		{out.PINKeyAES128, dukpt.PINEncryption, dukpt.AES128},
		{out.PINKeyAES256, dukpt.PINEncryption, dukpt.AES256},
		{out.MACGenerateKeyAES128, dukpt.MACGeneration, dukpt.AES128},
		{out.MACGenerateKeyAES256, dukpt.MACGeneration, dukpt.AES256},
		{out.MACVerifyKeyAES128, dukpt.MACVerification, dukpt.AES128},
		{out.DataEncryptKeyAES128, dukpt.DataEncryption, dukpt.AES128},
		{out.DataEncryptKeyAES256, dukpt.DataEncryption, dukpt.AES256},
	} {
		if w.want != nil {
			working, err := key.WorkingKey(w.usage, w.as)
			require.NoError(t, err)
			assertKey(t, w.want, working, "working key")
		}
	}
	for as, want := range map[dukpt.KeyType]vectors.Bytes{dukpt.AES128: out.UpdateKeyAES128, dukpt.AES256: out.UpdateKeyAES256, dukpt.TDES2: out.UpdateKeyTDES2} {
		if want != nil {
			update, err := host.UpdateKey(ksn.InitialKeyID(), as)
			require.NoError(t, err)
			assertKey(t, want, update, "update key "+as.String())
		}
	}
}

// TestAESEndsAgree runs a device of each strength and asks the host for each
// key.
func TestAESEndsAgree(t *testing.T) {
	const transactions = 5000
	for _, bdk := range [][]byte{bdk128, bdk192, bdk256} {
		host, err := dukpt.NewAESHost(aesKey(t, bdk))
		require.NoError(t, err)
		device, err := dukpt.NewAESDevice(host.InitialKey(keyID), keyID)
		require.NoError(t, err)
		for i := range uint32(transactions) {
			ksn, key, err := device.Next()
			require.NoError(t, err)
			require.Equal(t, i+1, ksn.Counter(), "no counter below 2^16 has more than 16 ones")
			require.Equal(t, keyID, ksn.InitialKeyID())
			expected, err := host.TransactionKey(ksn)
			require.NoError(t, err)
			require.True(t, expected.Key().Equal(key.Key()), "counter %08X", ksn.Counter())
			require.Equal(t, len(bdk), key.Key().Len())
		}
	}
}

// TestAESDeviceLeavesCountersOut runs a device past the first counter with too
// many ones: 0001FFFF is left out, as in ANSI's supplement.
func TestAESDeviceLeavesCountersOut(t *testing.T) {
	host, err := dukpt.NewAESHost(aesKey(t, bdk128))
	require.NoError(t, err)
	device, err := dukpt.NewAESDevice(host.InitialKey(keyID), keyID)
	require.NoError(t, err)
	var seen []uint32
	for {
		ksn, key, err := device.Next()
		require.NoError(t, err)
		if ksn.Counter() < 0x1FFFE {
			continue
		}
		seen = append(seen, ksn.Counter())
		expected, err := host.TransactionKey(ksn)
		require.NoError(t, err)
		require.True(t, expected.Key().Equal(key.Key()))
		if ksn.Counter() > 0x20000 {
			break
		}
	}
	assert.Equal(t, []uint32{0x1FFFE, 0x20000, 0x20001}, seen)
}

func TestAESHostTakesWhatADeviceSends(t *testing.T) {
	host, err := dukpt.NewAESHost(aesKey(t, bdk128))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		ksn, err := dukpt.ParseAESKSN(rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "ksn"))
		require.NoError(t, err)
		_, err = host.TransactionKey(ksn)
		if ksn.OneBits() > 16 || ksn.Counter() == 0 {
			require.ErrorIs(t, err, emv.ErrBadCounter)
			return
		}
		require.NoError(t, err)
	})
}

func TestAESCounters(t *testing.T) {
	for counter, bad := range map[string]bool{
		"00000000": true, "00000001": false, "0000FFFF": false, "0001FFFE": false, "0001FFFF": true,
		"FFFF0000": false, "FFFF0001": true, "FFFFFFFF": true,
	} {
		ksn, err := dukpt.ParseAESKSN(must(hex.DecodeString("1234567890123456" + counter)))
		require.NoError(t, err)
		assert.Equal(t, "1234567890123456"+counter, ksn.String())
		if bad {
			assert.ErrorIs(t, ksn.Check(), emv.ErrBadCounter, counter)
		} else {
			assert.NoError(t, ksn.Check(), counter)
		}
	}
}

// TestWorkingKeys derives every usage in every type that each strength allows:
// all differ, and a type longer than the transaction key is refused.
func TestWorkingKeys(t *testing.T) {
	usages := []dukpt.KeyUsage{
		dukpt.KeyEncryption, dukpt.PINEncryption, dukpt.MACGeneration, dukpt.MACVerification, dukpt.MACBothWays,
		dukpt.DataEncryption, dukpt.DataDecryption, dukpt.DataBothWays,
	}
	lengths := map[dukpt.KeyType]int{dukpt.TDES2: 16, dukpt.AES128: 16, dukpt.AES192: 24, dukpt.AES256: 32}
	for _, bdk := range [][]byte{bdk128, bdk192, bdk256} {
		host, err := dukpt.NewAESHost(aesKey(t, bdk))
		require.NoError(t, err)
		key, err := host.TransactionKey(dukpt.AESKSN{11: 1})
		require.NoError(t, err)
		seen := map[string]bool{clear(key.Key()): true}
		for as, length := range lengths {
			for _, usage := range usages {
				working, err := key.WorkingKey(usage, as)
				if length > len(bdk) {
					require.Error(t, err, "%v from %d bytes", as, len(bdk))
					continue
				}
				require.NoError(t, err)
				require.Equal(t, length, working.Len())
				require.Equal(t, as == dukpt.TDES2, working.Algorithm() == secret.TDES)
				require.False(t, seen[clear(working)], "%v %04X", as, uint16(usage))
				seen[clear(working)] = true
			}
		}
	}
}

func TestAESRefusals(t *testing.T) {
	for _, length := range []int{0, 10, 11, 13} {
		_, err := dukpt.ParseAESKSN(make([]byte, length))
		assert.ErrorIs(t, err, emv.ErrMalformed)
	}
	_, err := dukpt.NewAESHost(tdesKey(t, bdk128))
	assert.Error(t, err)
	_, err = dukpt.NewAESDevice(secret.Key{}, keyID)
	assert.Error(t, err)
	host, err := dukpt.NewAESHost(aesKey(t, bdk256))
	require.NoError(t, err)
	key, err := host.TransactionKey(dukpt.AESKSN{11: 1})
	require.NoError(t, err)
	for _, usage := range []dukpt.KeyUsage{0, 0x8000, 0x8001, 0x3003} {
		_, err = key.WorkingKey(usage, dukpt.AES128)
		assert.Error(t, err, "usage %04X", uint16(usage))
	}
	for _, as := range []dukpt.KeyType{1, 5} {
		_, err = key.WorkingKey(dukpt.PINEncryption, as)
		assert.Error(t, err, as.String())
	}
}

func BenchmarkAESHost(b *testing.B) {
	host, err := dukpt.NewAESHost(aesKey(b, bdk128))
	require.NoError(b, err)
	ksn := dukpt.AESKSN(must(hex.DecodeString("1234567890123456FFFF0000")))
	b.ReportAllocs()
	for b.Loop() {
		key, err := host.TransactionKey(ksn) // sixteen steps, the most there can be
		if err != nil {
			b.Fatal(err)
		}
		if _, err := key.WorkingKey(dukpt.PINEncryption, dukpt.AES128); err != nil {
			b.Fatal(err)
		}
	}
}
