package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/message"
)

// own is an issuer with cards, once for all tests.
var own = sync.OnceValues(func() (*load.Own, error) { return load.NewOwn(context.Background(), ownCards) })

const ownCards = 40

func TestMain(m *testing.M) {
	m.Run()
	if o, err := own(); err == nil {
		_ = o.Close()
	}
}

// fleet returns the cards of own; each test goes on where the one before ended.
func fleet(t *testing.T, terminals int) (*load.Fleet, load.Target) {
	t.Helper()
	o, err := own()
	require.NoError(t, err)
	f, err := o.File.Fleet(terminals)
	require.NoError(t, err)
	t.Cleanup(func() { o.File.ATC = f.HighestATC() })
	return f, load.Target{Address: o.Address}
}

// adds checks that the counts of a result add up, and that its histogram has them.
func adds(t *testing.T, x *load.Result, requests int) {
	t.Helper()
	assert.Equal(t, requests, x.Requests+x.Warmup)
	assert.Equal(t, x.Requests, x.Right+x.Wrong+x.Missing)
	assert.EqualValues(t, x.Right+x.Wrong, x.Latency.Count)
	right, wrong, due, answered := 0, 0, 0, 0
	for _, k := range x.Kinds {
		right, wrong = right+k.Right, wrong+k.Wrong
	}
	for _, s := range x.Timeline {
		due, answered = due+s.Due, answered+s.Answered
	}
	assert.Equal(t, []int{x.Right, x.Wrong + x.Missing, x.Requests, x.Right + x.Wrong}, []int{right, wrong, due, answered})
	if x.Latency.Count > 0 {
		l := x.Latency
		assert.True(t, 0 < l.P50 && l.P50 <= l.P90 && l.P90 <= l.P99 && l.P99 <= l.P999 && l.P999 <= l.Max, "%+v", l)
	}
}

// TestRate: what comes at a rate is answered, all kinds of it, and counted.
func TestRate(t *testing.T) {
	f, target := fleet(t, 4)
	plan, err := f.Plan(load.PlanOptions{
		Rate: 400, Duration: 400 * time.Millisecond, Warmup: 100 * time.Millisecond, Now: time.Now(),
		Mix: load.Mix{load.Insertion: 2, load.Tap: 2, load.Order: 1, load.Reversal: 1},
	})
	require.NoError(t, err)
	require.Equal(t, 200, plan.Count())
	var progress load.Progress
	x, err := plan.Run(t.Context(), target, &progress)
	require.NoError(t, err)
	require.NoError(t, x.Failed())
	adds(t, x, 200)
	assert.Equal(t, x.Requests, x.Right)
	assert.Positive(t, x.Warmup)
	assert.Len(t, x.Kinds, 4)
	assert.EqualValues(t, 200, progress.Sent.Load())
	assert.EqualValues(t, 200, progress.Answered.Load())
}

// TestOneAfterTheOther: terminals that wait for each answer get all of them.
func TestOneAfterTheOther(t *testing.T) {
	f, target := fleet(t, 8)
	plan, err := f.Plan(load.PlanOptions{Requests: 160, Now: time.Now()})
	require.NoError(t, err)
	x, err := plan.Run(t.Context(), target, nil)
	require.NoError(t, err)
	require.NoError(t, x.Failed())
	adds(t, x, 160)
	assert.Equal(t, 160, x.Right)
}

// TestWrongKeys: cards of another issuer are declined, and that is told.
func TestWrongKeys(t *testing.T) {
	_, target := fleet(t, 1)
	keys, err := issuer.SeededKeys(random.Seeded(7))
	require.NoError(t, err)
	f, err := load.NewFleet(keys, ownCards, 2, 0)
	require.NoError(t, err)
	plan, err := f.Plan(load.PlanOptions{Requests: 20, Mix: load.Mix{load.Tap: 1}, Now: time.Now()})
	require.NoError(t, err)
	x, err := plan.Run(t.Context(), target, nil)
	require.NoError(t, err)
	adds(t, x, 20)
	assert.Equal(t, 20, x.Wrong)
	assert.EqualError(t, x.Failed(), "20 of 20 answers were wrong and 0 did not come; most often: declined with 100, do not honour")
}

// TestUsedTransactions: who begins with numbers that were used is declined.
func TestUsedTransactions(t *testing.T) {
	f, target := fleet(t, 1)
	old, err := own()
	require.NoError(t, err)
	stale := old.File
	for _, used := range []bool{false, true} {
		time.Sleep(time.Millisecond) // another merchant, or these are repeats
		if used {
			f, err = stale.Fleet(1)
			require.NoError(t, err)
		}
		plan, err := f.Plan(load.PlanOptions{Requests: 10, Mix: load.Mix{load.Insertion: 1}, Now: time.Now()})
		require.NoError(t, err)
		x, err := plan.Run(t.Context(), target, nil)
		require.NoError(t, err)
		assert.Equal(t, used, x.Failed() != nil)
	}
}

// host answers each message with what answer makes of it, nothing where that is nil.
func host(t *testing.T, answer func([]byte) []byte) load.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					b, err := message.ISO93().Framing().ReadMessage(c)
					if err != nil {
						return
					}
					if b = answer(b); b != nil {
						_ = message.ISO93().Framing().WriteMessage(c, b)
					}
				}
			}()
		}
	}()
	return load.Target{Address: l.Addr().String(), Patience: 100 * time.Millisecond}
}

// approve approves, without knowing the card.
func approve(t *testing.T, change func(*message.AuthorizationResponse)) func([]byte) []byte {
	return func(b []byte) []byte {
		m, err := message.ISO93().Unpack(b)
		if !assert.NoError(t, err) {
			return nil
		}
		r := m.(*message.AuthorizationRequest)
		answer := &message.AuthorizationResponse{Header: r.Header.Reply(), PAN: r.PAN, Amount: r.Amount, Currency: r.Currency, ApprovalCode: "123456", ICCData: r.ICCData}
		change(answer)
		b, err = message.ISO93().Pack(answer)
		assert.NoError(t, err)
		return b
	}
}

// TestBadHosts: silence, noise, answers to others and approvals by who is not the issuer
// are told apart.
func TestBadHosts(t *testing.T) {
	f, _ := fleet(t, 2)
	for fault, answer := range map[string]func([]byte) []byte{
		"no answer":                 func([]byte) []byte { return nil },
		"read answer":               func([]byte) []byte { return []byte("noise") },
		"answer to another request": approve(t, func(a *message.AuthorizationResponse) { a.STAN++ }),
		"answer to a cryptogram":    approve(t, func(*message.AuthorizationResponse) {}),
		"declined with 101":         approve(t, func(a *message.AuthorizationResponse) { a.ActionCode = message.ActionExpiredCard }),
	} {
		for _, rate := range []float64{0, 200} {
			plan, err := f.Plan(load.PlanOptions{Requests: 6, Rate: rate, Duration: 30 * time.Millisecond, Mix: load.Mix{load.Tap: 1}, Now: time.Now()})
			require.NoError(t, err)
			x, err := plan.Run(t.Context(), host(t, answer), nil)
			require.NoError(t, err)
			adds(t, x, plan.Count())
			assert.Zero(t, x.Right, fault)
			assert.ErrorContains(t, x.Failed(), fault)
		}
	}
}

// TestCalledOff: a load that is called off ends, whoever does not answer.
func TestCalledOff(t *testing.T) {
	f, _ := fleet(t, 2)
	target := host(t, func([]byte) []byte { return nil })
	target.Patience = time.Hour
	for _, rate := range []float64{0, 100} {
		plan, err := f.Plan(load.PlanOptions{Requests: 4, Rate: rate, Duration: time.Hour / 36_000, Now: time.Now()})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, stop)
		_, err = plan.Run(ctx, target, nil)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// TestOtherMachines: without consent a load goes to this machine alone.
func TestOtherMachines(t *testing.T) {
	f, _ := fleet(t, 1)
	plan, err := f.Plan(load.PlanOptions{Requests: 1, Now: time.Now()})
	require.NoError(t, err)
	for _, address := range []string{"192.0.2.1:8583", "bank.example:8583", "localhost:8583", ":8583", "[2001:db8::1]:8583"} {
		_, err := plan.Run(t.Context(), load.Target{Address: address}, nil)
		require.ErrorIs(t, err, load.ErrNotLoopback, address)
	}
	require.NoError(t, load.Target{Address: "[::1]:8583"}.Check())
	require.NoError(t, load.Target{Address: "bank.example:8583", AnotherMachine: true}.Check())
	require.ErrorContains(t, load.Target{Address: "127.0.0.1"}.Check(), "want an address")
}

// TestReport: the page has its diagrams and what was wrong, and JSON has the counts.
func TestReport(t *testing.T) {
	f, target := fleet(t, 2)
	plan, err := f.Plan(load.PlanOptions{Requests: 40, Now: time.Now()})
	require.NoError(t, err)
	x, err := plan.Run(t.Context(), target, nil)
	require.NoError(t, err)
	x.Faults = map[string]int{"<b>": 3}
	report := load.Report{Host: "own", Bound: 5000, Steps: []load.SearchStep{{Rate: 100, P99: 70, Holds: true}}, Result: x}
	var page bytes.Buffer
	require.NoError(t, report.WriteHTML(&page))
	assert.Equal(t, 3, strings.Count(page.String(), "<svg"))
	assert.Contains(t, page.String(), "&lt;b&gt;")
	assert.NotContains(t, page.String(), "NaN")
	assert.NotContains(t, page.String(), "Inf")
	b, err := json.Marshal(report)
	require.NoError(t, err)
	var read load.Report
	require.NoError(t, json.Unmarshal(b, &struct {
		Result struct{ Requests, Right *int }
	}{struct{ Requests, Right *int }{&read.Cards, new(int)}}))
	assert.Equal(t, 40, read.Cards)
	none := load.Report{Steps: report.Steps}
	page.Reset()
	require.NoError(t, none.WriteHTML(&page))
	assert.Contains(t, page.String(), "No rate held")
}
