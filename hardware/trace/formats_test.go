package trace_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/testdata/need"
)

// withBytes are the formats that Read reads.
var withBytes = []trace.Format{trace.JSON, trace.Lines, trace.Pairs, trace.Pcap}

// writtenAs writes a recording, in clear or masked.
func writtenAs(t testing.TB, r trace.Recording, f trace.Format, clear bool) string {
	t.Helper()
	var b bytes.Buffer
	write := r.Write
	if clear {
		write = r.WriteUnmaskedOfTestCard
	}
	require.NoError(t, write(&b, f))
	return b.String()
}

// exchangesOf returns the lines of a recording that every format keeps.
func exchangesOf(t testing.TB, r trace.Recording) string {
	t.Helper()
	var b strings.Builder
	command := ""
	for line := range strings.Lines(linesOf(t, r)) {
		switch {
		case strings.HasPrefix(line, "C: "), strings.HasPrefix(line, "P: "):
			command = "C" + line[1:]
		case strings.HasPrefix(line, "R: "):
			b.WriteString(command + line)
		}
	}
	return b.String()
}

// TestFormats writes dialogues in every format that has bytes and reads them back.
func TestFormats(t *testing.T) {
	const malformed = "C: 0020008009" // in pcap, who can tell what is the command in it
	own, rest, _ := strings.Cut(canaryDialogue(t), malformed)
	_, rest, _ = strings.Cut(rest, "R: 6700\n")
	dialogues := map[string]string{"own": own + rest}
	for _, name := range []string{"visa-contact", "mastercard-contact", "amex-cda-contactless-chip", "test-card-t0-full"} {
		text, err := os.ReadFile(filepath.Join(need.Foreign(t, "traces"), name+".txt"))
		require.NoError(t, err)
		dialogues[name] = string(text)
	}
	for name, text := range dialogues {
		r := parse(t, text)
		for _, f := range withBytes {
			t.Run(name+"/"+string(f), func(t *testing.T) {
				again, format, err := trace.Read(strings.NewReader(writtenAs(t, r, f, true)))
				require.NoError(t, err)
				assert.Equal(t, f, format)
				assert.Equal(t, exchangesOf(t, r), exchangesOf(t, again))
				if f == trace.JSON || f == trace.Lines {
					assert.Equal(t, linesOf(t, r), linesOf(t, again))
				}
			})
		}
	}
}

// TestMaskedBytes: what is left of a dialogue has its lengths, and says in words
// what the dialogue itself does.
func TestMaskedBytes(t *testing.T) {
	for _, text := range []string{canaryDialogue(t), "C: 00B2010C00\nR: 700A5A0837424500174100" + "7F9000\n"} {
		r := parse(t, text)
		masked, _, err := trace.Read(strings.NewReader(writtenAs(t, r, trace.Lines, false)))
		require.NoError(t, err)
		clear, hidden := strings.Split(linesOf(t, r), "\n"), strings.Split(linesOf(t, masked), "\n")
		require.Len(t, hidden, len(clear))
		for i := range clear {
			assert.Len(t, hidden[i], len(clear[i]))
		}
	}
	masked := writtenAs(t, parse(t, "C: 00B2010C00\nR: 70335A08374245001741007F5710374245001741007D2712201987654321"+
		"5F200A54455354204341524420500841424344454647489000\n"), trace.Lines, false)
	assert.Equal(t, "C: 00B2010C00\nR: 70335A08374245EEEEE1007F5710374245EEEEE1007D2712201EEEEEEEEE"+
		"5F200AEEEEEEEEEEEEEEEEEEEE500841424344454647489000\n", masked)
}

// TestPairsOfOtherPrograms reads what other programs print.
func TestPairsOfOtherPrograms(t *testing.T) {
	const want = "C: 00A4040007A000000025010800\nR: 6F128407A00000002501088507616263646566679000\nC: 00B2010C00\nR: 6A83\n"
	for name, text := range map[string]string{
		"lines in turn":  "# a remark\n00A4040007A000000025010800\n6F128407A0000000250108850761626364656667 9000\n\n00b2010c00\n6a83\n",
		"columns":        "00A4040007A000000025010800;6F128407A00000002501088507616263646566679000\n00B2010C00\t6A83\n",
		"scriptor":       "Using T=0 protocol\n> 00 A4 04 00 07 A0 00 00 00 25 01 08 00\n< 6F 12 84 07 A0 00 00 00 25 01 08 85 07 61 62 63 64 65 \n66 67 90 00 : Normal processing.\n> 00 B2 01 0C 00\n< 6A 83 : Record not found.\n",
		"GlobalPlatform": "A>> T=1 (4+0007) 00A40400 07 A0000000250108 00\nA<< (0020+2) (25ms) 6F128407A0000000250108850761626364656667 9000\nA>> T=1 (4+0000) 00B2010C 00\nA<< (0000+2) (9ms) 6A83\n",
		"pcscd": "00000012 APDU: 00 A4 04 00 07 A0 00 00 00 25 01 08 00 \n00002345 SW: 6F 12 84 07 A0 00 00 00 25 01 08 85 07 61 62 63 64 65 66 67 90 00 \n" +
			"00000003 ifdhandler.c:1234:IFDHTransmitToICC() usb:1\n00000012 APDU: 00 B2 01 0C 00 \n00002345 SW: 6A 83 \n",
		"opensc-tool": "Sending: 00 A4 04 00 07 A0 00 00 00 25 01 08 00 \nReceived (SW1=0x90, SW2=0x00):\n" +
			"6F 12 84 07 A0 00 00 00 25 01 08 85 07 61 62 63 o.......%....abc\n64 65 66 67                                     defg\n" +
			"Sending: 00 B2 01 0C 00 \nReceived (SW1=0x6A, SW2=0x83)\n",
		"arrows": "12:00:01.123 [main] --> 00A4040007A000000025010800\n12:00:01.200 [main] <-- 6F128407A0000000250108850761626364656667 90 00\n=> 00B2010C00\n<= 6A83\n",
		"names":  "C-APDU: 00A4040007A000000025010800\nR-APDU: 6F128407A00000002501088507616263646566679000\nCommand: 00B2010C00\nResponse: 6A83\n",
	} {
		r, format, err := trace.Read(strings.NewReader(text))
		require.NoError(t, err, name)
		assert.Equal(t, trace.Pairs, format, name)
		assert.Equal(t, want, linesOf(t, r), name)
	}
	r, _, err := trace.Read(strings.NewReader("ATR: 3B 60 00 00\n> 00B2010C00\n> 00B2020C00\n< 6A83\n> 00B2030C00\n"))
	require.NoError(t, err)
	assert.Equal(t, "ATR: 3B600000\nC: 00B2010C00\nE: card removed\nC: 00B2020C00\nR: 6A83\nC: 00B2030C00\nE: card removed\n", linesOf(t, r))
}

// TestUnreadable says what is wrong with a file.
func TestUnreadable(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "there is no command in it",
		"# only a remark\n":            "there is no command in it",
		"00B2010C00\n":                 "line 1: the last command has no answer",
		"00B2010C00\n6A\n":             "line 2: an answer without a status word",
		"00B2010C00\n6A8\n":            "line 2: want pairs of hexadecimal digits",
		"> 00B2010C00\n< nothing\n":    "line 2: an answer without a status word",
		"< 9000\n> 00\n":               "line 2: an answer without a command",
		"{":                            "this is no JSON of a trace",
		"{}":                           "there is no command in it",
		`{"steps":[{"command":{}}]}`:   "step 1: masked JSON has no bytes",
		"   1  cold reset  3B600000\n": "this is the text for people, which has no bytes",
		"\x0A\x0D\x0D\x0A" + zeros(10): "packet 0: the file ends too early",
		"\x0A\x0D\x0D\x0A" + zeros(40): "this is pcapng: save it as pcap",
		"\xD4\xC3\xB2\xA1" + zeros(3):  "packet 0: the file ends too early",
		"\xD4\xC3\xB2\xA1" + zeros(20): "the link type is neither Ethernet nor IP",
		pcapHeader + zeros(3):          "packet 1: the file ends too early",
		pcapHeader + zeros(8) + "\x00\x00\x02\x00" + zeros(4): "packet 1: too long",
		pcapHeader + zeros(8) + "\x01\x00\x00\x00" + zeros(4): "packet 1: the file ends too early",
		pcapHeader + packetOf("\x00\xB2\x01"):                 "packet 1: fewer bytes than a command has",
		pcapHeader + packetOf("\x00\xA4\x04\x00\x07\xA0"):     "packet 1: fewer bytes than Lc says",
		pcapHeader + packetOf("\x00\xB2\x01\x0C\x00\x6A"):     "packet 1: one byte is no answer",
	} {
		_, _, err := trace.Read(strings.NewReader(text))
		require.ErrorContains(t, err, want, "%q", text)
		if !strings.Contains(want, "for people") {
			require.ErrorIs(t, err, emv.ErrMalformed)
		}
	}
	long := parse(t, "C: 00B2010C00\nR: "+strings.Repeat("00", 1<<16)+"9000\n")
	require.ErrorContains(t, long.Write(io.Discard, trace.Pcap), "step 1: longer than a packet holds")
	require.ErrorContains(t, trace.Recording{}.WriteUnmaskedOfTestCard(&bytes.Buffer{}, trace.Text), "there is no unmasked form of text")
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

// The beginning of a pcap file and of a packet, from the published layouts: pcap
// 2.4 with link type 101; IPv4 and UDP from 127.0.0.1 to 127.0.0.1, port 4729;
// GSMTAP version 2 of 4 words, type 4 (SIM), sub-type 0 (APDU).
const (
	pcapHeader = "\xD4\xC3\xB2\xA1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x65\x00\x00\x00"
	gsmtapSIM  = "\x02\x04\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// packetOf returns a packet with an APDU, without times and check sums.
func packetOf(apdu string) string {
	length := byte(20 + 8 + len(gsmtapSIM) + len(apdu))
	return zeros(8) + string([]byte{length, 0, 0, 0, length, 0, 0, 0}) +
		"\x45\x00\x00" + string([]byte{length}) + zeros(4) + "\x40\x11" + zeros(2) + "\x7F\x00\x00\x01\x7F\x00\x00\x01" +
		"\x12\x79\x12\x79\x00" + string([]byte{length - 20}) + zeros(2) + gsmtapSIM + apdu
}

// TestPcapBytes compares a file with the published layouts, byte for byte.
func TestPcapBytes(t *testing.T) {
	got := writtenAs(t, parse(t, "ATR: 3B600000\nC: 00B2010C00\nR: 6A83\n"), trace.Pcap, true)
	packet := packetOf("\x00\xB2\x01\x0C\x00\x6A\x83")
	second := "\x00\x00\x00\x00\x01\x00\x00\x00" + packet[8:16+10] + "\x7C\xB8" + packet[16+12:]
	require.True(t, strings.HasPrefix(got, pcapHeader))
	require.Equal(t, hex.EncodeToString([]byte(second)), hex.EncodeToString([]byte(got[len(got)-len(second):])))
	first := got[len(pcapHeader) : len(got)-len(second)]
	assert.Equal(t, "\x01\x00\x00\x00\x3B\x60\x00\x00", first[len(first)-8:], "sub-type 1 (ATR)")
}

// TestPcapInWireshark has Wireshark's own reader take a file apart. It is left out
// where that is not installed.
func TestPcapInWireshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	file := filepath.Join(t.TempDir(), "dialogue.pcap")
	require.NoError(t, os.WriteFile(file, []byte(writtenAs(t, parse(t, canaryDialogue(t)), trace.Pcap, false)), 0o600))
	out, err := exec.Command(tshark, "-r", file, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-e", "ip.checksum.status", "-e", "gsmtap.type", "-e", "gsm_sim.apdu.ins", "-e", "gsm_sim.apdu.sw").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "\t0x20\t", "VERIFY")
	t.Log(string(out))
}

func FuzzRead(f *testing.F) {
	r := parse(f, "ATR: 3B600000\nC: 00A4040007A000000025010800\nR: 6F02A5009000\nC: 80CA9F1700\nR: 9F1701039000\nC: 00200080\nE: card removed\n")
	for _, format := range withBytes {
		f.Add([]byte(writtenAs(f, r, format, true)))
	}
	f.Add([]byte("Sending: 00 A4 04 00 00\nReceived (SW1=0x90, SW2=0x00):\n6F 12  o.\n"))
	f.Add([]byte("A>> T=1 (4+0000) 00B2010C 00\nA<< (0000+2) (9ms) 6A83\n> 00B2010C00\n< 6A 83 : Record not found.\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, _, err := trace.Read(bytes.NewReader(b))
		if err != nil {
			require.Zero(t, r.Len())
			return
		}
		for _, format := range withBytes {
			if format == trace.Pcap && r.WriteUnmaskedOfTestCard(io.Discard, format) != nil {
				continue // too long for a packet
			}
			again, _, err := trace.Read(strings.NewReader(writtenAs(t, r, format, true)))
			if format == trace.Lines || format == trace.JSON {
				require.NoError(t, err)
				require.Equal(t, linesOf(t, r), linesOf(t, again))
			}
			masked := writtenAs(t, r, format, false)
			if format == trace.Lines {
				again, _, err := trace.Read(strings.NewReader(masked))
				require.NoError(t, err)
				require.Equal(t, r.Len(), again.Len())
			}
		}
	})
}

func FuzzParsePcap(f *testing.F) {
	f.Add([]byte(writtenAs(f, parse(f, "ATR: 3B600000\nC: 00A4040007A000000025010800\nR: 6F02A5009000\nC: 80CA9F1700\nR: 6A88\n"), trace.Pcap, true)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := trace.ParsePcap(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := trace.ParsePcap(strings.NewReader(writtenAs(t, r, trace.Pcap, true)))
		require.NoError(t, err)
		require.Equal(t, linesOf(t, r), linesOf(t, again))
	})
}

func FuzzParsePairs(f *testing.F) {
	f.Add("00B2010C00\n6A83\n")
	f.Add("> 00 B2 01 0C 00\n< 6A 83 : Record not found.\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := trace.ParsePairs(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := trace.ParsePairs(strings.NewReader(writtenAs(t, r, trace.Pairs, true)))
		require.NoError(t, err)
		require.Equal(t, exchangesOf(t, r), exchangesOf(t, again))
	})
}
