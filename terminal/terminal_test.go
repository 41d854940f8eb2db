package terminal_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// chip answers commands by how they begin; the longest beginning counts.
type chip map[string]string

// object returns a data object of at most 127 bytes in hexadecimal digits.
func object(tag string, values ...string) string {
	value := strings.Join(values, "")
	return fmt.Sprintf("%s%02X%s", tag, len(value)/2, value)
}

// newChip returns a card with one application without offline data
// authentication, whose PIN is 1234 and whose CVM list has these rules.
func newChip(cvmRules string) chip {
	return chip{
		"00A404000E": "6A82", // no PSE
		"00A40400": object("6F", object("84", "A000000025010801"),
			object("A5", object("50", hex.EncodeToString([]byte("AMERICAN EXPRESS"))))) + "9000",
		"80A8": object("80", "1800", "08010100") + "9000", // CVM and terminal risk management; one record
		"00B2": object("70", object("5A", "374245001741007F"), object("5F24", "351231"),
			object("8C", "9F0206", "9F3704"), object("8D", "8A02", "9F3704"), object("8E", "0000000000000000", cvmRules),
			object("9F0E", "0000000000"), object("9F0F", "0000000000"), object("9F0D", "0000000000")) + "9000",
		"80CA9F17":         "9F1701039000",
		"0020008008241234": "9000",
		"0020":             "63C2",
		"80AE80":           "800B80000701020304050607089000", // ARQC
		"80AE40":           "800B40000711121314151617189000", // TC
		"80AE00":           "800B00000721222324252627289000", // AAC
	}
}

func (c chip) PowerOn(hardware.Presentation) (hardware.Card, error) { return c, nil }
func (c chip) ATR() []byte                                          { return []byte{0x3B, 0x60, 0x00, 0x00} }
func (c chip) PowerOff() error                                      { return nil }

func (c chip) Transmit(_ context.Context, command []byte) ([]byte, error) {
	digits := strings.ToUpper(hex.EncodeToString(command))
	longest := ""
	for begin := range c {
		if strings.HasPrefix(digits, begin) && len(begin) > len(longest) {
			longest = begin
		}
	}
	answer := c[longest]
	switch answer {
	case "":
		return []byte{0x6D, 0x00}, nil
	case "pulled":
		return nil, hardware.ErrCardRemoved
	}
	return hex.DecodeString(answer)
}

// hand pulls the card when the terminal says so.
type hand struct {
	*pinpad.Scripted
	slot *slot.Slot
}

func (h hand) Show(ctx context.Context, m kernel.Message) {
	h.Scripted.Show(ctx, m)
	if m == kernel.MessageRemoveCard {
		h.slot.Pull()
	}
}

// bench is a terminal, its slot and its cardholder.
type bench struct {
	terminal   *terminal.Terminal
	slot       *slot.Slot
	cardholder *pinpad.Scripted
	profile    profile.Profile
}

var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// newBench returns a terminal whose own action codes let everything pass that
// the issuer can not be asked about, since the chip has no offline data
// authentication.
func newBench(t *testing.T, profileName string, online kernel.Online, entries ...kernel.PINEntry) bench {
	t.Helper()
	p, err := profile.Named(profileName)
	require.NoError(t, err)
	p.Applications[0].TACDefault = emv.ActionCode{}
	b := bench{slot: slot.New("bench"), cardholder: pinpad.NewScripted(entries...), profile: p}
	b.terminal = newTerminal(t, b, online)
	return b
}

func newTerminal(t *testing.T, b bench, online kernel.Online) *terminal.Terminal {
	t.Helper()
	made, err := terminal.New(terminal.Config{
		Reader: b.slot, Profile: b.profile, Cardholder: hand{b.cardholder, b.slot}, Guard: guard.Policy{EmulatedCardsOnly: true}, Online: online,
		Clock: clock.NewVirtual(noon), Rand: bytes.NewReader(make([]byte, 1024)),
	})
	require.NoError(t, err)
	return made
}

// purchase inserts the card and returns the receipt once the card is removed.
func (b bench) purchase(t *testing.T, c chip) *terminal.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	b.slot.Insert(c)
	receipt, err := b.terminal.Purchase(ctx, 1234)
	require.NoError(t, err)
	require.NoError(t, ctx.Err(), "the card was removed")
	require.NoError(t, b.cardholder.Done())
	return receipt
}

func entered(t *testing.T, digits string) kernel.PINEntry {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return kernel.Entered(p)
}

// host answers every request alike.
type host struct {
	response *kernel.OnlineResponse
	err      error
}

func (h host) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	return h.response, h.err
}

func text(t *testing.T, r *terminal.Receipt) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	return b.String()
}

func TestReceiptOfAPurchase(t *testing.T) {
	b := newBench(t, "demo", nil, entered(t, "4711"), entered(t, "1234"))
	receipt := b.purchase(t, newChip("4103"))
	assert.Equal(t, `merchant       TILL DEMO SHOP, TILLDEMO0000001, terminal TILL0001
time           2026-11-23 12:00:00, transaction 1
amount         12.34 USD
card           374245*****1007, inserted
application    A000000025010801, AMERICAN EXPRESS
outcome        APPROVED OFFLINE: unable to go online
verification   PIN, verified by the card (CVM results 410302)
response code  Y3  Unable to go online, offline approved
cryptogram     TC 1112131415161718, ATC 7
TVR            8000008000  oda-not-performed, floor-limit-exceeded
TSI            6800  cvm-performed, card-risk-management-performed, terminal-risk-management-performed
next           Hand over the goods.
`, text(t, receipt))
	assert.Equal(t, []kernel.Message{
		kernel.MessageIncorrectPIN, kernel.MessagePINOK, kernel.MessagePleaseWait, kernel.MessageApproved, kernel.MessageRemoveCard,
	}, b.cardholder.Messages())
	for _, p := range b.cardholder.Prompts() {
		assert.Equal(t, "AMERICAN EXPRESS", pinpad.CandidateName(p.Application))
		assert.Equal(t, "12.34 USD", profile.FormatMoney(p.Amount, p.Currency, p.Exponent))
	}

	second := newBench(t, "demo", nil)
	second.purchase(t, newChip("1F03"))
	assert.Contains(t, text(t, second.purchase(t, newChip("1F03"))), "transaction 2\n")
}

func TestReceiptJSON(t *testing.T) {
	b := newBench(t, "demo", nil, entered(t, "1234"))
	j, err := json.Marshal(b.purchase(t, newChip("4103")))
	require.NoError(t, err)
	var receipt map[string]any
	require.NoError(t, json.Unmarshal(j, &receipt))
	require.NotEmpty(t, receipt["steps"])
	assert.Equal(t, map[string]any{"phase": "application selection", "text": "selected A000000025010801"}, receipt["steps"].([]any)[2])
	delete(receipt, "steps")
	assert.Equal(t, map[string]any{
		"bit": "floor-limit-exceeded", "phase": "terminal risk management", "rule": "Book 3, 10.6.1",
		"why": "amount 12.34 reaches the floor limit of 0.00",
	}, receipt["findings"].([]any)[1])
	delete(receipt, "findings")
	without, err := json.Marshal(receipt)
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"outcome": "approved offline", "approved": true, "reason": "unable to go online", "type": "purchase",
		"amount": "12.34", "currency": "840", "time": "2026-11-23T12:00:00Z", "counter": 1,
		"merchant": "TILL DEMO SHOP", "merchant_id": "TILLDEMO0000001", "terminal_id": "TILL0001",
		"presentation": "contact", "verification": "PIN, verified by the card", "next": ["Hand over the goods."],
		"pan": "374245*****1007", "aid": "A000000025010801", "label": "AMERICAN EXPRESS", "arc": "Y3",
		"cryptogram": "TC", "cid": "40", "ac": "1112131415161718", "atc": 7,
		"tvr": "8000008000", "tvr_bits": ["oda-not-performed", "floor-limit-exceeded"],
		"tsi": "6800", "tsi_bits": ["cvm-performed", "card-risk-management-performed", "terminal-risk-management-performed"],
		"cvm_results": "410302", "issuer_scripts": [], "signature_needed": false, "request_sent": false, "reversal_due": false
	}`, string(without))
}

func TestOutcomes(t *testing.T) {
	approval := &kernel.OnlineResponse{ARC: 0x3030, Scripts: [][]byte{{0x72, 0x06, 0x86, 0x04, 0x84, 0x1E, 0x00, 0x00}}}
	for name, c := range map[string]struct {
		profile string
		online  kernel.Online
		change  func(chip)
		outcome kernel.Outcome
		lines   []string
	}{
		"card declines what may be approved": {
			change:  func(c chip) { c["80AE40"] = c["80AE00"] },
			outcome: kernel.DeclinedOffline,
			lines:   []string{"Z3  Unable to go online, offline declined", "The issuer could not be asked: try again"},
		},
		"approved offline": {
			profile: "offline",
			outcome: kernel.ApprovedOffline,
			lines:   []string{"Y1  Offline approved", "verification   none required"},
		},
		"declined offline": {
			profile: "offline",
			change:  func(c chip) { c["80AE40"] = c["80AE00"] },
			outcome: kernel.DeclinedOffline,
			lines:   []string{"Z1  Offline declined", "next           Ask for another means of payment.\n"},
		},
		"approved online, with a script that fails": {
			online:  host{response: approval},
			outcome: kernel.ApprovedOnline,
			lines:   []string{"00  Issuer's response", "issuer script 1  failed"},
		},
		"declined online": {
			online:  host{response: &kernel.OnlineResponse{ARC: 0x3035}},
			outcome: kernel.DeclinedOnline,
			lines:   []string{"the issuer knows why"},
		},
		"no answer": {
			online:  host{err: &kernel.UnableToGoOnlineError{Sent: true}},
			outcome: kernel.ApprovedOffline,
			lines:   []string{"A reversal is due"},
		},
		"pulled": {
			change:  func(c chip) { c["80AE80"] = "pulled" },
			outcome: kernel.CardRemoved,
			lines:   []string{"Insert the card again and leave it in"},
		},
		"no application": {
			change:  func(c chip) { c["00A40400"] = "6A82" },
			outcome: kernel.Fallback,
			lines:   []string{"card          inserted\n", "not performed (CVM results 3F0000)", "ask for another card"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.profile == "" {
				c.profile = "demo"
			}
			card := newChip("1F03")
			if c.change != nil {
				c.change(card)
			}
			receipt := newBench(t, c.profile, c.online).purchase(t, card)
			assert.Equal(t, c.outcome, receipt.Result.Outcome)
			for _, line := range c.lines {
				assert.Contains(t, text(t, receipt), line)
			}
			_, err := json.Marshal(receipt)
			require.NoError(t, err)
		})
	}
}

func TestVerificationInWords(t *testing.T) {
	for name, c := range map[string]struct {
		rules   string
		counter string
		entries []kernel.PINEntry
		want    []string
	}{
		"signature":  {rules: "5E03", want: []string{"verification   signature (CVM results 5E0300)", "Have the receipt signed"}},
		"online PIN": {rules: "4203", entries: []kernel.PINEntry{entered(t, "1234")}, want: []string{"verification   PIN, for the issuer to verify (CVM results 420300)"}},
		"and signature": {rules: "4303", entries: []kernel.PINEntry{entered(t, "1234")},
			want: []string{"verification   PIN, verified by the card, and signature"}},
		"blocked": {rules: "0103", counter: "9F1701009000", want: []string{"verification   failed", "No PIN tries are left on the card"}},
		"skipped": {rules: "0103", entries: []kernel.PINEntry{kernel.Bypassed()}, want: []string{"verification   failed", "pin-required-not-entered"}},
	} {
		t.Run(name, func(t *testing.T) {
			card := newChip(c.rules)
			if c.counter != "" {
				card["80CA9F17"] = c.counter
			}
			receipt := newBench(t, "demo", nil, c.entries...).purchase(t, card)
			for _, want := range c.want {
				assert.Contains(t, text(t, receipt), want)
			}
		})
	}
}

func TestTapDoesNotWaitForRemoval(t *testing.T) {
	b := newBench(t, "demo", nil)
	b.slot.Tap(newChip("1F03"))
	receipt, err := b.terminal.Purchase(t.Context(), 1234)
	require.NoError(t, err)
	assert.Equal(t, hardware.Contactless, receipt.Presentation)
	assert.Contains(t, text(t, receipt), "tapped")
}

// TestReceiptOfTapWithTrack2: a tap may name its account nowhere else.
func TestReceiptOfTapWithTrack2(t *testing.T) {
	c := newChip("1F03")
	name := hex.EncodeToString([]byte("2PAY.SYS.DDF01"))
	c["00A404000E"] = object("6F", object("84", name), object("A5", object("BF0C", object("61", object("4F", "A000000025010801"))))) + "9000"
	c["00B2"] = object("70", object("57", "374245001741007D3512201543211234"), object("5F24", "351231"), object("8C", "9F0206", "9F3704")) + "9000"
	b := newBench(t, "demo", nil)
	b.slot.Tap(c)
	receipt, err := b.terminal.Purchase(t.Context(), 1234)
	require.NoError(t, err)
	assert.Contains(t, text(t, receipt), "374245*****1007, tapped")
	j, err := json.Marshal(receipt)
	require.NoError(t, err)
	assert.Contains(t, string(j), `"pan":"374245*****1007"`)
}

func TestPurchaseWithoutTransaction(t *testing.T) {
	b := newBench(t, "demo", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.terminal.Purchase(ctx, 1234)
	assert.ErrorIs(t, err, context.Canceled)

	b.slot.Insert(newChip("1F03"))
	_, err = b.terminal.Purchase(t.Context(), 1e12)
	assert.ErrorContains(t, err, "purchase: transact: make 9F02")
	require.NoError(t, b.slot.Close())
	_, err = b.terminal.Purchase(t.Context(), 1234)
	assert.ErrorIs(t, err, hardware.ErrReaderClosed)
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	_, err := terminal.New(terminal.Config{Cardholder: pinpad.NewScripted()})
	assert.ErrorContains(t, err, "Config wants a Reader and a Cardholder")
	_, err = terminal.New(terminal.Config{Reader: slot.New(""), Cardholder: pinpad.NewScripted()})
	assert.ErrorContains(t, err, "set up terminal: set up kernel: profile has no application")
}
