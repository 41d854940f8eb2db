package inspect_test

import (
	"context"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/terminal/inspect"
)

// tape answers with the pieces of a tape in turn, each behind its length in a
// byte, and begins again at its end.
type tape struct {
	content []byte
	at      int
	count   int
}

func (t *tape) Transmit(context.Context, []byte) ([]byte, error) {
	t.count++
	if t.at >= len(t.content) {
		t.at = 0
	}
	if len(t.content) == 0 {
		return []byte{0x6F, 0}, nil
	}
	end := min(t.at+1+int(t.content[t.at]), len(t.content))
	piece := t.content[t.at+1 : end]
	t.at = end
	return piece, nil
}

// commandsMax is more than the bounds of a look allow: an answer may be asked for
// twice.
const commandsMax = 2 * (33 + 32*33 + 32*(2+256+4))

// FuzzLook looks at cards that answer anything: the look ends.
func FuzzLook(f *testing.F) {
	for _, answers := range [][]string{
		{fciPSE, entry, "6A83", fciFirst, "80063800100102009000", "70039501009000"},
		{"6A82", "6F0C8408A000000025010801A5009000"},
	} {
		var seed []byte
		for _, a := range answers {
			b, err := hex.DecodeString(a)
			require.NoError(f, err)
			seed = append(append(seed, byte(len(b))), b...)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, contactless := range []bool{false, true} {
			card := &tape{content: content}
			c, _ := inspect.Look(t.Context(), card, inspect.Config{Contactless: contactless, AIDs: [][]byte{{0xA0, 0, 0, 0, 0x25}}, Terminal: terminal})
			require.LessOrEqual(t, len(c.Applications), 32)
			require.LessOrEqual(t, card.count, commandsMax)
		}
	})
}
