package trace_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	emulated "github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/testdata"
)

// certifiedPAN is the account of the card that certifiedDialogue reads.
const certifiedPAN = "374245001741007"

// certifiedDialogue reads all records of an emulated card that has both
// certificates of a card, and returns the public key of its CA as well.
func certifiedDialogue(t *testing.T) (trace.Recording, oda.PublicKey) {
	t.Helper()
	personalised := personalised(t)
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	memory := emulated.NewMemory()
	require.NoError(t, emulated.Create(memory, key, personalised.Image, nil))
	icc, err := emulated.Open(emulated.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	powered, err := icc.PowerOn(hardware.Contact)
	require.NoError(t, err)
	recorder := trace.NewRecorder(nil)
	read(t, recorder.Card(powered), personalised.Image.Applications[0].Contact.AFL)
	require.Len(t, personalised.CAPublicKeys, 1)
	return recorder.Recording(), personalised.CAPublicKeys[0].Key
}

func personalised(t *testing.T) perso.Card {
	t.Helper()
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	amex, err := fs.ReadFile(builtIn, "amex.yaml")
	require.NoError(t, err)
	profile, err := perso.Load(fstest.MapFS{"amex.yaml": {Data: amex}, "test.yaml": {Data: []byte(`
extends: amex
name: test
account: {pan: "` + certifiedPAN + `"}
applications:
  - aid: A000000025010801
    label: TEST
    pdol: 9F3501
    cdol1: 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704
    cdol2: 8A02 9F3704
    cryptogram: amex-style
    script: amex-style
    oda: {method: dda, ca: 1408, issuer: 1152, icc: 1024, pin: 896}
`)}}, "test.yaml")
	require.NoError(t, err)
	made, err := perso.Personalise(profile, perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: time.March, Day: 15}})
	require.NoError(t, err)
	return made
}

// read selects the application, begins a transaction and reads the records.
func read(t *testing.T, c hardware.Card, afl emv.AFL) {
	t.Helper()
	commands := []string{"00A4040008A00000002501080100", "80A80000038301220" + "0"}
	for _, e := range afl {
		for number := e.First; number <= e.Last; number++ {
			commands = append(commands, hex.EncodeToString([]byte{0x00, 0xB2, number, e.SFI<<3 | 4, 0x00}))
		}
	}
	for _, command := range commands {
		b, err := c.Transmit(t.Context(), unhex(t, command))
		require.NoError(t, err)
		r, err := apdu.ParseResponse(b)
		require.NoError(t, err)
		require.Equal(t, apdu.SWSuccess, r.SW, command)
	}
}

// digitRuns matches the hexadecimal digits of what is long enough for a
// certificate or a signature.
var digitRuns = regexp.MustCompile(`[0-9A-Fa-f]{64,}`)

// recovered returns what the keys of a chain find in the digits of a text.
func recovered(text string, issuer oda.PublicKey) (found [][]byte) {
	for _, digits := range digitRuns.FindAllString(text, -1) {
		if b, err := hex.DecodeString(digits[:len(digits)/2*2]); err == nil {
			if message, err := issuer.Recover(b); err == nil {
				found = append(found, message)
			}
		}
	}
	return found
}

// issuerKey recovers the public key of the issuer from the records in clear.
func issuerKey(t *testing.T, r trace.Recording, ca oda.PublicKey) oda.PublicKey {
	t.Helper()
	values := map[emv.Tag][]byte{}
	for line := range strings.Lines(linesOf(t, r)) {
		digits, isResponse := strings.CutPrefix(strings.TrimSpace(line), "R: 70")
		if !isResponse {
			continue
		}
		record := unhex(t, "70"+digits)
		nodes, err := tlv.Parse(record[:len(record)-2])
		require.NoError(t, err)
		for _, n := range nodes[0].Children {
			values[n.Tag] = n.Value
		}
	}
	issuer, err := oda.RecoverIssuerCertificate(ca, oda.Certificate{Signed: values[0x90], Remainder: values[0x92], Exponent: values[0x9F32]})
	require.NoError(t, err)
	return issuer.Key
}

// TestCertificatesGiveNoAccountAway does what anyone can who has a masked trace
// and the file of CA public keys: recover what certificates hold.
func TestCertificatesGiveNoAccountAway(t *testing.T) {
	r, ca := certifiedDialogue(t)
	issuer := issuerKey(t, r, ca)
	pan := account.Pack([]byte(certifiedPAN))
	holding := func(text string) (count int) {
		for _, message := range recovered(text, issuer) {
			if bytes.Contains(message, pan[:len(pan)-1]) {
				count++
			}
		}
		return count
	}
	var values strings.Builder // of the records, each data object by itself
	for line := range strings.Lines(linesOf(t, r)) {
		for _, tag := range []string{"9F468190", "9F2D8190"} {
			if _, value, ok := strings.Cut(strings.TrimSpace(line), tag); ok {
				values.WriteString(value[:2*0x90] + "\n")
			}
		}
	}
	require.Equal(t, 2, holding(values.String()), "the attempt succeeds in clear")
	masked, err := json.Marshal(r)
	require.NoError(t, err)
	for _, text := range []string{textOf(t, r), string(masked)} {
		assert.Contains(t, text, "ICC Public Key Certificate")
		assert.Contains(t, text, "ICC PIN Encipherment Public Key Certificate")
		assert.Zero(t, holding(text))
	}
}

// TestPieces: an answer that comes in pieces is explained as a whole, with the
// last of them, and the account number in it is hidden wherever it is repeated.
func TestPieces(t *testing.T) {
	for name, lines := range map[string]string{
		"cut before the PAN":              "C: 00B2010C00\nR: 700A5A086108\nC: 00C0000008\nR: 50061122334455669000\n",
		"cut within the PAN":              "C: 00B2010C00\nR: 700A5A0850061122336103\nC: 00C0000003\nR: 4455669000\n",
		"in three":                        "C: 00B2010C00\nR: 700A610A\nC: 00C0000006\nR: 5A08500611226104\nC: 00C0000004\nR: 334455669000\n",
		"all behind 61xx":                 "C: 00B2010C00\nR: 610C\nC: 00C000000C\nR: 700A5A0850061122334455669000\n",
		"GET RESPONSE with wrong Le":      "C: 00B2010C00\nR: 700A5A086108\nC: 00C0000000\nR: 50061122334455666C08\nC: 00C0000008\nR: 50061122334455669000\n",
		"READ RECORD with wrong Le":       "C: 00B2010C00\nR: 700A5A0850066C0C\nC: 00B2010C0C\nR: 700A5A0850061122334455669000\n",
		"unanswered GET RESPONSE between": "C: 00B2010C00\nR: 700A5A086108\nC: 00C0000008\nE: reader failed\nC: 00C0000008\nR: 50061122334455669000\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, lines+"C: 00B2020C00\nR: 700B840950061122334455660B9000\n")
			text := textOf(t, r)
			assert.Contains(t, text, "5A  Application Primary Account Number (PAN)  [8 bytes]  500611******5566")
			assert.Contains(t, text, "84  Dedicated File (DF) Name  [hidden]0B")
			requireHidden(t, r, []byte("5006112233445566"))
			requireHidden(t, r, []byte("112233445566"))
			assert.NotContains(t, text, "malformed")
		})
	}
}

// TestLonePieces have no beginning, so that nothing tells what they are.
func TestLonePieces(t *testing.T) {
	first := "C: 00B2010C00\nR: 700A5A086108\n"
	for name, lines := range map[string]string{
		"nothing before":         "C: 00C0000008\nR: 50061122334455669000\n",
		"whole answer before":    "C: 00B2010C00\nR: 9000\nC: 00C0000008\nR: 50061122334455669000\n",
		"other command between":  first + "C: 80CA9F1700\nR: 6A88\nC: 00C0000008\nR: 50061122334455669000\n",
		"reset between":          first + "ATR: 3B\nC: 00C0000008\nR: 50061122334455669000\n",
		"more than can be kept":  "C: 00B2010C00\nR: 6100\n" + strings.Repeat("C: 00C0000000\nR: "+strings.Repeat("00", 256)+"6108\n", 17) + "C: 00C0000008\nR: 50061122334455669000\n",
		"nothing behind":         "C: 00B2010C00\nR: 50061122334455666108\n",
		"more to come for ever":  "C: 00C0000008\nR: 50061122334455666108\n",
		"command without answer": first + "C: 80CA9F1700\nE: cancelled\nC: 00C0000008\nR: 50061122334455669000\n",
	} {
		t.Run(name, func(t *testing.T) {
			requireHidden(t, parse(t, lines), []byte("112233445566"))
		})
	}
}

// TestAccountOfLonePiece: an account number is known from a piece, too, and
// hidden where the card repeats it.
func TestAccountOfLonePiece(t *testing.T) {
	r := parse(t, "C: 00C000000C\nR: 700A5A0850061122334455669000\nC: 00B2020C00\nR: 700B840950061122334455660B9000\n")
	requireHidden(t, r, []byte("5006112233445566"))
}

// TestListInPieces: what a terminal reads in pieces serves to take commands
// apart, and to name what differs.
func TestListInPieces(t *testing.T) {
	dialogue := func(un string) trace.Recording {
		return parse(t, "C: 00B2010C00\nR: 70058C6104\nC: 00C0000004\nR: 039F37049000\n"+
			"C: 80AE800004"+un+"00\nR: 6F00\n")
	}
	a, b := dialogue("01020304"), dialogue("05060708")
	assert.Contains(t, textOf(t, a), "9F37  Unpredictable Number  01020304")
	differences := trace.Diff(a, b)
	require.Len(t, differences, 1)
	assert.Equal(t, "step 3, GENERATE AC, command 9F37 Unpredictable Number: 01020304 | 05060708", differences[0].String())

	label := func(value string) trace.Recording {
		return parse(t, "C: 00B2010C00\nR: 70036103\nC: 00C0000003\nR: 5001"+value+"9000\n")
	}
	differences = trace.Diff(label("41"), label("42"))
	require.Len(t, differences, 1)
	assert.Equal(t, `step 2, GET RESPONSE, answer 50 Application Label: 41 "A" | 42 "B"`, differences[0].String())
}
