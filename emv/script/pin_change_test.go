package script_test

import (
	"bytes"
	"fmt"
	"os/exec"
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
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// issuerKeys are the master keys of the tests' issuer.
func issuerKeys(t testing.TB) cryptogram.MasterKeys {
	return cryptogram.MasterKeys{
		AC:  key(t, vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210")),
		SMI: key(t, vectors.Unhex(t, "FEDCBA98765432100123456789ABCDEF")),
		SMC: key(t, vectors.Unhex(t, "89ABCDEF0123456776543210FEDCBA98")),
	}
}

func cardKeys(t testing.TB, pan string) cryptogram.MasterKeys {
	t.Helper()
	p, err := account.ParsePAN([]byte(pan))
	require.NoError(t, err)
	return issuerKeys(t).ForCard(p, 0, cryptogram.OptionA)
}

var testContext = script.Context{ATC: 6, AC: emv.AC{0x3E, 0x06, 0x13, 0x08, 0x46, 0xF9, 0xA0, 0x33}}

func testSession(t testing.TB, style string) script.Session {
	return script.NewSession(styleByName(t, style), cardKeys(t, "374245001741007"), testContext)
}

// eachStyle runs test for every row of the table.
func eachStyle(t *testing.T, test func(t *testing.T, s script.Session)) {
	for _, style := range script.Styles() {
		t.Run(style.Name, func(t *testing.T) { test(t, testSession(t, style.Name)) })
	}
}

var digit = rapid.ByteRange('0', '9')

func drawPIN(t *rapid.T, label string) pin.PIN {
	p, err := pin.Parse(rapid.SliceOfN(digit, pin.DigitsMin, pin.DigitsMax).Draw(t, label))
	require.NoError(t, err)
	return p
}

// drawSession draws a transaction of a card in one of the styles, with a MAC of
// any length and either class.
func drawSession(t *rapid.T, card cryptogram.MasterKeys) script.Session {
	style := rapid.SampledFrom(script.Styles()).Draw(t, "style")
	style.MACLength = rapid.IntRange(4, 8).Draw(t, "MAC length")
	style.Class = rapid.SampledFrom([]byte{0x84, 0x8C}).Draw(t, "class")
	return script.NewSession(style, card, script.Context{
		ATC: emv.ATC(rapid.Uint16().Draw(t, "ATC")),
		AC:  emv.AC(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "AC")),
	})
}

func TestPINChangeRoundTrip(t *testing.T) {
	card := cardKeys(t, "374245001741007")
	rapid.Check(t, func(t *rapid.T) {
		s := drawSession(t, card)
		want, current := drawPIN(t, "new PIN"), drawPIN(t, "current PIN")

		c, err := s.PINChange(want)
		require.NoError(t, err)
		got, err := s.OpenPINChange(c, current)
		require.NoError(t, err)
		require.True(t, want.Equal(got))

		c, err = s.PINUnblock()
		require.NoError(t, err)
		got, err = s.OpenPINChange(c, current)
		require.NoError(t, err)
		require.True(t, got.IsZero())

		c, err = s.PINChangeKnowingPIN(want, current)
		if s.Style.CurrentBlock == 0 {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		got, err = s.OpenPINChange(c, current)
		require.NoError(t, err)
		require.True(t, want.Equal(got))
	})
}

// TestEveryFlippedBit sends each command with each bit of it changed in turn.
func TestEveryFlippedBit(t *testing.T) {
	eachStyle(t, func(t *testing.T, s script.Session) {
		current := newPIN(t, "1357")
		commands := map[string]func() (apdu.Command, error){
			"unblock": s.PINUnblock,
			"change":  func() (apdu.Command, error) { return s.PINChange(newPIN(t, "2580")) },
		}
		if s.Style.CurrentBlock != 0 {
			commands["change knowing PIN"] = func() (apdu.Command, error) { return s.PINChangeKnowingPIN(newPIN(t, "2580"), current) }
		}
		for name, build := range commands {
			c, err := build()
			require.NoError(t, err)
			good := encode(t, c)
			for bit := range 8 * len(good) {
				bad := bytes.Clone(good)
				bad[bit/8] ^= 0x80 >> (bit % 8)
				c, err := apdu.ParseCommand(bad)
				if err == nil {
					_, err = s.OpenPINChange(c, current)
				}
				require.Error(t, err, "%s, bit %d", name, bit)
				if bit >= 8*5 { // behind the header it is the MAC that finds it
					require.ErrorIs(t, err, emv.ErrWrongMAC, "%s, bit %d", name, bit)
				}
			}
		}
	})
}

// TestOtherTransactionOrCard opens a good command where it does not belong.
func TestOtherTransactionOrCard(t *testing.T) {
	eachStyle(t, func(t *testing.T, s script.Session) {
		c, err := s.PINChange(newPIN(t, "2580"))
		require.NoError(t, err)
		card := cardKeys(t, "374245001741007")
		otherATC, otherAC := testContext, testContext
		otherATC.ATC++
		otherAC.AC[7] ^= 1
		others := map[string]script.Session{
			"other AC":   script.NewSession(s.Style, card, otherAC),
			"other card": script.NewSession(s.Style, cardKeys(t, "374245001751006"), testContext),
		}
		if s.Style.SessionKey == cryptogram.MethodVisaSM || s.Style.ContextInMAC {
			others["other ATC"] = script.NewSession(s.Style, card, otherATC) // bare binds the AC alone
		}
		for name, other := range others {
			_, err := other.OpenPINChange(c, pin.PIN{})
			assert.ErrorIs(t, err, emv.ErrWrongMAC, name)
		}
	})
}

// TestRefusals holds the order of checks: each command has the named fault and,
// where it can, all those that are looked for later.
func TestRefusals(t *testing.T) {
	s := testSession(t, "amex-style")
	data := make([]byte, 24) // a wrong MAC, and a frame that is none
	for name, c := range map[string]struct {
		command apdu.Command
		sw      apdu.SW
		class   emv.Failure
	}{
		"class without secure messaging": {apdu.Command{CLA: 0x80, INS: 0x25, P2: 9}, apdu.SWClassUnknown, emv.ErrMalformed},
		"class of ISO commands":          {apdu.Command{CLA: 0x04, INS: 0x24, P2: 2, Data: data}, apdu.SWClassUnknown, emv.ErrMalformed},
		"instruction":                    {apdu.Command{CLA: 0x84, INS: 0x25, P2: 9}, apdu.SWInstructionUnknown, emv.ErrMalformed},
		"P1":                             {apdu.Command{CLA: 0x84, INS: 0x24, P1: 1, P2: 2}, apdu.SWWrongP1P2, emv.ErrMalformed},
		"P2":                             {apdu.Command{CLA: 0x84, INS: 0x24, P2: 3}, apdu.SWWrongP1P2, emv.ErrMalformed},
		"no data":                        {apdu.Command{CLA: 0x84, INS: 0x24}, apdu.SWMACMissing, emv.ErrMalformed},
		"no MAC":                         {apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: data[:16]}, apdu.SWMACMissing, emv.ErrMalformed},
		"one byte short":                 {apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: data[:23]}, apdu.SWWrongLength, emv.ErrMalformed},
		"MAC of 4 bytes":                 {apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: data[:20]}, apdu.SWWrongLength, emv.ErrMalformed},
		"unblock with a PIN block":       {apdu.Command{CLA: 0x84, INS: 0x24, Data: data}, apdu.SWWrongLength, emv.ErrMalformed},
		"Le":                             {apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: data, Le: 1}, apdu.SWWrongLength, emv.ErrMalformed},
		"MAC":                            {apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: data}, apdu.SWMACIncorrect, emv.ErrWrongMAC},
		"MAC in the other class":         {apdu.Command{CLA: 0x8C, INS: 0x24, P2: 1, Data: data}, apdu.SWMACIncorrect, emv.ErrWrongMAC},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.OpenPINChange(c.command, newPIN(t, "1234"))
			requireRefusal(t, err, c.sw, c.class)
		})
	}
}

func requireRefusal(t *testing.T, err error, sw apdu.SW, class emv.Failure) {
	t.Helper()
	var refusal *script.Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, sw, refusal.SW)
	require.ErrorIs(t, err, class)
}

// TestKnowingPINWhereStyleHasNone holds P2 01 back in M/Chip and CCD cards.
func TestKnowingPINWhereStyleHasNone(t *testing.T) {
	s := testSession(t, "mchip")
	c, err := s.Protect(apdu.Command{CLA: 0x84, INS: 0x24, P2: 1, Data: make([]byte, 8)})
	require.NoError(t, err)
	_, err = s.OpenPINChange(c, newPIN(t, "1234"))
	requireRefusal(t, err, apdu.SWWrongP1P2, emv.ErrMalformed)
	_, err = s.PINBlock(newPIN(t, "1234"), newPIN(t, "1234"))
	require.Error(t, err)
}

func TestKnowingPINWithoutPIN(t *testing.T) {
	s := testSession(t, "amex-style")
	c, err := s.PINChangeKnowingPIN(newPIN(t, "2580"), newPIN(t, "1357"))
	require.NoError(t, err)
	_, err = s.OpenPINChange(c, pin.PIN{})
	requireRefusal(t, err, apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock)
	_, err = s.PINChangeKnowingPIN(newPIN(t, "2580"), pin.PIN{})
	require.Error(t, err)
	_, err = s.PINChange(pin.PIN{})
	require.Error(t, err)
}

// TestKnowingPINThatDiffersInOneDigit shows what OpenPINChange warns of: the
// block is good and the PIN is not the one that the issuer sent.
func TestKnowingPINThatDiffersInOneDigit(t *testing.T) {
	s := testSession(t, "amex-style")
	c, err := s.PINChangeKnowingPIN(newPIN(t, "2580"), newPIN(t, "1357"))
	require.NoError(t, err)
	got, err := s.OpenPINChange(c, newPIN(t, "1356"))
	require.NoError(t, err)
	assert.True(t, newPIN(t, "2480").Equal(got))
}

// TestBadFrames gives the card frames and blocks that are not right under a
// right MAC. They are enciphered by the openssl command.
func TestBadFrames(t *testing.T) {
	openssl := need.Program(t, "openssl")
	for name, c := range map[string]struct {
		style, frame string
		good         bool
	}{
		"Visa":                        {"visa-cvn22", "08241234FFFFFFFFFF80000000000000", true},
		"Visa, length 07":             {"visa-cvn22", "07241234FFFFFFFFFF80000000000000", false},
		"Visa, length 00":             {"visa-cvn22", "00241234FFFFFFFFFF80000000000000", false},
		"Visa, no 80":                 {"visa-cvn22", "08241234FFFFFFFFFF00000000000000", false},
		"Visa, padding goes on":       {"visa-cvn22", "08241234FFFFFFFFFF80000000000001", false},
		"Visa, control field 0":       {"visa-cvn22", "08041234FFFFFFFFFF80000000000000", false},
		"Visa, all zero":              {"visa-cvn22", "00000000000000000000000000000000", false},
		"CCD":                         {"ccd", "241234FFFFFFFFFF8000000000000000", true},
		"CCD, twelve digits":          {"ccd", "2C123456789012FF8000000000000000", true},
		"CCD, no 80":                  {"ccd", "241234FFFFFFFFFF0000000000000000", false},
		"CCD, padding goes on":        {"ccd", "241234FFFFFFFFFF8000000000000080", false},
		"M/Chip":                      {"mchip", "241234FFFFFFFFFF", true},
		"M/Chip, length 3":            {"mchip", "23123FFFFFFFFFFF", false},
		"M/Chip, length 13":           {"mchip", "2D1234567890123F", false},
		"M/Chip, fewer digits":        {"mchip", "25" + "1234FFFFFFFFFF", false},
		"M/Chip, more digits":         {"mchip", "24" + "12345FFFFFFFFF", false},
		"M/Chip, a digit is a letter": {"mchip", "2412A4FFFFFFFFFF", false},
		"M/Chip, filler 0":            {"mchip", "241234FFFFFFFFF0", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSession(t, c.style)
			mode := "-des-ede-cbc"
			if s.Style.Frame == script.FrameVisa {
				mode = "-des-ede"
			}
			command, err := s.Protect(apdu.Command{CLA: 0x84, INS: 0x24, P2: 2, Data: opensslEncipher(t, openssl, mode, s.SMC, vectors.Unhex(t, c.frame))})
			require.NoError(t, err)
			opened, err := s.OpenPINChange(command, pin.PIN{})
			if c.good {
				require.NoError(t, err)
				opened.Open(func(digits []byte) { assert.Equal(t, "1234", string(digits[:4])) })
				return
			}
			requireRefusal(t, err, apdu.SWWrongData, emv.ErrBadPINBlock)
			assert.True(t, opened.IsZero())
		})
	}
}

// opensslEncipher enciphers whole blocks by a mode of the openssl command, with
// an initial vector of zeros.
func opensslEncipher(t *testing.T, openssl, mode string, k secret.Key, clear []byte) []byte {
	t.Helper()
	args := []string{"enc", "-e", mode, "-nopad"}
	k.Open(func(raw []byte) { args = append(args, "-K", fmt.Sprintf("%X", raw)) })
	if mode != "-des-ede" {
		args = append(args, "-iv", "0000000000000000")
	}
	cmd := exec.Command(openssl, args...)
	cmd.Stdin = bytes.NewReader(clear)
	enciphered, err := cmd.Output()
	require.NoError(t, err)
	require.Len(t, enciphered, len(clear))
	return enciphered
}

func TestDecipherBlockOfOtherLength(t *testing.T) {
	s := testSession(t, "amex-style")
	for _, n := range []int{0, 8, 15, 17, 24} {
		_, err := s.DecipherBlock(make([]byte, n))
		require.ErrorIs(t, err, emv.ErrBadPINBlock)
	}
}

func TestSessionPrintsNoKey(t *testing.T) {
	s := testSession(t, "amex-style")
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		assert.Contains(t, fmt.Sprintf(verb, s), "TDES-128 [secret]")
	}
}

// FuzzOpen opens any bytes in every style. Where the card takes a command, its
// MAC is right: the bytes are those that the seeds hold.
func FuzzOpen(f *testing.F) {
	good := map[string]bool{}
	for _, style := range script.Styles() {
		s := testSession(f, style.Name)
		change, err := s.PINChange(newPIN(f, "2580"))
		require.NoError(f, err)
		unblock, err := s.PINUnblock()
		require.NoError(f, err)
		for _, c := range []apdu.Command{change, unblock} {
			b := encode(f, c)
			f.Add(b)
			good[string(b)] = true
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := apdu.ParseCommand(b)
		if err != nil {
			return
		}
		for _, style := range script.Styles() {
			s := testSession(t, style.Name)
			_, err := s.OpenPINChange(c, newPIN(t, "1357"))
			if err == nil {
				require.True(t, good[string(b)], "%s takes a command that nobody made", style.Name)
			} else {
				var refusal *script.Refusal
				require.ErrorAs(t, err, &refusal)
			}
		}
	})
}

// TestBadBlockUnderAGoodMACNamesTheSuspect: three mistakes give one status word;
// the words tell a tester where to look.
func TestBadBlockUnderAGoodMACNamesTheSuspect(t *testing.T) {
	s := testSession(t, "visa")
	c, err := s.PINChangeKnowingPIN(newPIN(t, "2580"), newPIN(t, "1357"))
	require.NoError(t, err)
	_, err = s.OpenPINChange(c, newPIN(t, "9999"))
	requireRefusal(t, err, apdu.SWWrongData, emv.ErrBadPINBlock)
	assert.ErrorContains(t, err, "the MAC is right, the PIN block is not: suspect the current PIN")

	other := s
	other.MKAC = s.SMC
	c, err = s.PINChange(newPIN(t, "2580"))
	require.NoError(t, err)
	_, err = other.OpenPINChange(c, pin.PIN{})
	requireRefusal(t, err, apdu.SWWrongData, emv.ErrBadPINBlock)
	assert.ErrorContains(t, err, "suspect the master key for cryptograms")

	other = s
	other.SMC = s.MKAC
	_, err = other.OpenPINChange(c, pin.PIN{})
	requireRefusal(t, err, apdu.SWWrongData, emv.ErrBadPINBlock)
	assert.ErrorContains(t, err, "the frame is not: suspect the key for encipherment")
}

// TestCardWithoutKeysRefuses: a card that was personalised without a key answers
// a script with a status word.
func TestCardWithoutKeysRefuses(t *testing.T) {
	for _, style := range []string{"visa", "mchip"} {
		s := testSession(t, style)
		c, err := s.PINChange(newPIN(t, "2580"))
		require.NoError(t, err)

		card := s
		card.SMI = secret.Key{}
		_, err = card.OpenPINChange(c, pin.PIN{})
		requireRefusal(t, err, apdu.SWConditionsNotSatisfied, emv.ErrWrongMAC)
		_, err = card.VerifyMAC(c)
		requireRefusal(t, err, apdu.SWConditionsNotSatisfied, emv.ErrWrongMAC)

		card = s
		card.SMC = secret.Key{}
		_, err = card.OpenPINChange(c, pin.PIN{})
		requireRefusal(t, err, apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock)
		unblock, err := s.PINUnblock()
		require.NoError(t, err)
		_, err = card.OpenPINChange(unblock, pin.PIN{})
		require.NoError(t, err, "needs no such key")

		card = s
		card.MKAC = secret.Key{}
		_, err = card.OpenPINChange(c, pin.PIN{})
		if style == "visa" {
			requireRefusal(t, err, apdu.SWConditionsNotSatisfied, emv.ErrBadPINBlock)
		} else {
			require.NoError(t, err, "its PIN block mixes in no key")
		}
	}
}
