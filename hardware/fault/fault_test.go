package fault_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/slot"
)

// The commands of the dialogue that the plans strike.
const (
	selectApp  = "00A4040007A0000000031010"
	readRecord = "00B2010C00"
	verify     = "0020008008241234FFFFFFFFFF"
	generateAC = "80AE400000"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func injector(t *testing.T, plan string) *fault.Injector {
	t.Helper()
	p, err := fault.ParsePlan(plan)
	require.NoError(t, err)
	i, err := fault.New(fault.Config{Plan: p})
	require.NoError(t, err)
	return i
}

// send transmits a command and returns the answer, or "removed".
func send(t *testing.T, card hardware.Card, command string) string {
	t.Helper()
	response, err := card.Transmit(t.Context(), unhex(t, command))
	if errors.Is(err, hardware.ErrCardRemoved) {
		return "removed"
	}
	require.NoError(t, err)
	return strings.ToUpper(hex.EncodeToString(response))
}

// TestActions sends VERIFY, READ RECORD and VERIFY again. The script says what
// reaches the card, and fails the test where it differs.
func TestActions(t *testing.T) {
	for plan, c := range map[string]struct {
		reaches func(*hardwaretest.Script)
		answers []string
		strikes []string
		power   bool
	}{
		"": {func(s *hardwaretest.Script) {
			s.Expect(verify, "63C2").Expect(readRecord, "70009000").Expect(verify, "63C1")
		}, []string{"63C2", "70009000", "63C1"}, nil, true},
		"pull before 2": {func(s *hardwaretest.Script) { s.Expect(verify, "63C2") },
			[]string{"63C2", "removed", "removed"}, []string{"command 2, READ_RECORD: pull before 2"}, false},
		"pull after READ_RECORD": {func(s *hardwaretest.Script) { s.Expect(verify, "63C2").Expect(readRecord, "70009000") },
			[]string{"63C2", "removed", "removed"}, []string{"command 2, READ_RECORD: pull after READ_RECORD 1"}, false},
		"mute before 2": {func(s *hardwaretest.Script) { s.Expect(verify, "63C2") },
			[]string{"63C2", "removed", "removed"}, []string{"command 2, READ_RECORD: mute before 2"}, true},
		"mute after 2": {func(s *hardwaretest.Script) { s.Expect(verify, "63C2").Expect(readRecord, "70009000") },
			[]string{"63C2", "removed", "removed"}, []string{"command 2, READ_RECORD: mute after 2"}, true},
		"alter command VERIFY 2 xor FF00FF at 6": {func(s *hardwaretest.Script) {
			s.Expect(verify, "63C2").Expect(readRecord, "70009000").Expect("002000800824ED34"+"00FFFFFFFF", "63C1")
		}, []string{"63C2", "70009000", "63C1"}, []string{"command 3, VERIFY: alter command VERIFY 2 xor FF00FF at 6"}, true},
		"alter response every VERIFY xor 0F at 1": {func(s *hardwaretest.Script) {
			s.Expect(verify, "63C2").Expect(readRecord, "70009000").Expect(verify, "63C1")
		}, []string{"63CD", "70009000", "63CE"}, []string{"command 1, VERIFY: alter response every VERIFY xor 0F at 1",
			"command 3, VERIFY: alter response every VERIFY xor 0F at 1"}, true},
		"status READ_RECORD 6F00": {func(s *hardwaretest.Script) {
			s.Expect(verify, "63C2").Expect(readRecord, "70009000").Expect(verify, "63C1")
		}, []string{"63C2", "6F00", "63C1"}, []string{"command 2, READ_RECORD: status READ_RECORD 1 6F00"}, true},
		"swallow every VERIFY answer 9000": {func(s *hardwaretest.Script) { s.Expect(readRecord, "70009000") },
			[]string{"9000", "70009000", "9000"}, []string{"command 1, VERIFY: swallow every VERIFY answer 9000",
				"command 3, VERIFY: swallow every VERIFY answer 9000"}, true},
		"swallow 2 answer 01029000\nalter response 2 xor FF at 0\npull after 3": {
			func(s *hardwaretest.Script) { s.Expect(verify, "63C2").Expect(verify, "63C1") },
			[]string{"63C2", "FE029000", "removed"}, []string{"command 2, READ_RECORD: swallow 2 answer 01029000",
				"command 2, READ_RECORD: alter response 2 xor FF at 0", "command 3, VERIFY: pull after 3"}, false},
	} {
		t.Run(plan, func(t *testing.T) {
			script := hardwaretest.NewScript(t)
			c.reaches(script)
			inner, err := script.PowerOn(hardware.Contactless)
			require.NoError(t, err)
			i := injector(t, plan)
			card := i.Card(inner)
			var answers, strikes []string
			for _, command := range []string{verify, readRecord, verify} {
				answers = append(answers, send(t, card, command))
			}
			for _, s := range i.Strikes() {
				strikes = append(strikes, s.String())
			}
			assert.Equal(t, c.answers, answers)
			assert.Equal(t, c.strikes, strikes)
			assert.Empty(t, i.Unfired())
			assert.Equal(t, c.power, script.Powered())
			assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card))
			assert.Equal(t, inner.ATR(), card.ATR())
			assert.NoError(t, card.PowerOff())
			assert.False(t, script.Powered())
		})
	}
}

func TestUnfired(t *testing.T) {
	script := hardwaretest.NewScript(t).Expect(verify, "63C2").Expect("00", "6700")
	inner, err := script.PowerOn(hardware.Contact)
	require.NoError(t, err)
	i := injector(t, "status 1 6F00\nalter response 1 xor 01 at 2\nalter command 1 xor 01 at 13\npull before 3\nmute after every GENERATE_AC\nstatus 2 6E00")
	card := i.Card(inner)
	assert.Equal(t, "6F00", send(t, card, verify))
	assert.Equal(t, "6E00", send(t, card, "00"))
	assert.Equal(t, "alter response 1 xor 01 at 2\nalter command 1 xor 01 at 13\npull before 3\nmute after every GENERATE_AC\n",
		i.Unfired().String())
	assert.Equal(t, "command 2, malformed_command: status 2 6E00", i.Strikes()[1].String())
}

// TestTheCallersBytesStay shows that a fault changes copies.
func TestTheCallersBytesStay(t *testing.T) {
	script := hardwaretest.NewScript(t).Expect("01B2010C00", "6E00")
	inner, err := script.PowerOn(hardware.Contact)
	require.NoError(t, err)
	plan, err := fault.ParsePlan("alter command 1 xor 01 at 0")
	require.NoError(t, err)
	i, err := fault.New(fault.Config{Plan: plan})
	require.NoError(t, err)
	plan[0].Bytes[0] = 0x02
	command := unhex(t, readRecord)
	_, err = i.Card(inner).Transmit(t.Context(), command)
	require.NoError(t, err)
	assert.Equal(t, unhex(t, readRecord), command)
}

func TestErrorsOfTheCardPass(t *testing.T) {
	broken := errors.New("broken reader")
	inner, err := hardwaretest.NewScript(t).ExpectError(readRecord, broken).PowerOn(hardware.Contact)
	require.NoError(t, err)
	i := injector(t, "status 1 9000")
	_, err = i.Card(inner).Transmit(t.Context(), unhex(t, readRecord))
	assert.ErrorIs(t, err, broken)
	assert.Len(t, i.Unfired(), 1, "there was no answer to replace")
}

func TestDelay(t *testing.T) {
	plan, err := fault.ParsePlan("delay 1 200ms\ndelay 2 1h")
	require.NoError(t, err)
	virtual := &waiting{Virtual: clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)), waits: make(chan time.Duration, 1)}
	i, err := fault.New(fault.Config{Plan: plan, Clock: virtual})
	require.NoError(t, err)
	inner, err := hardwaretest.NewScript(t).Expect(selectApp, "6A82").PowerOn(hardware.Contact)
	require.NoError(t, err)
	card := i.Card(inner)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	transmit := func() {
		_, err := card.Transmit(ctx, unhex(t, selectApp))
		done <- err
	}

	go transmit()
	require.Equal(t, 200*time.Millisecond, <-virtual.waits)
	virtual.Advance(199 * time.Millisecond)
	select {
	case <-done:
		t.Fatal("too early")
	default:
	}
	virtual.Advance(time.Millisecond)
	require.NoError(t, <-done)

	go transmit()
	require.Equal(t, time.Hour, <-virtual.waits)
	cancel()
	assert.ErrorIs(t, <-done, context.Canceled, "the command does not reach the card")
	assert.Empty(t, i.Unfired())
}

// waiting is a clock that tells when somebody waits.
type waiting struct {
	*clock.Virtual
	waits chan time.Duration
}

func (w *waiting) AfterFunc(d time.Duration, f func()) clock.Timer {
	defer func() { w.waits <- d }()
	return w.Virtual.AfterFunc(d, f)
}

// TestReader shows that a reader with an empty plan is a reader.
func TestReader(t *testing.T) {
	hardwaretest.TestReader(t, func(t *testing.T) (hardware.Reader, hardwaretest.Hand) {
		s := slot.New("slot")
		return injector(t, "").Reader(s), s
	})
}

// TestPulledCardComesBack goes through two insertions of a card that stays in
// the slot: the count of commands goes on.
func TestPulledCardComesBack(t *testing.T) {
	script := hardwaretest.NewScript(t).Expect(selectApp, "9000").Expect(selectApp, "9000").Expect(generateAC, "9000")
	s := slot.New("slot")
	s.Insert(script)
	i := injector(t, "pull before 2\npull after GENERATE_AC 2")
	reader := i.Reader(s)
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		card, err := reader.WaitCard(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "9000", send(t, card, selectApp))
		assert.Equal(t, "removed", send(t, card, generateAC))
		assert.False(t, script.Powered())
		assert.NoError(t, reader.WaitRemoval(ctx))
		cancel()
		assert.ErrorIs(t, reader.WaitRemoval(ctx), context.Canceled)
	}
	assert.Empty(t, i.Unfired())
	require.NoError(t, reader.Close())
	assert.ErrorIs(t, reader.WaitRemoval(t.Context()), hardware.ErrReaderClosed)
	_, err := reader.WaitCard(t.Context())
	assert.ErrorIs(t, err, hardware.ErrReaderClosed)
}

// able is a card in a reader with every ability.
type able struct{ hardware.Card }

func (able) WarmReset(context.Context) ([]byte, error)         { return []byte{0x3B}, nil }
func (able) VerifyPIN(context.Context, []byte) ([]byte, error) { return []byte{0x90, 0x00}, nil }

func TestAbilities(t *testing.T) {
	inner, err := hardwaretest.NewScript(t).Expect(selectApp, "9000").PowerOn(hardware.Contact)
	require.NoError(t, err)
	i := injector(t, "mute before VERIFY 1\nstatus VERIFY 2 63C2\npull before SELECT 2")
	card := i.Card(able{inner})
	template := unhex(t, verify)
	_, err = card.(hardware.PINVerifier).VerifyPIN(t.Context(), template)
	assert.ErrorIs(t, err, hardware.ErrCardRemoved)
	assert.Equal(t, "removed", send(t, card, selectApp), "mute until the reset")
	_, err = card.(hardware.WarmResetter).WarmReset(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "9000", send(t, card, selectApp))
	response, err := card.(hardware.PINVerifier).VerifyPIN(t.Context(), template)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x63, 0xC2}, response)
	assert.Equal(t, "removed", send(t, card, selectApp))
	_, err = card.(hardware.WarmResetter).WarmReset(t.Context())
	assert.ErrorIs(t, err, hardware.ErrCardRemoved, "a reset does not bring back a card that was pulled")
	assert.Empty(t, i.Unfired())

	_, isResetter := i.Card(inner).(hardware.WarmResetter)
	_, isVerifier := i.Card(inner).(hardware.PINVerifier)
	assert.False(t, isResetter || isVerifier)
}
