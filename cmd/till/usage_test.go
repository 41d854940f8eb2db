package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// canaries are a key, a half of it, an account number and a PIN that no error
// message may hold, each also with a slip of the hand in it.
var canaries = []string{
	"0F1E2D3C4B5A69788796A5B4C3D2E1F0", "8796A5B4C3D2E1F0", "0F1E2D3C4B5A6978 8796A5B4C3D2E1F", "8796A5B4C3D2E1Fx",
	"4929123456781234", "4929123456781234x", "739184", "739184x", "-739184", "--739184", "739184,4929123456781234",
}

// assertNoCanary looks for the longest runs of digits that can not be there by
// chance.
func assertNoCanary(t *testing.T, stderr, canary string) {
	t.Helper()
	for _, part := range strings.FieldsFunc(canary, func(c rune) bool { return strings.ContainsRune(" -,x", c) }) {
		assert.NotContains(t, strings.ToUpper(stderr), part)
	}
}

// leaves calls visit for each calculator and decoder.
func leaves(t *testing.T, visit func(t *testing.T, n *kong.Node)) {
	for _, command := range model(t).Children {
		for _, n := range command.Children {
			if command.Name == "calc" || command.Name == "decode" {
				t.Run(command.Name+"_"+n.Name, func(t *testing.T) { visit(t, n) })
			}
		}
	}
}

// TestFlagsDoNotEcho types canaries, in turn, wherever a command line has room.
func TestFlagsDoNotEcho(t *testing.T) {
	next := 0
	leaves(t, func(t *testing.T, n *kong.Node) {
		for _, shape := range shapes(n) {
			canary := canaries[next%len(canaries)]
			next++
			words := append(strings.Fields(n.FullPath())[1:], shape...)
			for i := range words {
				words[i] = strings.ReplaceAll(words[i], "CANARY", canary)
			}
			_, stderr, _ := till("", words...)
			assertNoCanary(t, stderr, canary)
		}
	})
	for _, canary := range canaries {
		for _, words := range [][]string{{canary}, {"calc", canary}, {"decode", canary}, {"--" + canary}} {
			_, stderr, code := till("", words...)
			assert.Equal(t, cli.ExitUsage, code, words)
			assertNoCanary(t, stderr, canary)
		}
	}
}

// shapes are the places on the command line of n, its own name left out.
func shapes(n *kong.Node) [][]string {
	all := [][]string{{"CANARY"}, {"--CANARY"}, {"-CANARY"}, {"--json=CANARY"}, {"CANARY", "CANARY", "CANARY"}}
	for _, f := range n.Flags {
		flag := "--" + f.Name
		all = append(all, []string{flag, "CANARY"}, []string{flag, "5A=CANARY", "CANARY"},
			[]string{flag + "=A000000025:CANARY:00:03"}, []string{flag + "CANARY"})
	}
	return all
}

const (
	testKey  = "0123456789ABCDEFFEDCBA9876543210"
	testUDK  = "calc udk --imk " + testKey + " --pan 374245001741007"
	testARQC = "calc arqc --profile amex-style --imk-ac " + testKey + " --pan 374245001741007 --iad 06010103A00000"
	testTags = " --tag 9F02=000000001234 --tag 9F1A=0826 --tag 95=0000008000 --tag 5F2A=0826 --tag 9A=261123 --tag 9C=00 --tag 9F37=ABCDEF12 --tag 82=7C00 --tag 9F36=0006"
	testMAC  = "calc script-mac --style visa --sk-smi " + testKey + " --atc 0006 --ac 3E06130846F9A033"
	testARPC = "calc arpc --method 1 --session none --imk-ac " + testKey + " --pan 1234567890123456 --arqc 29CCA15AE665FA2E"
	testPIN  = "calc pin-change --style amex-style --imk-ac " + testKey + " --imk-smi FEDCBA98765432100123456789ABCDEF --imk-smc 89ABCDEF0123456776543210FEDCBA98 --pan 374245001741007 --atc 0006 --ac 3E06130846F9A033"
)

// TestUsage: what is wrong with the command line ends in exit code 2 and in words
// that name the flag.
func TestUsage(t *testing.T) {
	for line, want := range map[string]string{
		// what is missing or of a wrong length
		"calc tlv":                         "--hex: missing",
		"calc dol":                         "--dol: missing",
		"calc tvr":                         "--hex: missing, want 5 bytes",
		"calc tvr --hex E8":                "--hex: 1 byte, want 5",
		"calc tvr --kind tsi --hex E80000": "--hex: 3 bytes, want 2",
		"calc tvr --kind iad-visa-layout":  "--hex: missing",
		"calc cvm-list":                    "--list: missing",
		testARQC:                           "--tag: read cryptogram input: 9F02 is missing",
		testARQC + " --tag 9F02=00":        "--tag: read cryptogram input: 9F02 has 1 bytes, want 6",
		testPIN + " --apdu 00":             "--apdu: parse command",
		"calc pvv --pvk " + testKey + " --pan 1122334455667788":       "--pvki: missing",
		"calc pvv --pvk " + testKey + " --pvki 1":                     "--pan: an account number is missing",
		"calc ibm3624 --pvk " + testKey + " --table 0123456789012345": "--pan: an account number is missing",
		"calc dukpt-tdes --bdk " + testKey:                            "--ksn: missing",
		"calc dukpt-aes --bdk " + testKey:                             "--ksn: missing",
		"calc pin-block --op decode --format 2":                       "--block: missing",
		"calc pin-block --op pan-field --format 4":                    "--pan: an account number is missing",
		testMAC:                      "--header: missing, want 5 bytes",
		testMAC + " --header 842400": "--header: 3 bytes, want 5",
		testMAC + " --header 8424000008 --mac 0102":                                                   "--mac: check MAC: want 4 to 8 bytes",
		"calc arqc --profile raw --session none --padding 80 --imk-ac " + testKey + " --pan 12345678": "--data: missing",
		testARPC:                    "--arc: missing, want 2 bytes",
		testARPC + " --tag-91 0011": "--tag-91: read issuer authentication data (91): 2 bytes",
		"decode tlv":                `expected "<hex>"`,
		"decode apdu -":             "there are none",
		"calc oda --method DDA":     "--dynamic-input: missing",

		// what would be lost
		testUDK + " --pan 374245001741008":                                           "--pan: given twice",
		testARQC + testTags + " --tag 9F02=000000000001":                             "--tag: 9F02 is given twice",
		"calc dol --dol 9F3704 --value 9f37=00 --value 9F37=01":                      "--value: 9F37 is given twice",
		testUDK + " --json":                                                          "--imk: with --json all input comes from standard input",
		"calc session-keys --method emv-csk-ac --atc 0001 --r 00 --mk " + testKey:    "--r: of no use with method emv-csk-ac",
		testPIN + " --p2 00 --new-pin-file x":                                        "new pin: of no use with P2 00",
		testPIN + " --p2 02 --old-pin-fd 0":                                          "old pin: of no use with P2 02",
		testPIN + " --p2 02 --card-pin-file x":                                       "card pin: of no use with P2 02",
		testPIN + " --p2 02 --apdu 8424000008D29D79579ABA8574":                       "--p2: the command has 00",
		testPIN + " --header 8424000008 --apdu 8424000008D29D79579ABA8574":           "--header: of no use",
		testARPC + " --arc 3030 --csu 00000000":                                      "--method: 1 takes a response code",
		testARPC + " --arc 3030 --r 0000000000000000":                                "--r: of no use with session none",
		testARQC + testTags + " --data 00":                                           "--data: of no use with profile amex-style",
		testMAC + " --header 8424000008 --imk-smi " + testKey:                        "--imk-smi: of no use with a session key",
		"calc script-mac --style mac-only --header 00 --atc 0001":                    "--atc: of no use with style mac-only",
		"calc cvm-list --list 00000000000000001E03 --amount 5":                       "--amount: of no use with op parse",
		"calc pin-block --op decode --format 2 --block 00 --pin-file x":              "pin: of no use with op decode",
		"calc pin-block --op encode --format 2 --block 00":                           "--block: of no use with op encode",
		"calc oda --method SDA --cid 40":                                             "cda: of no use with method SDA",
		"calc dukpt-aes --ksn 123456789012345600000001 --random 00 --bdk " + testKey: "--random: of no use without an account number",
		"calc dukpt-tdes --ksn FFFF9876543210E00001 --pin-fd 0 --bdk " + testKey:     "--pan: an account number is missing",

		// words
		"calc":                                  "name a kind",
		"decode":                                "name a kind",
		"calc tlv --hex":                        "--hex: a value is missing\ntill: see `till calc tlv --help`",
		"calc tlv --hexx 00":                    `unknown flag --hexx, did you mean one of "--help", "--hex"?`,
		"calc udk --imk 0123 4567":              "put digits that have spaces in them in quotes",
		testUDK + " --psn 100":                  "--psn: parse PAN sequence number: want two digits\n",
		testUDK + " --option C":                 "--option: parse master key option: want A or B\n",
		"calc dol --dol 9F3704 --value 9F37":    "--value: want TAG=HEX",
		"calc dol --dol 9F3704 --format 9F37":   "--format: want TAG=FORMAT",
		"calc pvv --pin-fd 4524x":               "--pin-fd: want a whole number\n",
		"calc pvv --pvki 300":                   "--pvki: want a whole number from 0 to 255",
		"calc script-mac --style nope":          "mac-only",
		"calc pin-change --style mchip --p2 01": "--p2: style mchip has no PIN block with the current PIN",
		"calc pvv --pvki 1 --pan 1122334455667788 --pin-fd=-5 --pvk " + testKey: "read PIN: a file descriptor is 0 or more",
		testPIN + " --p2 02": "new pin: read PIN: standard input is no terminal: name a source with --new-pin-file or --new-pin-fd",
	} {
		t.Run(line, func(t *testing.T) {
			stdout, stderr, code := till("", strings.Fields(line)...)
			assert.Equal(t, cli.ExitUsage, code)
			assert.Contains(t, stderr, want)
			assert.NotContains(t, stderr, ": malformed\n")
			assert.Empty(t, stdout)
		})
	}
}

// TestJSONUsage: the same for JSON, whose members are named.
func TestJSONUsage(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                              "hex: missing",
		`{"hex":null}`:                    "hex: missing",
		`null`:                            "want a JSON object",
		`[null]`:                          "case 1: read input: want a JSON object",
		`{"hex":5}`:                       "hex: want a string of hexadecimal digits",
		`{"hex":"9"}`:                     "hex: want pairs of hexadecimal digits",
		`{"hex":"9C01FF","hex":""}`:       "hex: given twice",
		`{"hexx":""}`:                     "hexx: no such member",
		`{"hex":""`:                       "the JSON text ends too early",
		`{"hex":tru}`:                     "no JSON from byte",
		`{"hex":""}{}`:                    "more follows behind the object",
		`[{"hex":""},{"hex":["9C01FF"]}]`: "case 2: read input: hex: want a string of hexadecimal digits",
	} {
		stdout, stderr, code := till(in, "calc", "tlv", "--json")
		assert.Equal(t, cli.ExitUsage, code, in)
		assert.Contains(t, stderr, want, in)
		assert.Empty(t, stdout, in)
	}
	for _, c := range []struct{ kind, in, want string }{
		{"udk", `{"pan":374245001741007}`, "pan: want a string of digits"},
		{"udk", `{"pan":"1"}`, "pan: parse PAN: 1 digits, want 8 to 19\n"},
		{"pvv", `{"pvki":4524.5}`, "pvki: want a whole number from 0 to 255"},
		{"oda", `{"capk":{"rid":"A0"}, "cda":{"cid":1}}`, "cda: cid: want a string of hexadecimal digits"},
		{"oda", `{"capk":[]}`, "capk: want an object"},
		{"arqc", `{"tags":{"9F02":"0"}}`, "tags: 9F02: want pairs of hexadecimal digits"},
		{"cvm-list", `{"supported":"online-pin"}`, "supported: want an array"},
		{"cvm-list", `{"currency_match":1}`, "currency_match: want true or false"},
		{"tvr", `{"kind":1}`, "kind: want a string"},
		{"pvv", `{"pvk":"` + testKey + `","pan":"1122334455667788","pvki":1}`, "pin: a PIN is missing"},
		{"pin-change", `{"style":"visa","p2":"00","imk_smi":"` + testKey + `","pan":"374245001741007","atc":"0006","ac":"00"}`, "ac: 1 byte, want 8"},
	} {
		_, stderr, code := till(c.in, "calc", c.kind, "--json")
		assert.Equal(t, cli.ExitUsage, code, c.in)
		assert.Contains(t, stderr, c.want, c.in)
	}
	stdout, _, code := till(`{"dol":""}`, "calc", "dol", "--json")
	assert.Equal(t, cli.ExitOK, code)
	assert.JSONEq(t, `{"entries":[],"total_length":0}`, stdout)
}

// TestChecksThatAreRight: people are told that a given value matches.
func TestChecksThatAreRight(t *testing.T) {
	pins := t.TempDir()
	for name, digits := range map[string]string{"2580": "2580\n", "two": "2580\r\n1357\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(pins, name), []byte(digits), 0o600))
	}
	file := filepath.Join(pins, "2580")
	for line, want := range map[string]string{
		testARQC + testTags + " --arqc BA6F37919DE129BA":                                                                     "given arqc",
		testARPC + " --tag-91 28993816AFAE4AEB3030":                                                                          "given tag 91",
		testARPC + " --arc 3030 --tag-91 28993816AFAE4AEB3030":                                                               "given tag 91",
		"calc pvv --pvki 1 --pvv 8937 --pan 374245001741007 --pin-file " + file + " --pvk " + testKey:                        "given pvv",
		"calc ibm3624 --offset 7007 --table 0123456789012345 --pan 374245001741007 --pin-file " + file + " --pvk " + testKey: "given offset",
		testPIN + " --apdu 8424000218F92DCB8481937228B4B0EE1E2F749097177071D8A6F72A45 --new-pin-file " + file:                "given new pin",
	} {
		stdout, stderr, code := till("", strings.Fields(line)...)
		assert.Equal(t, cli.ExitOK, code, stderr)
		assert.Regexp(t, `(?m)^`+want+` +matches$`, stdout, line)
	}
	stdout, _, _ := till("", strings.Fields(testARQC+testTags)...)
	assert.NotContains(t, stdout, "matches")
}

// TestTwoPINsOfOneDescriptor: each source reads its line and leaves the rest, and
// the descriptor open.
func TestTwoPINsOfOneDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	_, err = w.WriteString("2580\n1357\nrest") // no end of file yet
	require.NoError(t, err)
	fd := fmt.Sprint(r.Fd())
	stdout, stderr, code := till("", strings.Fields(testPIN+" --p2 01 --new-pin-fd "+fd+" --old-pin-fd "+fd)...)
	require.Equal(t, cli.ExitOK, code, stderr)
	assert.Contains(t, stdout, "84240001180CD69E42D8A50D9EB4B0EE1E2F74909753324D69C5338199")
	rest := make([]byte, 4)
	_, err = r.Read(rest)
	require.NoError(t, err)
	assert.Equal(t, "rest", string(rest))
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestFullDisk: a result that can not be written is a failure, not wrong usage.
func TestFullDisk(t *testing.T) {
	for _, line := range []string{"calc tlv --hex 9C01FF", "calc tlv --explain --hex 9C01FF", "calc tlv --json", "decode tlv 9C01FF", "decode --json tlv 9C01FF"} {
		var stderr strings.Builder
		code := run(strings.Fields(line), cli.Streams{In: strings.NewReader(`{"hex":""}`), Out: full{}, Err: &stderr})
		assert.Equal(t, cli.ExitFailed, code, line)
		assert.Equal(t, "till: write result: no space left on device\n", stderr.String(), line)
	}
}

// TestUnselected: a command without its kind shows its help beside the error.
func TestUnselected(t *testing.T) {
	for _, command := range []string{"calc", "decode"} {
		_, stderr, code := till("", command)
		assert.Equal(t, cli.ExitUsage, code)
		assert.Contains(t, stderr, "Usage: till "+command+" <command>")
		assert.Contains(t, stderr, "tlv")
	}
}

func TestVersion(t *testing.T) {
	stdout, _, code := till("", "--version")
	assert.Equal(t, cli.ExitOK, code)
	assert.Regexp(t, `^till \S+ go1`, stdout)
	stdout, _, code = till("", "version", "--json")
	assert.Equal(t, cli.ExitOK, code)
	assert.Regexp(t, `^{"version":"[^"]+",.*"go":"go1.*","system":"[a-z]+/[a-z0-9]+","pcsc":(true|false),"pkcs11":(true|false)}\n$`, stdout)
}

// TestPINFlagsSayWhichPIN: each flag for a PIN has a help of its own.
func TestPINFlagsSayWhichPIN(t *testing.T) {
	help, _, code := till("", "calc", "pin-change", "--help")
	require.Equal(t, cli.ExitOK, code)
	help = strings.Join(strings.Fields(help), " ")
	for _, want := range []string{"Read the new PIN from the first line", "Read the current PIN, for P2 01, from the first line"} {
		assert.Contains(t, help, want)
	}
	help, _, _ = till("", "calc", "pvv", "--help")
	assert.Contains(t, strings.Join(strings.Fields(help), " "), "Read the PIN from the first line")
}
