package trace_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/testdata/need"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func parse(t testing.TB, lines string) trace.Recording {
	t.Helper()
	r, err := trace.ParseLines(strings.NewReader(lines))
	require.NoError(t, err)
	return r
}

func linesOf(t testing.TB, r trace.Recording) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.UnmaskedLinesOfTestCard(&b))
	return b.String()
}

func jsonOf(t testing.TB, r trace.Recording) string {
	t.Helper()
	b, err := json.Marshal(r)
	require.NoError(t, err)
	return string(b)
}

// play sends the commands of a dialogue in line format to a card and compares
// the answers.
func play(t *testing.T, card hardware.Card, lines string) {
	t.Helper()
	var command string
	for line := range strings.Lines(lines) {
		word, digits, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch word {
		case "C":
			command = digits
		case "R":
			response, err := card.Transmit(t.Context(), unhex(t, command))
			require.NoError(t, err, command)
			require.Equal(t, digits, strings.ToUpper(hex.EncodeToString(response)), command)
		}
	}
}

// TestForeignDialogues reads dialogues that others recorded, plays them, and
// writes them without the account numbers in them.
func TestForeignDialogues(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Foreign(t, "traces"), "*.txt"))
	require.NoError(t, err)
	played := 0
	for _, name := range files {
		if filepath.Base(name) == "LICENCES.txt" {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			r := parse(t, string(text))
			player := trace.NewPlayer(trace.PlayerConfig{Recording: r})
			card, err := player.PowerOn(hardware.Contact)
			require.NoError(t, err)
			recorder := trace.NewRecorder(nil)
			play(t, recorder.Card(card), string(text))
			require.NoError(t, player.Close())
			again := recorder.Recording()
			assert.Equal(t, r.Len()+1, again.Len(), "the recording has the reset as well")
			assert.Equal(t, "ATR: 3B600000\n"+linesOf(t, r), linesOf(t, again))
			assert.Equal(t, "step - | 1, cold reset: only in the second", trace.Diff(r, again)[0].String())
			assert.Len(t, trace.Diff(r, again), 1)
			accounts := accountsIn(t, string(text))
			require.NotEmpty(t, accounts)
			for _, digits := range accounts {
				requireHidden(t, r, digits)
			}
			assert.NotContains(t, textOf(t, r), "malformed")
		})
		played++
	}
	assert.GreaterOrEqual(t, played, 5)
}

// accountsIn returns the digits of the account numbers in tags 5A, 57, 56 and
// 9F6B of a dialogue.
func accountsIn(t *testing.T, lines string) [][]byte {
	t.Helper()
	var found [][]byte
	for line := range strings.Lines(lines) {
		digits, isResponse := strings.CutPrefix(strings.TrimSpace(line), "R: ")
		if !isResponse {
			continue
		}
		b := unhex(t, digits)
		nodes, err := tlv.Parse(b[:len(b)-2])
		if err != nil {
			continue
		}
		for _, n := range nodes {
			for _, c := range n.Children {
				switch c.Tag {
				case 0x5A:
					pan, err := account.DecodePAN(c.Value)
					require.NoError(t, err)
					pan.Open(func(digits []byte) { found = append(found, bytes.Clone(digits)) })
				case 0x57, 0x9F6B:
					found = append(found, []byte(hex.EncodeToString(c.Value)[:14]))
				case 0x56:
					found = append(found, bytes.Clone(c.Value[1:14]))
				}
			}
		}
	}
	return found
}

// forms are the ways in which bytes or digits could show.
func forms(clear []byte) []string {
	packed := account.Pack(clear)
	found := []string{string(clear)}
	for _, b := range [][]byte{clear, packed} {
		found = append(found, hex.EncodeToString(b), strings.Trim(fmt.Sprint(b), "[]"))
		for skip := range 3 { // base64 of the bytes at any place in a longer string
			middle := b[min(skip, len(b)):]
			if whole := middle[:len(middle)/3*3]; len(whole) > 0 {
				found = append(found, base64.RawStdEncoding.EncodeToString(whole))
			}
		}
	}
	return found
}

// requireHidden searches everything that is written of a recording by default.
func requireHidden(t *testing.T, r trace.Recording, clear []byte) {
	t.Helper()
	sinks := map[string]string{"text": textOf(t, r), "json": jsonOf(t, r), "fmt": fmt.Sprintf("%v %+v %#v %s %x", r, r, r, r, r)}
	for _, f := range []trace.Format{trace.Lines, trace.Pairs, trace.Pcap} {
		written := writtenAs(t, r, f, false)
		sinks[string(f)] = written + hex.EncodeToString([]byte(written))
	}
	for _, d := range trace.Diff(r, trace.Recording{}) {
		sinks["diff"] += d.String() + fmt.Sprintf("%+v", d)
	}
	for sink, text := range sinks {
		require.NotEmpty(t, text)
		for _, form := range forms(clear) {
			require.NotContains(t, strings.ToLower(text), strings.ToLower(form), sink)
		}
	}
}

// The canaries, unlike anything else in the dialogue.
const (
	canaryPAN = "374245719638504"
	canaryPIN = "49297183" // digits of a PIN of 8
)

// canaryDialogue has the canaries wherever a dialogue could hold them.
func canaryDialogue(t *testing.T) string {
	pan := account.Pack([]byte(canaryPAN))
	block := "28" + canaryPIN + "FFFFFF"
	fci := tlv.Append(nil, 0x6F, tlv.Append(nil, 0x84, unhex(t, "A000000025010801")),
		tlv.Append(nil, 0xA5, tlv.Append(nil, 0x9F38, unhex(t, "9F35015A089902"))))
	record := tlv.Append(nil, 0x70,
		tlv.Append(nil, 0x5A, pan), tlv.Append(nil, 0x57, unhex(t, canaryPAN+"D27122019876543210F")),
		tlv.Append(nil, 0x8C, unhex(t, "9F37045A089908")), tlv.Append(nil, 0x8D, unhex(t, "8A029F3704")),
		tlv.Append(nil, 0x9F49, unhex(t, "9F37045A08")),
		tlv.Append(nil, 0xDF01, append([]byte{0x01}, pan...)), tlv.Append(nil, 0xDF02, unhex(t, "0"+canaryPAN)),
		tlv.Append(nil, 0x9F7C, []byte("account "+canaryPAN)))
	digits := strings.ToUpper(hex.EncodeToString(pan))
	var b strings.Builder
	exchange := func(command, data, response string) {
		fmt.Fprintf(&b, "C: %s%02X%s\nR: %s\n", command, len(data)/2, data, response)
	}
	b.WriteString("ATR: 3B600000\n")
	exchange("00A40400", "A000000025010801", fmt.Sprintf("%X9000", fci))
	exchange("80A80000", "830B22"+digits+canaryPIN[:4], "80065800080101009000")
	fmt.Fprintf(&b, "C: 00B2010C00\nR: %X9000\n", record)
	exchange("00200080", block, "63C2")
	exchange("00200088", block+block, "63C1")
	exchange("04200080", block, "9000")
	exchange("00880000", "01020304"+digits, "800801020304050607089000")
	exchange("80AE8000", "01020304"+digits+block, "800B80000100010203040506079000")
	exchange("00820000", "010203040506070830303030", "9000")
	exchange("84240002", block+block+"01020304", "9000")
	exchange("80AE4000", "303005060708", "77099F2701409F360200019000")
	exchange("00240000", block+block, "6D00")
	exchange("002C0000", block+block, "6D00")
	exchange("80A80000", "83"+"0A"+digits+canaryPIN[:4], "6700") // not as the PDOL has it
	exchange("80AE8000", digits+block, "6700")
	exchange("80DA005A", digits, "6D00")
	b.WriteString("C: 0020008009" + block + "\nR: 6700\n")  // malformed
	b.WriteString("C: 00C0000008\nR: " + digits + "9000\n") // a piece of a record
	b.WriteString("P: 0020008008FFFFFFFFFFFFFFFF\nR: 9000\n")
	b.WriteString("warm ATR: 3B600000\n")
	exchange("80AE8000", digits+block, "6985") // without a list
	b.WriteString("C: 80CA9F1700\nE: card removed\n")
	return b.String()
}

func TestCanaries(t *testing.T) {
	r := parse(t, canaryDialogue(t))
	requireHidden(t, r, []byte(canaryPAN))
	requireHidden(t, r, []byte(canaryPIN))
	requireHidden(t, r, unhex(t, "28"+canaryPIN+"FFFFFF"))
	text := textOf(t, r)
	for _, shown := range []string{"374245*****8504", "9F7C  Customer Exclusive Data (CED)  6163636F756E7420[hidden]", "9F37  Unpredictable Number  01020304",
		"8A  Authorisation Response Code  3030", "9F26  Application Cryptogram  0001020304050607", "PIN entered at the reader",
		"warm reset  3B600000", "no answer: card removed", "9F4B  Signed Dynamic Application Data  0102030405060708"} {
		assert.Contains(t, text, shown)
	}
	assert.True(t, json.Valid([]byte(jsonOf(t, r))))

	unmasked, err := r.UnmaskedJSONOfTestCard()
	require.NoError(t, err)
	assert.Contains(t, string(unmasked), canaryPAN, "the search finds what is there")
	assert.Contains(t, linesOf(t, r), canaryPIN)
}

func TestJSON(t *testing.T) {
	r := parse(t, "ATR: 3B600000\nC: 80CA9F1700\nR: 9F1701039000\nP: 0020008000\nE: reader failed\nwarm ATR:\nE: cancelled\n")
	assert.JSONEq(t, `{"steps":[
		{"step":1,"reset":"cold","atr":"3B600000"},
		{"step":2,
		 "command":{"label":"80CA9F17","name":"GET DATA","notes":["Personal Identification Number (PIN) Try Counter","expects up to 256 bytes"]},
		 "response":{"label":"9000","name":"success","items":[{"label":"9F17","name":"Personal Identification Number (PIN) Try Counter","value":"03"}]}},
		{"step":3,"pin_pad":true,"command":{"label":"00200080","name":"VERIFY","notes":["plaintext PIN","expects up to 256 bytes"]},"error":"reader failed"},
		{"step":4,"reset":"warm","error":"cancelled"}]}`, jsonOf(t, r))
	assert.JSONEq(t, `{"steps":[]}`, jsonOf(t, trace.Recording{}))
}

func TestLines(t *testing.T) {
	lines := "ATR: 3B600000\nC: 80CA9F1700\nR: 9F1701039000\nwarm ATR: 3B6000\nP: 00200080\nR: 63C2\nwarm ATR: \nE: reader failed\nC: 00\nR: \nC: 00\nE: cancelled\nATR: \n"
	r := parse(t, lines)
	assert.Equal(t, 8, r.Len())
	assert.Equal(t, lines, linesOf(t, r))
	spaced := parse(t, "# comment\n\n  C: 80 ca 9f 17 00 \r\nR:9f17 01039000")
	assert.Equal(t, "C: 80CA9F1700\nR: 9F1701039000\n", linesOf(t, spaced))
	assert.Equal(t, "[secret]", fmt.Sprint(r))
}

func TestLinesRefuse(t *testing.T) {
	for lines, why := range map[string]string{
		"C: 00A4":               "line 1: the last command has no answer",
		"warm ATR:":             "line 1: the last command has no answer",
		"C: 00A4\nC: 00A4":      "line 2: the command before has no answer",
		"R: 9000":               "line 1: an answer without a command",
		"ATR: 3B\nR: 9000":      "line 2: an answer without a command",
		"warm ATR:\nR: 9000":    "line 2: an answer without a command",
		"C: 0\nR: 9000":         "line 1: want pairs",
		"C: 00A4\nR: 9":         "line 2: want pairs",
		"C:\nR: 9000":           "line 1: empty command",
		"C: 00A4\nE: it rained": "line 2: unknown reason",
		"C 00A4":                "line 1: no colon",
		"X: 00A4":               "line 1: unknown word",
		"C: 00A4\nR: 90 zz":     "line 2: want pairs",
	} {
		_, err := trace.ParseLines(strings.NewReader(lines))
		require.ErrorIs(t, err, emv.ErrMalformed, lines)
		assert.ErrorContains(t, err, why, lines)
	}
	_, err := trace.ParseLines(strings.NewReader("C: 00\nR: 9000\n" + strings.Repeat("0", 1<<19)))
	assert.ErrorContains(t, err, "after line 2")
	_, err = trace.ParseLines(strings.NewReader(strings.Repeat("C: 00\nR: 9000\n", 1<<14+1)))
	assert.ErrorContains(t, err, "more than 16384 steps")
}

// broken is a sink that takes nothing.
type broken struct{}

var errFull = errors.New("disk full")

func (broken) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	r := parse(t, "C: 00\nR: 9000")
	assert.ErrorIs(t, r.WriteText(broken{}), errFull)
	assert.ErrorIs(t, r.UnmaskedLinesOfTestCard(broken{}), errFull)
}

// able is a card in a reader with every ability.
type able struct{ hardware.Card }

func (able) WarmReset(context.Context) ([]byte, error)         { return []byte{0x3B}, nil }
func (able) VerifyPIN(context.Context, []byte) ([]byte, error) { return []byte{0x90, 0x00}, nil }

func TestRecorder(t *testing.T) {
	command := []byte{0x80, 0xCA, 0x9F, 0x17, 0x00}
	inner, err := hardwaretest.NewScript(t).Expect("80CA9F1700", "9F1701039000").
		ExpectError("80CA9F1700", fmt.Errorf("wrapped: %w", hardware.ErrCardRemoved)).
		ExpectError("80CA9F1700", context.DeadlineExceeded).ExpectError("80CA9F1700", errFull).PowerOn(hardware.Contactless)
	require.NoError(t, err)
	recorder := trace.NewRecorder(nil)
	card := recorder.Card(able{inner})
	for range 4 {
		_, _ = card.Transmit(t.Context(), command)
	}
	_, err = card.(hardware.PINVerifier).VerifyPIN(t.Context(), []byte{0x00, 0x20, 0x00, 0x80})
	require.NoError(t, err)
	before := recorder.Recording()
	_, err = card.(hardware.WarmResetter).WarmReset(t.Context())
	require.NoError(t, err)
	lines := "ATR: 3B600000\nC: 80CA9F1700\nR: 9F1701039000\nC: 80CA9F1700\nE: card removed\nC: 80CA9F1700\nE: cancelled\n" +
		"C: 80CA9F1700\nE: reader failed\nP: 00200080\nR: 9000\n"
	assert.Equal(t, lines, linesOf(t, before))
	assert.Equal(t, lines+"warm ATR: 3B\n", linesOf(t, recorder.Recording()))
	assert.NotContains(t, jsonOf(t, before), `"at"`)

	plain := recorder.Card(inner)
	assert.Equal(t, hardware.Contactless, hardware.PresentationOf(plain))
	_, isResetter := plain.(hardware.WarmResetter)
	_, isVerifier := plain.(hardware.PINVerifier)
	assert.False(t, isResetter || isVerifier)
}

func TestRecorderWithClock(t *testing.T) {
	c := clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC))
	inner, err := hardwaretest.NewScript(t).Expect("80CA9F1700", "6A88").PowerOn(hardware.Contact)
	require.NoError(t, err)
	recorder := trace.NewRecorder(c)
	card := recorder.Card(slow{inner, c})
	c.Advance(time.Second)
	_, err = card.Transmit(t.Context(), []byte{0x80, 0xCA, 0x9F, 0x17, 0x00})
	require.NoError(t, err)
	assert.Contains(t, jsonOf(t, recorder.Recording()), `"at":"1s","took":"20ms"`)
	assert.NotContains(t, textOf(t, recorder.Recording()), "20ms")
}

// slow is a card that takes 20 ms for a command.
type slow struct {
	hardware.Card
	clock *clock.Virtual
}

func (s slow) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	defer s.clock.Advance(20 * time.Millisecond)
	return s.Card.Transmit(ctx, command)
}

func TestRecorderIsBounded(t *testing.T) {
	recorder := trace.NewRecorder(nil)
	card := recorder.Card(able{atrOnly{}})
	for range 1<<14 + 1 {
		_, err := card.(hardware.PINVerifier).VerifyPIN(t.Context(), nil)
		require.NoError(t, err)
	}
	r := recorder.Recording()
	assert.Equal(t, 1<<14, r.Len())
	assert.Contains(t, textOf(t, r), "\n2 further steps were not kept\n")
	assert.Contains(t, jsonOf(t, r), `"dropped":2`)
}

// atrOnly is a card that is asked for its ATR alone.
type atrOnly struct{ hardware.Card }

func (atrOnly) ATR() []byte { return []byte{0x3B} }

// TestReader shows that a reader that is recorded is a reader.
func TestReader(t *testing.T) {
	hardwaretest.TestReader(t, func(*testing.T) (hardware.Reader, hardwaretest.Hand) {
		s := slot.New("slot")
		return trace.NewRecorder(nil).Reader(s), s
	})
}

func BenchmarkRecord(b *testing.B) {
	command, answer := []byte{0x80, 0xCA, 0x9F, 0x17, 0x00}, []byte{0x9F, 0x17, 0x01, 0x03, 0x90, 0x00}
	for b.Loop() {
		card := trace.NewRecorder(nil).Card(fixed{answer: answer})
		for range 25 {
			if _, err := card.Transmit(b.Context(), command); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// fixed is a card that has one answer.
type fixed struct {
	hardware.Card
	answer []byte
}

func (fixed) ATR() []byte                                        { return []byte{0x3B} }
func (f fixed) Transmit(context.Context, []byte) ([]byte, error) { return f.answer, nil }

func FuzzParseLines(f *testing.F) {
	f.Add("ATR: 3B600000\nC: 80CA9F1700\nR: 9F1701039000\nC: 00200080\nE: card removed\n")
	f.Add("C: 80A8000002830000\nR: 800658000801010" + "09000\nwarm ATR:\nE: cancelled\nP: 00\nR: 63C2")
	f.Add("C: 80AE800000\nR: 7700900" + "0\nC: 00C0000010\nR: 6F2C9000")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := trace.ParseLines(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := linesOf(t, r)
		again := parse(t, lines)
		require.Equal(t, lines, linesOf(t, again))
		require.Empty(t, trace.Diff(r, again))
		require.True(t, json.Valid([]byte(jsonOf(t, r))))
		require.NotPanics(t, func() { _ = textOf(t, r) })
	})
}
