package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// key returns a TDES key, none where there are no bytes.
func key(t testing.TB, raw []byte) secret.Key {
	t.Helper()
	if len(raw) == 0 {
		return secret.Key{}
	}
	k, err := secret.NewTDES(raw)
	require.NoError(t, err)
	return k
}

// newPIN returns a PIN, none where there are no digits.
func newPIN(t testing.TB, digits string) pin.PIN {
	t.Helper()
	if digits == "" {
		return pin.PIN{}
	}
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}

func styleByName(t testing.TB, name string) script.Style {
	t.Helper()
	style, ok := script.StyleByName(name)
	require.True(t, ok, name)
	return style
}

func parseCommand(t testing.TB, b []byte) apdu.Command {
	t.Helper()
	c, err := apdu.ParseCommand(b)
	require.NoError(t, err)
	return c
}

func encode(t testing.TB, c apdu.Command) []byte {
	t.Helper()
	b, err := c.Encode()
	require.NoError(t, err)
	return b
}

// kcv returns the key check value in the way of the vectors.
func kcv(k secret.Key) vectors.Bytes {
	v := k.CheckValue()
	return v[:]
}

// keyIn is how the vectors name the card and the transaction.
type keyIn struct {
	Style        string        `json:"style"`
	IMKAC        vectors.Bytes `json:"imk_ac"`
	IMKSMI       vectors.Bytes `json:"imk_smi"`
	IMKSMC       vectors.Bytes `json:"imk_smc"`
	PAN          string        `json:"pan"`
	PSN          string        `json:"psn"`
	ATC          vectors.Bytes `json:"atc"`
	AC           vectors.Bytes `json:"ac"`
	ContextInMAC bool          `json:"atc_ac_in_mac"`
}

// session derives the session of a case.
func (in keyIn) session(t testing.TB) script.Session {
	t.Helper()
	style := styleByName(t, in.Style)
	style.ContextInMAC = in.ContextInMAC
	pan, err := account.ParsePAN([]byte(in.PAN))
	require.NoError(t, err)
	psn, err := account.ParseSequenceNumber(in.PSN)
	require.NoError(t, err)
	var card cryptogram.MasterKeys
	for _, k := range []struct {
		imk vectors.Bytes
		to  *secret.Key
	}{{in.IMKAC, &card.AC}, {in.IMKSMI, &card.SMI}, {in.IMKSMC, &card.SMC}} {
		if k.imk != nil {
			*k.to = cryptogram.MasterKey(key(t, k.imk), pan, psn, cryptogram.OptionA)
		}
	}
	return script.NewSession(style, card, in.context(t))
}

func (in keyIn) context(t testing.TB) script.Context {
	t.Helper()
	require.Len(t, in.ATC, 2)
	require.Len(t, in.AC, 8)
	return script.Context{ATC: emv.ATC(in.ATC[0])<<8 | emv.ATC(in.ATC[1]), AC: emv.AC(in.AC)}
}

type scriptMACIn struct {
	keyIn
	SKSMI   vectors.Bytes `json:"sk_smi"`
	Padding string        `json:"padding"`
	Header  vectors.Bytes `json:"header"`
	Data    vectors.Bytes `json:"data"`
	MAC     vectors.Bytes `json:"mac"`
}

type scriptMACOut struct {
	SKSMIKCV vectors.Bytes `json:"sk_smi_kcv"`
	MACInput vectors.Bytes `json:"mac_input"`
	MAC      vectors.Bytes `json:"mac"`
}

// session returns the session of a case: keys given, or derived.
func (in scriptMACIn) session(t *testing.T) script.Session {
	if in.Style == "mac-only" {
		padding := map[string]secret.Padding{"00": secret.Padding1, "80": secret.Padding2}[in.Padding]
		return script.Session{Style: script.Style{Padding: padding, MACLength: 8}, SMI: key(t, in.SKSMI)}
	}
	if in.SKSMI == nil {
		return in.keyIn.session(t)
	}
	style := styleByName(t, in.Style)
	style.ContextInMAC = in.ContextInMAC
	return script.Session{Style: style, Context: in.context(t), SMI: key(t, in.SKSMI)}
}

func TestScriptMACVectors(t *testing.T) {
	vectors.Run(t, "script-mac", func(t *testing.T, c vectors.Case[scriptMACIn, scriptMACOut]) {
		s := c.In.session(t)
		mac := s.MAC(c.In.Header, c.In.Data)
		assert.Equal(t, c.Out.MAC, vectors.Bytes(mac[:]))
		if c.Out.MACInput != nil {
			assert.Equal(t, c.Out.MACInput, vectors.Bytes(s.MACInput(c.In.Header, c.In.Data)))
			assert.Equal(t, c.Out.SKSMIKCV, kcv(s.SMI))
		}
		if c.In.MAC == nil {
			require.Equal(t, vectors.OK, c.Expect)
			return
		}
		command := append(append(append([]byte{}, c.In.Header...), c.In.Data...), c.In.MAC...)
		_, err := s.VerifyMAC(parseCommand(t, command))
		require.ErrorIs(t, err, c.Expect)
	})
}

type pinChangeIn struct {
	keyIn
	P2      string        `json:"p2"`
	NewPIN  string        `json:"new_pin"`
	OldPIN  string        `json:"old_pin"`
	CardPIN string        `json:"card_pin"`
	Header  vectors.Bytes `json:"header"`
	APDU    vectors.Bytes `json:"apdu"`
}

type pinChangeOut struct {
	PINBlock    vectors.Bytes `json:"pin_block"`
	SKSMCKCV    vectors.Bytes `json:"sk_smc_kcv"`
	SKSMIKCV    vectors.Bytes `json:"sk_smi_kcv"`
	Enciphered  vectors.Bytes `json:"enciphered"`
	MAC         vectors.Bytes `json:"mac"`
	APDU        vectors.Bytes `json:"apdu"`
	BlockSeen   vectors.Bytes `json:"block_seen_by_card"`
	ExpectedMAC vectors.Bytes `json:"expected_mac"`
}

// build makes the command of a case.
func (in pinChangeIn) build(t *testing.T, s script.Session) apdu.Command {
	var c apdu.Command
	var err error
	switch in.P2 {
	case "00":
		c, err = s.PINUnblock()
	case "01":
		c, err = s.PINChangeKnowingPIN(newPIN(t, in.NewPIN), newPIN(t, in.OldPIN))
	case "02":
		c, err = s.PINChange(newPIN(t, in.NewPIN))
	default:
		t.Fatalf("P2 %s", in.P2)
	}
	require.NoError(t, err)
	return c
}

func TestPINChangeVectors(t *testing.T) {
	vectors.Run(t, "pin-change", func(t *testing.T, c vectors.Case[pinChangeIn, pinChangeOut]) {
		s := c.In.session(t)
		if c.In.APDU != nil {
			checkRefused(t, s, c)
			return
		}
		if c.In.P2 != "00" {
			checkParts(t, s, c)
		}
		if c.In.Header != nil {
			// The source computed the MAC over a header whose Lc does not fit.
			mac := s.MAC(c.In.Header, c.Out.Enciphered)
			assert.Equal(t, c.Out.MAC, vectors.Bytes(mac[:]))
			return
		}
		command := c.In.build(t, s)
		assert.Equal(t, c.Out.APDU, vectors.Bytes(encode(t, command)))
		checkOpened(t, s, c, parseCommand(t, c.Out.APDU))
	})
}

// checkParts compares what lies between PIN and command.
func checkParts(t *testing.T, s script.Session, c vectors.Case[pinChangeIn, pinChangeOut]) {
	t.Helper()
	assert.Equal(t, c.Out.SKSMCKCV, kcv(s.SMC))
	assert.Equal(t, c.Out.SKSMIKCV, kcv(s.SMI))
	block, err := s.PINBlock(newPIN(t, c.In.NewPIN), newPIN(t, c.In.OldPIN))
	require.NoError(t, err)
	block.Open(func(clear []byte) { assert.Equal(t, []byte(c.Out.PINBlock), clear) })
	enciphered, err := s.EncipherPIN(newPIN(t, c.In.NewPIN), newPIN(t, c.In.OldPIN))
	require.NoError(t, err)
	assert.Equal(t, c.Out.Enciphered, vectors.Bytes(enciphered))
	deciphered, err := s.DecipherBlock(enciphered)
	require.NoError(t, err)
	assert.True(t, block.Equal(deciphered))
}

// checkOpened lets the card open the command.
func checkOpened(t *testing.T, s script.Session, c vectors.Case[pinChangeIn, pinChangeOut], command apdu.Command) {
	t.Helper()
	current := newPIN(t, c.In.OldPIN)
	if c.In.CardPIN != "" {
		current = newPIN(t, c.In.CardPIN)
	}
	opened, err := s.OpenPINChange(command, current)
	if c.Expect == emv.ErrWrongPIN {
		// The card can not know that its PIN is another one: it sees a bad block.
		require.ErrorIs(t, err, emv.ErrBadPINBlock)
		block, err := s.DecipherBlock(c.Out.Enciphered)
		require.NoError(t, err)
		assert.Equal(t, c.Out.BlockSeen, blockSeen(t, s, block, vectors.Unhex(t, c.In.CardPIN)))
		return
	}
	require.Equal(t, vectors.OK, c.Expect)
	require.NoError(t, err)
	assert.True(t, newPIN(t, c.In.NewPIN).Equal(opened))
}

// checkRefused checks a command that the card must refuse.
func checkRefused(t *testing.T, s script.Session, c vectors.Case[pinChangeIn, pinChangeOut]) {
	t.Helper()
	command := parseCommand(t, c.In.APDU)
	_, err := s.OpenPINChange(command, pin.PIN{})
	require.ErrorIs(t, err, c.Expect)
	mac := s.MAC(c.In.APDU[:5], command.Data[:len(command.Data)-8])
	assert.Equal(t, c.Out.ExpectedMAC, vectors.Bytes(mac[:]))
}

// blockSeen takes out of a block of the Visa form what the card believes is in.
func blockSeen(t *testing.T, s script.Session, block pin.Block, currentPIN []byte) (seen vectors.Bytes) {
	t.Helper()
	block.Open(func(clear []byte) { seen = append(seen, clear...) })
	for i, b := range currentPIN {
		seen[i] ^= b
	}
	s.MKAC.Open(func(raw []byte) {
		for i := 4; i < 8; i++ {
			seen[i] ^= raw[i]
		}
	})
	return seen
}
