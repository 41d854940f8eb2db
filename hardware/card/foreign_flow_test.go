package card_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
)

// foreignFlow are commands and their answers of another emulated card, as the tests of
// that card have them: mrautio/emv-card-simulator, PaymentApplicationProtocolTest.java,
// a card with cryptogram version 18. AID and first ATC are ours, and VERIFY comes
// behind GET PROCESSING OPTIONS. Left out is where each goes by a choice of its own:
// the word for a GENERATE AC that can not be (6985 or 6A86), for a template that is
// none (6A80 or 6984), and for the wrong PIN that spends the last try (63C0 or 6983).
var foreignFlow = []struct{ command, sw, data string }{
	{"00A4040008 A000000025010801 00", "9000", "*"},
	{"80CA9F3600", "9000", "9F36020000"},
	{"80CA9F3605", "9000", "9F36020000"},
	{"80CA9F3602", "6C05", ""},
	{"80CA9F1700", "9000", "9F170103"},
	{"80CA005A00", "6A88", ""},
	{"A0B2010C00", "6E00", ""},
	{"8C1E00000A 8E080102030405060708", "6985", ""},
	{"80AE80001D" + foreignCDOL1 + "00", "6985", ""},
	{"80A8000003 830100 00", "6700", ""},
	{"80A8000002 8300 00", "9000", "*"},
	{"80CA9F3600", "9000", "9F36020001"},
	{"80A8000002 8300 00", "6985", ""},
	{"8C1E00000A 8E080102030405060708", "6985", ""},
	{"0020008007 241234FFFFFFFF", "6700", ""},
	{"0020008008 241235FFFFFFFFFF", "63C2", ""},
	{"0020008008 251234FFFFFFFFFF", "63C1", ""}, // length and filling count
	{"80CA9F1700", "9000", "9F170101"},
	{"0020008008 241234FFFFFFFFFF", "9000", ""},
	{"80CA9F1700", "9000", "9F170103"},
	{"0020008008 241234FFFFFFFFF0", "63C2", ""},
	{"0084000004", "6C08", ""},
	{"0088000003 012345 00", "6700", ""},
	{"0088000004 01234567 00", "9000", "*"},
	{"0082000008 1234567812345678", "6985", ""},
	{"80AE80001C" + foreignCDOL1[:56] + "00", "6700", ""},
	{"80AEC0001D" + foreignCDOL1 + "00", "6A86", ""},
	{"80AE80001D" + foreignCDOL1 + "00", "9000", "ARQC"},
	{"0082000007 12345678123456", "6700", ""},
	{"0082000008 ARPC", "9000", ""},
	{"0082000008 ARPC", "6985", ""},
	{"80AE40001D" + foreignCDOL1 + "00", "6700", ""},
	{"80AE40001F 5933" + foreignCDOL1 + "00", "9000", "*"},
	{"80AE40001F 5933" + foreignCDOL1 + "00", "6985", ""},
	{"00A4040008 A000000025010801 00", "9000", "*"},
	{"80A8000002 8300 00", "9000", "*"},
	{"80CA9F3600", "9000", "9F36020002"},
	{"80AE80001D" + foreignCDOL1 + "00", "9000", "ARQC"},
	{"0082000008 12345678 00800000", "6300", ""},
	{"0082000008 ARPC", "6985", ""},
	{"80AE40001F 5933" + foreignCDOL1 + "00", "9000", "AAC"},
}

// foreignCDOL1 are the values that the other card's terminal sends for CDOL1.
const foreignCDOL1 = "00000000000100000000000002460000000000097820072421" + "01234567"

// TestForeignFlow: the card answers as the other one does.
func TestForeignFlow(t *testing.T) {
	d := inserted(t, opened(t, created(t, func(a *image.Application) {
		a.Contact.PDOL, a.Contact.AIP = nil, emv.AIP{0x3C, 0x00}
		a.Cryptogram, a.Script = "visa-cvn18", "visa-csk"
	})))
	tag91 := ""
	for i, step := range foreignFlow {
		about := fmt.Sprintf("step %d: %s", i+1, step.command)
		r := d.raw(unhex(t, strings.ReplaceAll(step.command, "ARPC", tag91)))
		require.Equal(t, step.sw, fmt.Sprintf("%04X", uint16(r.SW)), about)
		switch step.data {
		case "*":
			assert.NotEmpty(t, r.Data, about)
		case "AAC":
			assert.Equal(t, "00", upper(objectOf(t, r.Data, 0x9F27)), about)
		case "ARQC":
			assert.Equal(t, "80", upper(objectOf(t, r.Data, 0x9F27)), about)
			csu := [4]byte{0, 0x80} // approved
			atc := objectOf(t, r.Data, 0x9F36)
			arpc, err := cryptogram.ARPC2(cryptogram.CSK(cardKeys(t).AC, [8]byte{atc[0], atc[1]}), arqcOf(t, r.Data), csu, nil)
			require.NoError(t, err)
			tag91 = fmt.Sprintf("%X%X", arpc, csu)
		default:
			assert.Equal(t, step.data, fmt.Sprintf("%X", r.Data), about)
		}
	}
}
