package guard_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/testdata"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// The commands of the tests, and records of a card that is not ours.
const (
	selectAID    = "00A4040008A00000002501080100"
	readRecord   = "00B2010C00"
	readNext     = "00B2020C00"
	getTries     = "80CA9F1700"
	verify       = "0020008008241234FFFFFFFFFF"
	pinChange    = "8424000218BB221AF527377A2811D2B6EBC396A9391A965A5CB2CE62DA"
	foreignPAN   = "700A5A0849299999000000069000" // 4929999900000006
	testPAN      = "700A5A08374245001741007F9000"
	withheld     = "6985"
	externalAuth = "008200000A01020304050607083030"
)

// watch powers a script on and watches it.
func watch(t testing.TB, p guard.Policy, script *hardwaretest.Script) (*guard.Session, hardware.Card) {
	t.Helper()
	g, err := guard.New(p)
	require.NoError(t, err)
	powered, err := script.PowerOn(hardware.Contact)
	require.NoError(t, err)
	s := g.Watch(powered)
	return s, s.Card()
}

// send sends a command and returns the answer in digits.
func send(t testing.TB, card hardware.Card, command string) string {
	t.Helper()
	response, err := card.Transmit(t.Context(), unhex(t, command))
	require.NoError(t, err)
	return fmt.Sprintf("%X", response)
}

// person is a cardholder who counts how often a PIN is asked for.
type person struct {
	kernel.Cardholder
	asked int
}

func (p *person) PIN(context.Context, kernel.PINPrompt) (kernel.PINEntry, error) {
	p.asked++
	entered, err := pin.Parse([]byte("1234"))
	return kernel.Entered(entered), err
}

// askPIN asks for a PIN and returns whether the cardholder heard of it.
func askPIN(t testing.TB, s *guard.Session, method emv.CVM) bool {
	t.Helper()
	p := &person{}
	_, err := s.Cardholder(p).PIN(t.Context(), kernel.PINPrompt{Method: method})
	require.NoError(t, err)
	return p.asked == 1
}

// foreign is the beginning of a dialogue with a card that is not ours.
func foreign(t testing.TB, tries string) *hardwaretest.Script {
	script := hardwaretest.NewScript(t).Expect(selectAID, "6F009000").Expect(readRecord, foreignPAN)
	if tries != "" {
		script.Expect(getTries, "9F1701"+tries+"9000")
	}
	return script
}

func readForeign(t testing.TB, card hardware.Card, tries string) {
	t.Helper()
	send(t, card, selectAID)
	send(t, card, readRecord)
	if tries != "" {
		send(t, card, getTries)
	}
}

// TestForeignCard: what must not reach the card does not. The script fails the test
// at any command that it does not expect.
func TestForeignCard(t *testing.T) {
	s, card := watch(t, guard.Policy{}, foreign(t, "03").Expect("80AE800000", "6985").Expect(externalAuth, "9000"))
	readForeign(t, card, "03")
	for _, command := range []string{
		verify, "0020008810" + fmt.Sprintf("%032d", 0), "04200080081111111111111111", "0120008008241234FFFFFFFFFF", pinChange,
		"0024000008241234FFFFFFFFFF", "002C000008241234FFFFFFFFFF", "8416000004AABBCCDD", "8418000004AABBCCDD", "841E000004AABBCCDD",
		"04DA9F580501AABBCCDD", "80DA9F5801FF", "04DC010C0670009F010000", "00D6000001FF", "00E2000001FF", "0044000000", "840E000000",
		"00A4040400000008A000000025010801", "00", "",
	} {
		assert.Equal(t, withheld, send(t, card, command), command)
	}
	assert.False(t, askPIN(t, s, emv.CVMPlaintextPIN))
	assert.False(t, askPIN(t, s, emv.CVMOnlinePIN))
	send(t, card, "80AE800000")
	send(t, card, externalAuth)
	assert.False(t, s.Ours())
	assert.True(t, s.Read())
	assert.Equal(t, []guard.Action{guard.ActionVerify, guard.ActionScript, guard.ActionOther, guard.ActionPINEntry}, s.Withheld())
}

// TestConsent: a PIN may be used on the card that was named, as long as the card
// says that more than one try is left.
func TestConsent(t *testing.T) {
	for name, c := range map[string]struct {
		consent, tries string
		sent           bool
	}{
		"named":               {"0006", "03", true},
		"two tries left":      {"0006", "02", true},
		"the last try":        {"0006", "01", false},
		"no try":              {"0006", "00", false},
		"the card tells none": {"0006", "", false},
		"another card":        {"0007", "03", false},
		"fewer digits":        {"006", "03", false},
		"no consent":          {"", "03", false},
	} {
		t.Run(name, func(t *testing.T) {
			script, want := foreign(t, c.tries), withheld
			if c.sent {
				script.Expect(verify, "9000")
				want = "9000"
			}
			s, card := watch(t, guard.Policy{UsePINOnCard: c.consent}, script)
			readForeign(t, card, c.tries)
			assert.Equal(t, c.sent, askPIN(t, s, emv.CVMPlaintextPIN))
			assert.Equal(t, c.consent == "0006", askPIN(t, s, emv.CVMOnlinePIN), "it spends no try")
			assert.Equal(t, want, send(t, card, verify))
			assert.Equal(t, withheld, send(t, card, pinChange), "consent to a PIN is none to a script")
		})
	}
}

// TestLastTry: wrong PINs stop before the last try, and so does a VERIFY of which
// nobody knows what it came to.
func TestLastTry(t *testing.T) {
	consent := guard.Policy{UsePINOnCard: "0006"}
	s, card := watch(t, consent, foreign(t, "03").Expect(verify, "63C2").Expect(verify, "63C1"))
	readForeign(t, card, "03")
	assert.Equal(t, "63C2", send(t, card, verify))
	assert.Equal(t, "63C1", send(t, card, verify))
	assert.False(t, askPIN(t, s, emv.CVMPlaintextPIN))
	assert.Equal(t, withheld, send(t, card, verify))

	_, card = watch(t, consent, foreign(t, "03").ExpectError(verify, hardware.ErrCardRemoved))
	readForeign(t, card, "03")
	_, err := card.Transmit(t.Context(), unhex(t, verify))
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	assert.Equal(t, withheld, send(t, card, verify), "a try may be gone")

	_, card = watch(t, consent, foreign(t, "03").Expect(verify, "6F00"))
	readForeign(t, card, "03")
	send(t, card, verify)
	assert.Equal(t, withheld, send(t, card, verify))
}

// TestAnotherApplication: what one application has told says nothing of the next.
func TestAnotherApplication(t *testing.T) {
	script := foreign(t, "03").Expect(selectAID, "6F009000").Expect(readNext, "6A83")
	_, card := watch(t, guard.Policy{UsePINOnCard: "0006"}, script)
	readForeign(t, card, "03")
	send(t, card, selectAID)
	assert.Equal(t, withheld, send(t, card, verify))
	send(t, card, readNext)
	assert.Equal(t, withheld, send(t, card, verify))
}

// TestPieces: an answer that comes in pieces is put together, and one after a wrong
// Le is taken once.
func TestPieces(t *testing.T) {
	script := hardwaretest.NewScript(t).Expect(selectAID, "6F009000").
		Expect(readRecord, "6C0C").Expect("00B2010C0C", "700A5A0849296108").Expect("00C0000008", "9999000000069000").
		Expect(getTries, "6104").Expect("00C0000004", "9F1701039000").Expect(verify, "9000")
	_, card := watch(t, guard.Policy{UsePINOnCard: "0006"}, script)
	for _, command := range []string{selectAID, readRecord, "00B2010C0C", "00C0000008", getTries, "00C0000004"} {
		send(t, card, command)
	}
	assert.Equal(t, "9000", send(t, card, verify))
}

// able is a card that can be reset, in a reader with a PIN pad.
type able struct {
	hardware.Card
	verified, reset int
}

func (a *able) Presentation() hardware.Presentation { return hardware.Contactless }

func (a *able) VerifyPIN(context.Context, []byte) ([]byte, error) {
	a.verified++
	return []byte{0x90, 0x00}, nil
}

func (a *able) WarmReset(context.Context) ([]byte, error) {
	a.reset++
	return nil, nil
}

// TestAbilities: the reader's own PIN pad is held to the same rules, and a reset
// forgets the card.
func TestAbilities(t *testing.T) {
	g, err := guard.New(guard.Policy{UsePINOnCard: "0006"})
	require.NoError(t, err)
	powered, err := foreign(t, "03").PowerOn(hardware.Contactless)
	require.NoError(t, err)
	inner := &able{Card: powered}
	s := g.Watch(inner)
	card := s.Card()
	pad, template := card.(hardware.PINVerifier), unhex(t, "002000800820FFFFFFFFFFFFFF")
	answer, err := pad.VerifyPIN(t.Context(), template)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, withheld), answer)
	assert.Zero(t, inner.verified)
	readForeign(t, card, "03")
	answer, err = pad.VerifyPIN(t.Context(), template)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "9000"), answer)
	assert.Equal(t, 1, inner.verified)
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card))

	_, err = card.(hardware.WarmResetter).WarmReset(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, inner.reset)
	assert.False(t, s.Read())
	_, err = pad.VerifyPIN(t.Context(), template)
	require.NoError(t, err)
	assert.Equal(t, 1, inner.verified)

	_, plain := watch(t, guard.Policy{}, hardwaretest.NewScript(t))
	_, ok := plain.(hardware.PINVerifier)
	assert.False(t, ok, "a reader without a pad gets none")
}

// host is a way to the issuer.
type host struct{ asked int }

func (h *host) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	h.asked++
	return &kernel.OnlineResponse{}, nil
}

// TestKnownKeys: a script reaches a card whose cryptogram the keys have made.
func TestKnownKeys(t *testing.T) {
	for _, known := range []bool{false, true} {
		script := foreign(t, "03")
		if known {
			script.Expect(pinChange, "9000")
		}
		seen := &kernel.OnlineRequest{}
		s, card := watch(t, guard.Policy{KnownKeys: func(r *kernel.OnlineRequest) bool { return known && r == seen }}, script)
		readForeign(t, card, "03")
		assert.Equal(t, withheld, send(t, card, pinChange), "before a cryptogram")
		h := &host{}
		_, err := s.Online(h).Authorize(t.Context(), seen)
		require.NoError(t, err)
		assert.Equal(t, 1, h.asked)
		send(t, card, pinChange)
		for _, command := range []string{verify, "04200080081111111111111111", "0024000008241234FFFFFFFFFF", "002C000008241234FFFFFFFFFF"} {
			assert.Equal(t, withheld, send(t, card, command), "keys are no consent to use a PIN")
		}
		if known {
			_, err = s.Online(h).Authorize(t.Context(), &kernel.OnlineRequest{})
			require.NoError(t, err)
			assert.Equal(t, withheld, send(t, card, pinChange), "another request says another thing")
		}
	}
	s, _ := watch(t, guard.Policy{}, hardwaretest.NewScript(t))
	assert.Nil(t, s.Online(nil))
}

// records makes a card of the profile with an account number and returns its
// records.
func records(t *testing.T, pan string) [][]byte {
	t.Helper()
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	amex, err := fs.ReadFile(builtIn, "amex.yaml")
	require.NoError(t, err)
	profile, err := perso.Load(fstest.MapFS{"amex.yaml": {Data: amex}, "test.yaml": {Data: []byte("extends: amex\nname: test\naccount: {pan: \"" + pan + "\"}\n")}}, "test.yaml")
	require.NoError(t, err)
	made, err := perso.Personalise(profile, perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: time.March, Day: 15}})
	require.NoError(t, err)
	var all [][]byte
	for _, f := range made.Image.Applications[0].Files {
		all = append(all, f.Records...)
	}
	return all
}

// reading has the records read, the last of them last.
func reading(t *testing.T, p guard.Policy, all [][]byte) (*guard.Session, hardware.Card, *hardwaretest.Script) {
	t.Helper()
	script := hardwaretest.NewScript(t)
	for i, r := range all {
		script.Expect(fmt.Sprintf("00B2%02X0C00", i+1), fmt.Sprintf("%X9000", r))
	}
	s, card := watch(t, p, script)
	for i := range all {
		send(t, card, fmt.Sprintf("00B2%02X0C00", i+1))
	}
	return s, card, script
}

// TestOurs: a card is ours by a certificate of the till test CA for a test number,
// and by nothing less.
func TestOurs(t *testing.T) {
	own := records(t, "374245001741007")
	s, card, script := reading(t, guard.Policy{}, own)
	assert.True(t, s.Ours())
	script.Expect(verify, "63C0").Expect(verify, "6983").Expect(pinChange, "9000").Expect("00D6000001FF", "6D00")
	for _, command := range []string{verify, verify, pinChange, "00D6000001FF"} {
		send(t, card, command)
	}
	assert.True(t, askPIN(t, s, emv.CVMPlaintextPIN))
	assert.Empty(t, s.Withheld())

	altered := func(tag []byte, at int) [][]byte {
		var all [][]byte
		for _, r := range own {
			r = bytes.Clone(r)
			if i := bytes.Index(r, tag); i >= 0 && len(r) > i+len(tag)+at {
				r[i+len(tag)+at] ^= 1
			}
			all = append(all, r)
		}
		return all
	}
	for name, all := range map[string][][]byte{
		"a number in no test range":      records(t, "371449635398431"),
		"another number than certified":  append([][]byte{unhex(t, "700A5A085413330089600044")}, own...),
		"altered certificate":            altered([]byte{0x90, 0x81, 0xB0}, 20),
		"no records":                     nil,
		"number alone":                   {unhex(t, testPAN[:len(testPAN)-4])},
		"without the issuer certificate": own[:2],
	} {
		s, _, _ := reading(t, guard.Policy{}, all)
		assert.False(t, s.Ours(), name)
	}
	s, _, _ = reading(t, guard.Policy{EmulatedCardsOnly: true}, nil)
	assert.True(t, s.Ours())
}

// strict is a card that must get nothing but harmless commands.
type strict struct {
	hardware.Card
	t      *testing.T
	answer []byte
}

func (s strict) Transmit(_ context.Context, command []byte) ([]byte, error) {
	require.GreaterOrEqual(s.t, len(command), 4)
	require.Contains(s.t, []byte{0x00, 0x80}, command[0])
	require.Contains(s.t, []byte{0xA4, 0xB2, 0xA8, 0xCA, 0xC0, 0xAE, 0x88, 0x82, 0x84, 0x2A}, command[1])
	return s.answer, nil
}

// FuzzForeignCard: whatever is said, no VERIFY and no script reaches a card without
// consent.
func FuzzForeignCard(f *testing.F) {
	f.Add([]byte("\x0500B2"), []byte("9000"))
	for _, c := range []string{selectAID, readRecord, getTries, verify, pinChange} {
		f.Add(unhex(f, c), unhex(f, foreignPAN))
	}
	f.Fuzz(func(t *testing.T, commands, answer []byte) {
		g, err := guard.New(guard.Policy{UsePINOnCard: "9999"})
		require.NoError(t, err)
		s := g.Watch(strict{t: t, answer: answer})
		card := s.Card()
		for len(commands) > 0 {
			n := min(len(commands), 1+int(commands[0])%32)
			_, err := card.Transmit(t.Context(), commands[:n])
			require.NoError(t, err)
			commands = commands[n:]
		}
	})
}
