package apdu_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/apdu"
)

func TestSWString(t *testing.T) {
	for sw, want := range map[apdu.SW]string{
		0x9000: "9000 success",
		0x6283: "6283 selected file or application blocked",
		0x6300: "6300 authentication failed",
		0x63C2: "63C2 wrong PIN, 2 tries left",
		0x63C1: "63C1 wrong PIN, 1 try left",
		0x63C0: "63C0 wrong PIN, 0 tries left",
		0x6983: "6983 authentication method blocked",
		0x6987: "6987 secure messaging data missing",
		0x6988: "6988 secure messaging data incorrect",
		0x6D00: "6D00 instruction not known",
		0x612E: "612E 46 bytes available",
		0x6100: "6100 256 bytes available",
		0x6C01: "6C01 wrong Le, 1 byte available",
		0x6C08: "6C08 wrong Le, 8 bytes available",
		0x6281: "6281",
		0x1234: "1234",
	} {
		assert.Equal(t, want, sw.String())
	}
}

func TestSWParts(t *testing.T) {
	assert.Equal(t, byte(0x69), apdu.SWMACIncorrect.SW1())
	assert.Equal(t, byte(0x88), apdu.SWMACIncorrect.SW2())
}

func TestSWOfPieces(t *testing.T) {
	for sw, want := range map[apdu.SW][2]bool{0x6100: {true, false}, 0x61FF: {true, false}, 0x6C00: {false, true}, 0x9000: {}, 0x6200: {}} {
		assert.Equal(t, want, [2]bool{sw.BytesAvailable(), sw.WrongLe()}, sw)
	}
}

func TestTriesLeft(t *testing.T) {
	for sw := range 1 << 16 {
		n, ok := apdu.SW(sw).TriesLeft()
		if sw >= 0x63C0 && sw <= 0x63CF {
			assert.True(t, ok)
			assert.Equal(t, sw-0x63C0, n)
			assert.Equal(t, apdu.SW(sw), apdu.VerifyFailed(n))
		} else if ok {
			t.Fatalf("%04X has %d tries left", sw, n)
		}
	}
	assert.Equal(t, apdu.SW(0x63CF), apdu.VerifyFailed(16))
	assert.Equal(t, apdu.SW(0x63C0), apdu.VerifyFailed(-1))
}

// EMV Book 3, 10.10: only SW1 counts, and 90, 62 and 63 let a script go on.
func TestClass(t *testing.T) {
	for sw := range 1 << 16 {
		want := apdu.Error
		switch sw >> 8 {
		case 0x90:
			want = apdu.Normal
		case 0x62, 0x63:
			want = apdu.Warning
		}
		if got := apdu.SW(sw).Class(); got != want {
			t.Fatalf("%04X is %s, want %s", sw, got, want)
		}
	}
	assert.Equal(t, "normal warning error Class(0)", apdu.Normal.String()+" "+apdu.Warning.String()+" "+apdu.Error.String()+" "+apdu.Class(0).String())
}
