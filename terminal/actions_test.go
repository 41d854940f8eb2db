package terminal_test

import (
	"context"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// listener answers as it is told and keeps the request.
type listener struct {
	host
	request *kernel.OnlineRequest
}

func (l *listener) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	l.request = r
	return l.host.Authorize(ctx, r)
}

// TestActions sends what the merchant asks for to the issuer, and says what to do.
func TestActions(t *testing.T) {
	pinScript := [][]byte{{0x72, 0x06, 0x86, 0x04, 0x84, 0x24, 0x00, 0x00}}
	for name, c := range map[string]struct {
		do            func(context.Context, *terminal.Terminal) (*terminal.Receipt, error)
		profile       string
		kind          emv.TransactionKind
		amount, other uint64
		scripts       [][]byte
		outcome       kernel.Outcome
		lines         []string
	}{
		"purchase": {
			do: func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
				return t.Purchase(ctx, 1234)
			},
			kind: emv.Purchase, amount: 1234, outcome: kernel.ApprovedOnline, lines: []string{"next Hand over the goods."},
		},
		"purchase forced online": {
			do: func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
				return t.PurchaseOnline(ctx, 1234)
			},
			kind: emv.Purchase, amount: 1234, outcome: kernel.ApprovedOnline, lines: []string{"merchant-forced-online"},
		},
		"cashback": {
			do: func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
				return t.PurchaseWithCashback(ctx, 1234, 500)
			},
			kind: emv.PurchaseWithCashback, amount: 1734, other: 500, outcome: kernel.ApprovedOnline,
			lines: []string{"transaction purchase with cashback", "amount 17.34 USD, of which 5.00 USD in cash", "Hand over the goods and 5.00 USD in cash."},
		},
		"cash over the counter": {
			do:   func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.Cash(ctx, 2000) },
			kind: emv.ManualCash, amount: 2000, outcome: kernel.ApprovedOnline, lines: []string{"transaction cash\n", "Hand over 20.00 USD in cash."},
		},
		"cash of a machine": {
			do:      func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.Cash(ctx, 2000) },
			profile: "cash-machine", kind: emv.UnattendedCash, amount: 2000, outcome: kernel.ApprovedOnline, lines: []string{"transaction cash\n"},
		},
		"refund": {
			do:   func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.Refund(ctx, 1234) },
			kind: emv.Refund, amount: 1234, outcome: kernel.ApprovedOnline, lines: []string{"transaction refund", "Take the goods back"},
		},
		"balance inquiry": {
			do: func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) {
				return t.BalanceInquiry(ctx)
			},
			kind: emv.BalanceInquiry, outcome: kernel.ApprovedOnline, lines: []string{"transaction balance inquiry", "The issuer has answered, and told no balance."},
		},
		"PIN change": {
			do:   func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.ChangePIN(ctx) },
			kind: emv.PINChange, scripts: pinScript, outcome: kernel.Done, lines: []string{"transaction PIN change", "outcome DONE\n", "The card has its new PIN"},
		},
		"PIN change without a script": {
			do:   func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.ChangePIN(ctx) },
			kind: emv.PINChange, outcome: kernel.DeclinedOnline, lines: []string{"DECLINED ONLINE: the issuer sent no script", "Do not count on a change of the card"},
		},
		"PIN unblock": {
			do:   func(ctx context.Context, t *terminal.Terminal) (*terminal.Receipt, error) { return t.UnblockPIN(ctx) },
			kind: emv.PINUnblock, scripts: pinScript, outcome: kernel.Done, lines: []string{"transaction PIN unblock", "The card has its PIN tries back."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.profile == "" {
				c.profile = "demo"
			}
			online := &listener{host: host{response: &kernel.OnlineResponse{ARC: 0x3030, Scripts: c.scripts}}}
			b := newBench(t, c.profile, online)
			card := newChip("1F03")
			card["84240000"] = "9000"
			b.slot.Insert(card)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			r, err := c.do(ctx, b.terminal)
			require.NoError(t, err)
			assert.Equal(t, c.outcome, r.Result.Outcome, r.Result.Reason)
			tx := online.request.Transaction
			assert.Equal(t, []any{c.kind, c.kind.Type(), c.amount, c.other}, []any{tx.Kind, tx.Type, tx.Amount, tx.OtherAmount})
			for _, line := range c.lines {
				assert.Contains(t, squeezed(text(t, r)), line)
			}
			assert.Equal(t, c.kind.IssuerOnly(), !containsLine(text(t, r), "amount"))
		})
	}
}

// squeezed leaves one space between label and value.
func squeezed(text string) string { return regexp.MustCompile(` {2,}`).ReplaceAllString(text, " ") }

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

func containsLine(text, label string) bool {
	for _, line := range lines(text) {
		if strings.HasPrefix(line, label+" ") {
			return true
		}
	}
	return false
}

// TestActionsNotOffered end before a card is waited for.
func TestActionsNotOffered(t *testing.T) {
	p, err := profile.Named("unattended")
	require.NoError(t, err)
	till, err := terminal.New(terminal.Config{Reader: slot.New("empty"), Profile: p, Cardholder: pinpad.NewScripted()})
	require.NoError(t, err)
	ctx := t.Context()
	for want, do := range map[string]func() (*terminal.Receipt, error){
		"cash: terminal profile unattended does not offer it: its additional_capabilities lack cash":                       func() (*terminal.Receipt, error) { return till.Cash(ctx, 1) },
		"balance inquiry: terminal profile unattended does not offer it: its additional_capabilities lack inquiry":         func() (*terminal.Receipt, error) { return till.BalanceInquiry(ctx) },
		"PIN change: terminal profile unattended does not offer it: its additional_capabilities lack administrative":       func() (*terminal.Receipt, error) { return till.ChangePIN(ctx) },
		"purchase with cashback: terminal profile unattended does not offer it: its additional_capabilities lack cashback": func() (*terminal.Receipt, error) { return till.PurchaseWithCashback(ctx, 1, 1) },
		"purchase with cashback: no cashback: that is a purchase":                                                          func() (*terminal.Receipt, error) { return till.PurchaseWithCashback(ctx, 1, 0) },
		"purchase with cashback: amounts too large":                                                                        func() (*terminal.Receipt, error) { return till.PurchaseWithCashback(ctx, 1, math.MaxUint64) },
	} {
		_, err := do()
		assert.EqualError(t, err, want)
	}
}

// TestQuickChipTerminal lets go of the card before the issuer answers.
func TestQuickChipTerminal(t *testing.T) {
	b := newBench(t, "quick-chip", nil)
	inSlot := true
	b.terminal = newTerminal(t, b, onlineFunc(func() {
		_, err := b.slot.WaitCard(expired(t))
		inSlot = err == nil
	}))
	receipt := b.purchase(t, newChip("1F03"))
	assert.Equal(t, kernel.ApprovedOnline, receipt.Result.Outcome)
	assert.False(t, inSlot, "the card was out when the issuer was asked")
	assert.Contains(t, text(t, receipt), "cryptogram     ARQC 0102030405060708, ATC 7")
}

// onlineFunc approves after a look at the world.
type onlineFunc func()

func (f onlineFunc) Authorize(context.Context, *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	f()
	return &kernel.OnlineResponse{ARC: 0x3030}, nil
}

func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestDetail shows each bit of the TVR with its rule, in the order of the TVR.
func TestDetail(t *testing.T) {
	var b strings.Builder
	receipt := newBench(t, "demo", nil, kernel.Bypassed()).purchase(t, newChip("4103"))
	require.NoError(t, receipt.WriteDetail(&b))
	assert.Equal(t, []string{
		"TVR byte 1 bit 8                 Offline data authentication was not performed",
		"                                 Book 3, 10.3: not performed: AIP 1800 and capabilities 20F8C8 have no method in common",
		"TVR byte 3 bit 8                 Cardholder verification was not successful",
		"                                 Book 3, 10.5: rule 1: the list ends",
		"TVR byte 3 bit 4                 PIN entry required, PIN pad present, but PIN was not entered",
		"                                 Book 3, 10.5.1: rule 1: the entry of the PIN was bypassed",
		"TVR byte 4 bit 8                 Transaction exceeds floor limit",
		"                                 Book 3, 10.6.1: amount 12.34 reaches the floor limit of 0.00",
	}, lines(b.String())[len(lines(b.String()))-8:])
	assert.Equal(t, "application selection            no PSE: 6A82 file or application not found", lines(b.String())[0])
}
