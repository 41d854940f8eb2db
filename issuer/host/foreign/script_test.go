package foreign_test

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// conversation is a script of another language with a connection to a host.
type conversation struct {
	t       *testing.T
	command *exec.Cmd
	input   bytes.Buffer
}

// converse makes one. What is said is written first and sent at once.
func converse(t *testing.T, address string, d *message.Dialect, f message.Framing) *conversation {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return &conversation{t: t, command: exec.Command(need.Program(t, "perl"), "testdata/client.pl", host, port, d.Name(), f.String())}
}

func (c *conversation) say(format string, args ...any) { fmt.Fprintf(&c.input, format+"\n", args...) }

// answers returns a line for each message that was sent.
func (c *conversation) answers() []string {
	c.t.Helper()
	var out, complaint bytes.Buffer
	c.command.Stdin, c.command.Stdout, c.command.Stderr = &c.input, &out, &complaint
	require.NoError(c.t, c.command.Run(), complaint.String())
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// purchase says what a purchase of a card is made of.
func (c *conversation) purchase(card *issuertest.Card, in issuertest.Insertion, stan int) *issuertest.Attempt {
	c.t.Helper()
	a := card.Begin(c.t, in)
	a.Request.ICCData.Open(func(b []byte) {
		c.say("chip %X", tlv.Append(tlv.Append(append([]byte(nil), b...), 0x9F27, []byte{0x80}), 0x5F34, []byte{0}))
	})
	card.PAN.Open(func(digits []byte) { c.say("pan %s", digits) })
	c.say("amount %d\ncurrency %03d\nexpiry %02d%02d", in.Amount, issuertest.Currency, card.Expiry.Year%100, card.Expiry.Month)
	c.say("stan %06d\nlocal 261123120001\nutc 11231200%02d\nterminal TILL0001", stan, stan%60)
	return a
}

// arpcOf takes tag 91 and the scripts out of a line.
var arpcOf = regexp.MustCompile(`arpc=([0-9A-F]*) scripts=([0-9A-F]*)$`)

// TestScriptClient: a terminal that is a Perl script, with an ARQC of this test, in each
// dialect and each framing: sign-on, echo, a purchase that delivers a PIN, its repeat, the
// proof, an order and a reversal.
func TestScriptClient(t *testing.T) {
	for _, name := range []string{"iso93", "agns93", "iso87"} {
		for _, framing := range message.FramingNames() {
			t.Run(name+" in "+framing, func(t *testing.T) {
				d, err := message.Named(name)
				require.NoError(t, err)
				f, err := message.FramingNamed(framing)
				require.NoError(t, err)
				i := issuertest.NewIssuer(t, mem.New())
				card := i.NewCard(t)
				i.Personalise(t, card, "1379")
				i.SetPIN(t, card, "4682")
				talk(t, i, card, converse(t, serve(t, i, d, f), d, f))
			})
		}
	}
}

func talk(t *testing.T, i *issuertest.Issuer, card *issuertest.Card, c *conversation) {
	polls := strings.HasPrefix(c.command.Args[len(c.command.Args)-1], "binary-inclusive")
	old := c.command.Args[len(c.command.Args)-2] == "iso87"
	code := func(action message.ActionCode) string {
		if old {
			return "00" // what all here come to
		}
		return action.String()
	}
	a := c.purchase(card, issuertest.Insertion{Amount: 12_34, Offline: "1379"}, 47)
	c.say("signon\necho\npurchase\nrepeat\norder\nstan 000048\norder\nstan 000047\nreversal")
	if polls {
		c.say("poll")
	}
	lines := c.answers()
	want := []string{
		"signon 1814 stan=000047 code=" + code(message.ActionNetworkAccepted), "echo 1814 stan=000047 code=" + code(message.ActionNetworkAccepted),
		"purchase 1110 stan=000047 code=" + code(message.ActionApproved), "repeat 1110 stan=000047 code=" + code(message.ActionApproved),
		"order 1110 stan=000047", "order 1110 stan=000048 code=" + code(message.ActionApproved), "reversal 1430 stan=500047 code=" + code(message.ActionReversalAccepted), "poll",
	}
	for n, line := range lines {
		beginning := want[n]
		if old {
			beginning = strings.NewReplacer(" 1814 ", " 0810 ", " 1110 ", " 0110 ", " 1430 ", " 0430 ").Replace(beginning)
		}
		assert.True(t, strings.HasPrefix(line, beginning), "%s, want %s", line, beginning)
	}
	require.Len(t, lines, map[bool]int{false: 7, true: 8}[polls])
	assert.Equal(t, strings.TrimPrefix(lines[2], "purchase "), strings.TrimPrefix(lines[3], "repeat "), "the stored answer")
	assert.Contains(t, lines[4], map[bool]string{false: "code=913", true: "code=94"}[old], "another message under the same number")
	delivers(t, i, card, a, lines[2])
	assert.Equal(t, int64(12_34), i.Record(t, card.Ref).Spent.Amount, "the order stands, the reversal took the purchase back")
}

// delivers gives the answer to the card: its ARPC verifies and the script holds the new PIN.
func delivers(t *testing.T, i *issuertest.Issuer, card *issuertest.Card, a *issuertest.Attempt, line string) {
	t.Helper()
	parts := arpcOf.FindStringSubmatch(line)
	require.NotNil(t, parts, line)
	m := &message.AuthorizationResponse{ICCData: secret.New(vectors.Unhex(t, "910A"+parts[1]+parts[2]))}
	require.Len(t, parts[1], 20)
	assert.Equal(t, "3030", parts[1][16:], "the response code")
	templates := issuertest.Templates(t, m)
	require.Len(t, templates, 1)
	a.Complete(t, m)
	assert.Equal(t, emv.ATC(1), card.ATC)
	assert.True(t, card.PIN.Equal(issuertest.PIN(t, "4682")), "the chip has the new PIN")
}
