package perso

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/oda"
)

// caFileHead explains a list of CA public keys to its reader.
const caFileHead = `# Public keys of the till test certification authority, which signs the cards that ` + "`till card issue`" + `
# makes. Anyone can derive its private keys: no terminal that takes real cards may trust it.
`

// modulusLine is how many hexadecimal digits of a modulus stand in one line.
const modulusLine = 96

// FormatCAPublicKeys writes keys as the list in YAML that terminals read, with
// the check sum of each.
func FormatCAPublicKeys(keys ...oda.CAPublicKey) []byte {
	b := []byte(caFileHead)
	for _, k := range keys {
		b = fmt.Appendf(b, "\n- rid: %q\n  index: \"%02X\"\n  kind: test\n", k.RID.String(), k.Index)
		b = fmt.Appendf(b, "  note: %d bits\n", 8*k.Key.Size())
		b = fmt.Appendf(b, "  expires: \"%04d-%02d\"\n  modulus: >-\n", k.Expiry.Year, int(k.Expiry.Month))
		for line := range slices.Chunk([]byte(upperHex(k.Key.Modulus())), modulusLine) {
			b = fmt.Appendf(b, "    %s\n", line)
		}
		sum := k.CheckSum()
		b = fmt.Appendf(b, "  exponent: %q\n  sha1: %q\n", upperHex(k.Key.Exponent()), upperHex(sum[:]))
	}
	return b
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
