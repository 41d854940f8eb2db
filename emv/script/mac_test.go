package script_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

func TestProtectRoundTrip(t *testing.T) {
	card := cardKeys(t, "374245001741007")
	rapid.Check(t, func(t *rapid.T) {
		s := drawSession(t, card)
		c := apdu.Command{
			CLA:  rapid.SampledFrom([]byte{0x04, 0x0C, 0x84, 0x8C}).Draw(t, "CLA"),
			INS:  rapid.Byte().Draw(t, "INS"),
			P1:   rapid.Byte().Draw(t, "P1"),
			P2:   rapid.Byte().Draw(t, "P2"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, apdu.DataBytesMax-s.Style.MACLength).Draw(t, "data"),
		}
		protected, err := s.Protect(c)
		require.NoError(t, err)
		require.Len(t, protected.Data, len(c.Data)+s.Style.MACLength)
		data, err := s.VerifyMAC(protected)
		require.NoError(t, err)
		require.Equal(t, string(c.Data), string(data))

		at := rapid.IntRange(0, len(protected.Data)-1).Draw(t, "flipped byte")
		protected.Data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "flipped bit")
		_, err = s.VerifyMAC(protected)
		require.ErrorIs(t, err, emv.ErrWrongMAC)
	})
}

func TestProtectLeavesCommandAlone(t *testing.T) {
	data := make([]byte, 1, 64)
	_, err := testSession(t, "visa").Protect(apdu.Command{CLA: 0x04, INS: 0xDA, Data: data})
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 64), data[:64])
}

func TestProtectRefuses(t *testing.T) {
	s := testSession(t, "visa")
	for name, c := range map[string]apdu.Command{
		"class without secure messaging": {CLA: 0x80, INS: 0x18},
		"Le":                             {CLA: 0x84, INS: 0x18, Le: 1},
		"no room for the MAC":            {CLA: 0x84, INS: 0x18, Data: make([]byte, 248)},
	} {
		_, err := s.Protect(c)
		assert.Error(t, err, name)
	}
}

func TestVerifyMACRefuses(t *testing.T) {
	s := testSession(t, "visa")
	for name, c := range map[string]struct {
		command apdu.Command
		sw      apdu.SW
	}{
		"class": {apdu.Command{CLA: 0x80, INS: 0x18, Data: make([]byte, 8)}, apdu.SWClassUnknown},
		"Le":    {apdu.Command{CLA: 0x84, INS: 0x18, Data: make([]byte, 8), Le: 8}, apdu.SWWrongLength},
		"short": {apdu.Command{CLA: 0x84, INS: 0x18, Data: make([]byte, 7)}, apdu.SWMACMissing},
	} {
		_, err := s.VerifyMAC(c.command)
		requireRefusal(t, err, c.sw, emv.ErrMalformed)
		assert.NotContains(t, err.Error(), "0000", name)
	}
}

// TestMACLengthBounds holds back a style under which no bytes are a good MAC.
func TestMACLengthBounds(t *testing.T) {
	for _, n := range []int{-1, 0, 3, 9} {
		s := testSession(t, "visa")
		s.Style.MACLength = n
		_, err := s.VerifyMAC(apdu.Command{CLA: 0x84, INS: 0x18, Data: make([]byte, 8)})
		require.Error(t, err)
		_, err = s.OpenPINChange(apdu.Command{CLA: 0x84, INS: 0x24, Data: make([]byte, max(n, 0))}, pin.PIN{})
		require.Error(t, err)
		_, err = s.PINUnblock()
		require.Error(t, err)
	}
}

// TestShortMACIsStartOfFullOne: a shorter MAC is the left end of the full one.
// EMV Book 2, 9.2.3. But Lc is part of the input, so header is given here.
func TestShortMACIsStartOfFullOne(t *testing.T) {
	s := testSession(t, "visa")
	s.Style.MACLength = 4
	c, err := s.ApplicationBlock()
	require.NoError(t, err)
	full := s.MAC([]byte{0x84, 0x1E, 0, 0, 4}, nil)
	assert.Equal(t, full[:4], c.Data)
}

func TestSearch(t *testing.T) {
	eachStyle(t, func(t *testing.T, s script.Session) {
		c, err := s.PINChange(newPIN(t, "2580"))
		require.NoError(t, err)
		n := len(c.Data) - 8
		found := script.Search{
			Key:     cardKeys(t, "374245001741007").SMI,
			Context: testContext,
			Header:  []byte{0x84, 0x24, 0, 2, byte(len(c.Data))},
			Data:    c.Data[:n],
			MAC:     c.Data[n:],
		}.Matches()
		require.Len(t, found, 1)
		assert.Contains(t, found[0].Styles(), s.Style.Name)
	})
}

func TestSearchFindsStrayHeaderAndPadding(t *testing.T) {
	s := testSession(t, "visa")
	search := script.Search{Key: cardKeys(t, "374245001741007").SMI, Context: testContext, Header: vectors.Unhex(t, "04DA9F5809"), Data: []byte{3}}

	mac := s.MAC(vectors.Unhex(t, "04DA9F5801"), []byte{3})
	search.MAC = mac[:4]
	assert.Equal(t, []script.Variant{{SessionKey: cryptogram.MethodVisaSM, ContextInMAC: true, Padding: 2, ShortLc: true}}, search.Matches())
	assert.Empty(t, search.Matches()[0].Styles())
	assert.Equal(t, "session key visa-sm, with ATC and AC in the MAC input, padding method 2, Lc without the MAC", search.Matches()[0].String())

	s.Style.Padding, s.Style.ContextInMAC = 1, false
	mac = s.MAC(search.Header, search.Data)
	search.MAC = mac[:]
	assert.Equal(t, []script.Variant{{SessionKey: cryptogram.MethodVisaSM, Padding: 1}}, search.Matches())

	search.MAC[0] ^= 1
	assert.Empty(t, search.Matches())
	search.MAC = nil
	assert.Empty(t, search.Matches())
}

func TestStylesOpening(t *testing.T) {
	card := cardKeys(t, "374245001741007")
	for name, want := range map[string][]string{
		"visa":       {"visa", "amex-style"},
		"amex-style": {"visa", "amex-style"},
		"mchip":      {"mchip"},
		"ccd":        {"ccd"},
		"bare":       {"bare"},
		"visa-csk":   {"visa-csk"},
		"visa-cvn22": {"visa-cvn22"},
	} {
		c, err := testSession(t, name).PINChange(newPIN(t, "2580"))
		require.NoError(t, err)
		assert.Equal(t, want, script.StylesOpening(card, testContext, c, pin.PIN{}), name)
		c.Data[0] ^= 1
		assert.Empty(t, script.StylesOpening(card, testContext, c, pin.PIN{}), name)
	}
}

// TestSearchFindsOtherTransactionAndCard: the script was made for a transaction
// close by, or for the card of another PAN sequence number.
func TestSearchFindsOtherTransactionAndCard(t *testing.T) {
	header, number := vectors.Unhex(t, "8424000008"), account.SequenceNumber(1)
	p, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	search := script.Search{
		Key: cardKeys(t, "374245001741007").SMI, Context: testContext, Header: header,
		Issuer: issuerKeys(t).SMI, PAN: p, Option: cryptogram.OptionA,
	}
	for _, step := range []int{-3, -1, 1, 3} {
		s := testSession(t, "visa")
		s = script.NewSession(s.Style, cardKeys(t, "374245001741007"), script.Context{ATC: emv.ATC(int(testContext.ATC) + step), AC: testContext.AC})
		mac := s.MAC(header, nil)
		search.MAC = mac[:]
		require.Equal(t, []script.Variant{{SessionKey: cryptogram.MethodVisaSM, ContextInMAC: true, Padding: 2, ATCStep: step}}, search.Matches())
		assert.Contains(t, search.Matches()[0].String(), fmt.Sprintf(", ATC %+d", step))
	}
	s := script.NewSession(styleByName(t, "ccd"), issuerKeys(t).ForCard(p, number, cryptogram.OptionA), testContext)
	mac := s.MAC(header, nil)
	search.MAC = mac[:]
	require.Equal(t, []script.Variant{{SessionKey: cryptogram.MethodCSK, ContextInMAC: true, Padding: 2, OtherCard: true, SequenceNumber: 1}}, search.Matches())
	assert.Contains(t, search.Matches()[0].String(), ", PAN sequence number 01")

	search.Issuer = secret.Key{}
	assert.Empty(t, search.Matches(), "the issuer key is not known")
}

// TestSearchStopsAtTheEndsOfTheCounter: there is no ATC before 0 or after FFFF.
func TestSearchStopsAtTheEndsOfTheCounter(t *testing.T) {
	for from, to := range map[emv.ATC]emv.ATC{0: 0xFFFF, 0xFFFF: 0} {
		s := script.NewSession(styleByName(t, "visa"), cardKeys(t, "374245001741007"), script.Context{ATC: to})
		mac := s.MAC([]byte{0x84, 0x24, 0, 0, 8}, nil)
		search := script.Search{Key: cardKeys(t, "374245001741007").SMI, Context: script.Context{ATC: from}, Header: []byte{0x84, 0x24, 0, 0, 8}, MAC: mac[:]}
		assert.Empty(t, search.Matches())
	}
}

func TestCheckMAC(t *testing.T) {
	s, header := testSession(t, "visa"), vectors.Unhex(t, "04DA9F5809")
	mac := s.MAC(header, []byte{3})
	for n := range 10 {
		given := append(mac[:], 0)[:n]
		err := s.CheckMAC(header, []byte{3}, given)
		if n >= 4 && n <= 8 {
			require.NoError(t, err)
			given[n-1] ^= 1
			require.ErrorIs(t, s.CheckMAC(header, []byte{3}, given), emv.ErrWrongMAC)
			given[n-1] ^= 1
			continue
		}
		require.Error(t, err)
		assert.NotErrorIs(t, err, emv.ErrWrongMAC, "no MAC at all")
	}
}
