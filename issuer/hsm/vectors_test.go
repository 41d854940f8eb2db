package hsm_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/testdata/vectors"
)

func generation(n uint32) pinlife.Generation { return pinlife.Generation(n) }

type arqcIn struct {
	Profile string                   `json:"profile"`
	IMKAC   string                   `json:"imk_ac"`
	PAN     string                   `json:"pan"`
	PSN     string                   `json:"psn"`
	Option  string                   `json:"option"`
	Tags    map[string]vectors.Bytes `json:"tags"`
	IAD     vectors.Bytes            `json:"iad"`
	ARQC    vectors.Bytes            `json:"arqc"`
}

type arqcOut struct {
	ARQC vectors.Bytes `json:"arqc"`
}

// card returns the card of a case, in a set of keys that is its own.
func (in arqcIn) card(t testing.TB) (*hsm.Software, hsm.Card) {
	option, err := cryptogram.ParseOption(in.Option)
	require.NoError(t, err)
	m := module(t, map[string]any{"key_sets": []map[string]any{
		{"number": 3, "option": in.Option, "imk_ac": in.IMKAC, "imk_smi": imkSMI, "imk_smc": imkSMC},
	}})
	c := cardOf(t, in.PAN)
	c.KeySet, c.Option, c.Cryptogram = 3, option, in.Profile
	c.SequenceNumber, err = account.ParseSequenceNumber(in.PSN)
	require.NoError(t, err)
	return m, c
}

func (in arqcIn) input(t testing.TB) (x cryptogram.Input) {
	for tag, value := range in.Tags {
		number := uint32(0)
		for _, b := range vectors.Unhex(t, tag) {
			number = number<<8 | uint32(b)
		}
		require.NoError(t, x.Set(emv.Tag(number), value))
	}
	x.IAD = in.IAD
	return x
}

// TestARQCVectors takes the cases of cards with a row of the table: the module
// verifies them, and nothing that is one bit away, with the option given or taken
// from the set.
func TestARQCVectors(t *testing.T) {
	seen := 0
	for _, c := range vectors.LoadPart[arqcIn, arqcOut](t, "arqc") {
		if _, row := cryptogram.ProfileByName(c.In.Profile); !row || c.In.IMKAC == "" || c.In.Tags == nil {
			continue
		}
		seen++
		t.Run(c.Name, func(t *testing.T) {
			m, card := c.In.card(t)
			in := c.In.input(t)
			if c.Expect != "ok" {
				require.ErrorIs(t, m.VerifyARQC(card, &in, emv.AC(c.In.ARQC)), emv.Failure(c.Expect))
				return
			}
			arqc := emv.AC(c.Out.ARQC)
			require.NoError(t, m.VerifyARQC(card, &in, arqc))
			card.Option = 0
			require.NoError(t, m.VerifyARQC(card, &in, arqc), "the option of the set")
			arqc[7] ^= 1
			require.ErrorIs(t, m.VerifyARQC(card, &in, arqc), emv.ErrWrongMAC)
			arqc[7] ^= 1
			in.ATC ^= 1
			require.ErrorIs(t, m.VerifyARQC(card, &in, arqc), emv.ErrWrongMAC)
		})
	}
	assert.GreaterOrEqual(t, seen, 5)
}

// TestKeySets: cards of two sets of master keys work side by side, each under its own.
func TestKeySets(t *testing.T) {
	set := func(number int, ac string) map[string]any {
		return map[string]any{"number": number, "option": "A", "imk_ac": ac, "imk_smi": imkSMI, "imk_smc": imkSMC}
	}
	m := module(t, map[string]any{"key_sets": []map[string]any{set(1, imkAC), set(2, imkSMC)}})
	assert.Equal(t, []uint8{1, 2}, m.KeySets())
	in := cryptogram.Input{IAD: vectorIAD}
	for _, own := range []uint8{1, 2} {
		one := module(t, map[string]any{"key_sets": []map[string]any{set(7, map[uint8]string{1: imkAC, 2: imkSMC}[own])}})
		card := cardOf(t, "1234567890123456")
		ac, err := one.AnswerARPC(card, &in, emv.AC{}, cryptogram.IssuerResponse{})
		require.NoError(t, err)
		for _, set := range []uint8{1, 2} {
			card.KeySet = set
			answer, err := m.AnswerARPC(card, &in, emv.AC{}, cryptogram.IssuerResponse{})
			require.NoError(t, err)
			assert.Equal(t, set == own, string(answer) == string(ac), "card of set %d, key of set %d", own, set)
		}
	}
}

// TestARPCVectors has the answers to the first two ARQCs, as pyemv gives them.
func TestARPCVectors(t *testing.T) {
	for profile, want := range map[string]struct{ arc, tag91 string }{
		"visa-cvn10": {"3030", "28993816AFAE4AEB3030"},
		"mc-cvn16":   {"0010", "73F6BBF389A6586C0010"},
	} {
		for _, c := range vectors.LoadPart[arqcIn, arqcOut](t, "arqc") {
			if c.In.Profile != profile || c.Expect != "ok" || c.In.PAN != "1234567890123456" {
				continue
			}
			m, card := c.In.card(t)
			in := c.In.input(t)
			got, err := m.AnswerARPC(card, &in, emv.AC(c.Out.ARQC), cryptogram.IssuerResponse{ARC: [2]byte(vectors.Unhex(t, want.arc))})
			require.NoError(t, err)
			require.Equal(t, vectors.Unhex(t, want.tag91), got)
		}
	}
}

type pinChangeIn struct {
	Style  string        `json:"style"`
	P2     string        `json:"p2"`
	PAN    string        `json:"pan"`
	PSN    string        `json:"psn"`
	ATC    vectors.Bytes `json:"atc"`
	AC     vectors.Bytes `json:"ac"`
	IMKSMC string        `json:"imk_smc"`
	NewPIN string        `json:"new_pin"`
	OldPIN string        `json:"old_pin"`
}

type pinChangeOut struct {
	APDU vectors.Bytes `json:"apdu"`
}

// TestPINChangeVectors builds the scripts of the cases that have issuer master
// keys, from sealed PINs.
func TestPINChangeVectors(t *testing.T) {
	m := module(t, nil)
	seen := map[string]bool{}
	for _, c := range vectors.LoadPart[pinChangeIn, pinChangeOut](t, "pin-change") {
		if c.Expect != "ok" || c.In.IMKSMC != imkSMC || len(c.Out.APDU) == 0 {
			continue
		}
		if _, row := script.StyleByName(c.In.Style); !row {
			continue
		}
		seen[c.In.P2] = true
		t.Run(c.Name, func(t *testing.T) {
			card := cardOf(t, c.In.PAN)
			card.Script = c.In.Style
			to := hsm.Script{Phase: script.AfterFinalAC, Identifier: [4]byte{0xC0, 1, 2, 3}, Context: script.Context{ATC: emv.ATC(binary.BigEndian.Uint16(c.In.ATC)), AC: emv.AC(c.In.AC)}}
			template, err := build(t, m, card, to, c.In)
			require.NoError(t, err)
			opened, err := script.ParseTemplates(template)
			require.NoError(t, err)
			require.Len(t, opened, 1)
			require.Equal(t, script.AfterFinalAC, opened[0].Phase)
			require.Equal(t, to.Identifier[:], opened[0].Identifier)
			require.Equal(t, [][]byte{c.Out.APDU}, opened[0].Commands)
		})
	}
	assert.Equal(t, map[string]bool{"00": true, "01": true, "02": true}, seen)
}

func build(t testing.TB, m *hsm.Software, c hsm.Card, to hsm.Script, in pinChangeIn) ([]byte, error) {
	if in.P2 == "00" {
		return m.BuildUnblock(c, to)
	}
	var current hsm.SealedPIN
	if in.P2 == "01" {
		current = sealed(t, m, c, 1, in.OldPIN)
	}
	return m.BuildPINChange(c, to, sealed(t, m, c, 2, in.NewPIN), current)
}

type dukptIn struct {
	BDK string        `json:"bdk"`
	KSN vectors.Bytes `json:"ksn"`
	PIN string        `json:"pin"`
	PAN string        `json:"pan"`
}

type dukptOut struct {
	IK            vectors.Bytes `json:"ik"`
	EncipheredPIN vectors.Bytes `json:"enciphered_pin"`
}

// TestDUKPTVectors compares the enciphered PIN blocks of the examples of ANSI X9.24
// with sealed PINs.
func TestDUKPTVectors(t *testing.T) {
	for kind, k := range map[string]struct {
		bdk  string
		key  hsm.PINKey
		size int // of a block, in bytes
	}{"dukpt-tdes": {"bdk_tdes", hsm.TDESDUKPT, 8}, "dukpt-aes": {"bdk_aes", hsm.AESDUKPT, 16}} {
		seen := 0
		for _, c := range vectors.LoadPart[dukptIn, dukptOut](t, kind) {
			t.Run(c.Name, func(t *testing.T) {
				m := module(t, map[string]any{k.bdk: c.In.BDK})
				block := hsm.PINBlock{Key: k.key, KSN: c.In.KSN, Block: c.Out.EncipheredPIN}
				if c.Expect != "ok" {
					block.Block = make([]byte, k.size)
					_, err := m.ComparePIN(cardOf(t, "4012345678909"), block, nil)
					require.ErrorIs(t, err, emv.Failure(c.Expect))
					return
				}
				requireInitialKey(t, m, c.In.KSN, c.Out.IK)
				if c.In.PIN == "" || c.Out.EncipheredPIN == nil {
					return
				}
				seen++
				card := cardOf(t, c.In.PAN)
				live := []hsm.SealedPIN{sealed(t, m, card, 4, "8642"), sealed(t, m, card, 5, c.In.PIN), sealed(t, m, card, 9, c.In.PIN)}
				equals, err := m.ComparePIN(card, block, live)
				require.NoError(t, err)
				require.Equal(t, []pinlife.Generation{5, 9}, equals)
				equals, err = m.ComparePIN(card, block, live[:1])
				require.NoError(t, err)
				require.Empty(t, equals)
			})
		}
		assert.GreaterOrEqual(t, seen, 2, kind)
	}
}

// requireInitialKey compares a terminal's key with the one of a case.
func requireInitialKey(t testing.TB, m *hsm.Software, ksn, want []byte) {
	t.Helper()
	key, err := m.InitialKeyTDES(dukpt.TDESKSN(ksn[:10]))
	if len(ksn) == len(dukpt.AESKSN{}) {
		key, err = m.InitialKeyAES(dukpt.InitialKeyID(ksn[:8]))
	}
	require.NoError(t, err)
	key.Open(func(raw []byte) { require.Equal(t, want, append([]byte(nil), raw...)) })
}

// TestZoneKey has format 0 blocks of psec under a key of ours.
func TestZoneKey(t *testing.T) {
	m := module(t, nil)
	card := cardOf(t, "5555555551234567")
	clear, err := pin.ParseBlock(vectors.Unhex(t, "041261AAAAEDCBA9"))
	require.NoError(t, err)
	enciphered := clear.Encipher(tdes(t, zone))
	block := hsm.PINBlock{Key: hsm.ZoneKey, Block: enciphered[:]}
	equals, err := m.ComparePIN(card, block, []hsm.SealedPIN{sealed(t, m, card, 1, "1234")})
	require.NoError(t, err)
	assert.Equal(t, []pinlife.Generation{1}, equals)

	block.Block[0] ^= 1
	_, err = m.ComparePIN(card, block, nil)
	require.ErrorIs(t, err, emv.ErrBadPINBlock)
}
