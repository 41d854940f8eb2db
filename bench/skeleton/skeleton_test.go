package skeleton_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/skeleton"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata/need"
)

// issued is a card that was made of a profile.
type issued struct {
	perso.Card
	powered hardware.Card
}

func issue(t *testing.T, text []byte) issued {
	t.Helper()
	p, err := perso.Load(fstest.MapFS{"s.yaml": {Data: text}}, "s.yaml")
	require.NoError(t, err, string(text))
	made, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: time.March, Day: 1}})
	require.NoError(t, err)
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, key, made.Image, nil))
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	powered, err := icc.PowerOn(hardware.Contact)
	require.NoError(t, err)
	return issued{made, powered}
}

// purchase has the kernel take the card through a purchase without a host, and
// records it.
func (i issued) purchase(t *testing.T, aid []byte, date time.Time) (*kernel.Result, trace.Recording) {
	t.Helper()
	p, err := profile.Named("demo")
	require.NoError(t, err)
	p.Applications[0].AID, p.Applications[0].PartialSelection = aid, false
	p.CAPublicKeys, err = oda.NewCAPublicKeys(i.CAPublicKeys...)
	require.NoError(t, err)
	k, err := kernel.New(kernel.Config{Profile: p})
	require.NoError(t, err)
	digits, err := pin.Parse([]byte("1234"))
	require.NoError(t, err)
	recorder := trace.NewRecorder(nil)
	result, err := k.Transact(t.Context(), recorder.Card(i.powered), pinpad.NewScripted(kernel.Entered(digits)), nil, kernel.Transaction{Amount: 1234, Time: date})
	require.NoError(t, err)
	return result, recorder.Recording()
}

// recordsOf returns the data objects that stand in records, by tag.
func recordsOf(t *testing.T, r trace.Recording) map[emv.Tag]string {
	t.Helper()
	found := map[emv.Tag]string{}
	r.Exchanges(func(e trace.Exchange) {
		nodes, err := tlv.Parse(e.Response.Data)
		if err == nil && len(nodes) > 0 && len(nodes[0].Children) > 0 && nodes[0].Children[0].Tag == 0x61 {
			return // of the directory
		}
		if e.Command.INS != apdu.INSReadRecord || e.Response.SW != apdu.SWSuccess || err != nil || len(nodes) == 0 || nodes[0].Tag != 0x70 {
			return
		}
		for _, n := range nodes[0].Children {
			if _, there := found[n.Tag]; !there {
				found[n.Tag] = fmt.Sprintf("%X", n.Value)
			}
		}
	})
	return found
}

// replaced are the data objects that a card of a skeleton has other values of.
var replaced = []emv.Tag{0x5A, 0x57, 0x5F20, 0x8F, 0x90, 0x92, 0x93, 0x9F32, 0x9F46, 0x9F47, 0x9F48, 0x9F2D, 0x9F2E, 0x9F2F}

// leftOut are those that may say whose a card is.
var leftOut = []emv.Tag{0x9F1F, 0x9F20, 0x9F0B, 0x9F6B, 0x56}

func read(t *testing.T, lines string) trace.Recording {
	t.Helper()
	r, err := trace.ParseLines(strings.NewReader(lines))
	require.NoError(t, err)
	return r
}

// requireKept compares the records of a recording with those of the card that was
// made of it.
func requireKept(t *testing.T, recorded, made trace.Recording) {
	t.Helper()
	before, after := recordsOf(t, recorded), recordsOf(t, made)
	kept := 0
	for tag, value := range before {
		if contains(replaced, tag) || contains(leftOut, tag) {
			continue
		}
		assert.Equal(t, value, after[tag], "%s", tag)
		kept++
	}
	assert.Greater(t, kept, 8)
}

func contains(tags []emv.Tag, tag emv.Tag) bool {
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}

// requireAuthentic: the new certificates lead to the test CA, and static and dynamic
// data are right.
func requireAuthentic(t *testing.T, r *kernel.Result) {
	t.Helper()
	for _, bit := range []emv.Bit[emv.TVR]{emv.TVRSDAFailed, emv.TVRDDAFailed, emv.TVRCDAFailed, emv.TVRICCDataMissing} {
		assert.False(t, r.TVR.Has(bit), "%s: %v", r.TVR, r.Steps)
	}
	assert.True(t, r.TSI.Has(emv.TSIOfflineDataAuthenticationPerformed))
	assert.True(t, r.Cryptogram)
}

// ownRecording is a purchase with a card of till.
func ownRecording(t *testing.T, pan string) trace.Recording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "profiles", "amex.yaml"))
	require.NoError(t, err)
	profile := strings.Replace(string(text), `pan: "374245001741007"`, fmt.Sprintf("pan: %q", pan), 1)
	profile = strings.Replace(profile, "TEST CARD/TILL", "SOMEBODY/REAL", 1)
	profile = strings.Replace(profile, "    ddol: 9F3704\n", "    ddol: 9F3704\n    objects: {\"9F14\": \"03\", \"DF01\": \"0102\", \"9F05\": \""+hex.EncodeToString(account.Pack([]byte(pan)))+"\"}\n", 1)
	made := issue(t, []byte(profile))
	_, r := made.purchase(t, unhex(t, "A000000025010801"), noon(2026))
	return r
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func noon(year int) time.Time { return time.Date(year, time.March, 15, 12, 0, 0, 0, time.UTC) }

// TestOwnCard makes a card of a recording of one of our own.
func TestOwnCard(t *testing.T) {
	recorded := ownRecording(t, "374245001741007")
	s, err := skeleton.Make(recorded)
	require.NoError(t, err)
	assert.Contains(t, string(s.Text), `pan: "374245001741007"`)
	assert.Contains(t, string(s.Text), `"DF01": "0102"`)
	assert.NotContains(t, string(s.Text), "SOMEBODY")
	made := issue(t, s.Text)
	result, again := made.purchase(t, s.Applications[0], noon(2026))
	requireAuthentic(t, result)
	before, after := recordsOf(t, recorded), recordsOf(t, again)
	for tag, value := range before {
		if !contains(replaced, tag) && tag != 0x9F05 {
			assert.Equal(t, value, after[tag], "%s", tag)
		}
	}
	assert.Equal(t, before[0x5A], after[0x5A])
	assert.NotEqual(t, before[0x5F20], after[0x5F20])
	assert.NotContains(t, after, emv.Tag(0x9F05), "it held the account number")
}

// TestLiveNumber: a number in no test range is in nothing that a skeleton says, and
// what may hold a piece of it is left out.
func TestLiveNumber(t *testing.T) {
	const live = "371449635398431"
	s, err := skeleton.Make(ownRecording(t, live))
	require.NoError(t, err)
	text := strings.ToUpper(string(s.Text))
	for i := 0; i+8 <= len(live); i++ {
		assert.NotContains(t, text, live[i:i+8])
		assert.NotContains(t, text, strings.ToUpper(hex.EncodeToString([]byte(live[i:i+8]))))
	}
	assert.Contains(t, string(s.Text), `pan_prefix: "374245"`)
	assert.Contains(t, string(s.Text), "pan_length: 15")
	assert.NotContains(t, string(s.Text), `"DF01":`, "nobody knows what it says")
	assert.Contains(t, string(s.Text), `"9F14": "03"`)
	assert.Contains(t, strings.Join(s.Notes, "\n"), "The account number was in no test range and is replaced.")
	result, _ := issue(t, s.Text).purchase(t, s.Applications[0], noon(2026))
	requireAuthentic(t, result)
	result.PAN.Open(func(digits []byte) { assert.NotEqual(t, live, string(digits)) })
	assert.True(t, result.PAN.IsTestNumber())
}

// masked returns what is left of a recording that was written masked.
func masked(t *testing.T, r trace.Recording) trace.Recording {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.Write(&b, trace.Lines))
	return read(t, b.String())
}

// TestMaskedRecording: nobody needs to record a live card in clear.
func TestMaskedRecording(t *testing.T) {
	clear := ownRecording(t, "371449635398431")
	want, err := skeleton.Make(clear)
	require.NoError(t, err)
	s, err := skeleton.Make(masked(t, clear))
	require.NoError(t, err)
	_, wantBody, _ := strings.Cut(string(want.Text), "\nname:")
	_, body, _ := strings.Cut(string(s.Text), "\nname:")
	assert.Equal(t, wantBody, body)
	assert.Contains(t, strings.Join(s.Notes, "\n"), "The account number was masked and is replaced.")
	result, _ := issue(t, s.Text).purchase(t, s.Applications[0], noon(2026))
	requireAuthentic(t, result)
}

// TestForeignCards makes cards of what others have recorded.
func TestForeignCards(t *testing.T) {
	for name, c := range map[string]struct {
		year      int
		authentic bool // the recording has certificates
	}{
		"mastercard-contact":        {2012, true},
		"mastercard-contactless":    {2012, true},
		"visa-contact":              {2016, false},
		"amex-cda-contactless-chip": {2014, true},
		"test-card-t0-full":         {2018, true},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(need.Foreign(t, "traces"), name+".txt"))
			require.NoError(t, err)
			recorded := read(t, string(text))
			s, err := skeleton.Make(recorded)
			require.NoError(t, err)
			result, made := issue(t, s.Text).purchase(t, s.Applications[0], noon(c.year))
			if c.authentic {
				requireAuthentic(t, result)
			}
			assert.True(t, result.PAN.IsTestNumber())
			assert.True(t, result.Cryptogram, "%s %s", result.Outcome, result.Reason)
			requireKept(t, recorded, made)
		})
	}
}

// TestNoCard: what shows no card is refused.
func TestNoCard(t *testing.T) {
	for _, lines := range []string{
		"ATR: 3B600000\n", "C: 00A4040008A00000002501080100\nR: 6A82\n",
		"C: 00A404000E315041592E5359532E444446303100\nR: 6F10840E315041592E5359532E44444630319000\n",
		"C: 00B2010C00\nR: 700A5A08374245001741007F9000\n",
	} {
		_, err := skeleton.Make(read(t, lines))
		require.ErrorContains(t, err, "no application was selected, and its records read", lines)
	}
}

// FuzzMake: whatever was recorded, there is no panic, and no live number stays.
func FuzzMake(f *testing.F) {
	f.Add("C: 00A40400\nR:200A8408A000000025A200009000\nC: 80b21881\nR: 700A800837144963539843109000 ")
	f.Add("C: 00A4040008A00000002501080100\nR: 6F0A8408A0000000250108019000\nC: 80A8000002830000\nR: 80063C00080101009000\nC: 00B2010C00\nR: 700A5A08371449635398431F9000\n")
	f.Fuzz(func(t *testing.T, lines string) {
		r, err := trace.ParseLines(strings.NewReader(lines))
		if err != nil {
			return
		}
		s, err := skeleton.Make(r)
		if err == nil {
			require.NotContains(t, string(s.Text), "371449635398431")
		}
	})
}
