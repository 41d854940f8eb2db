package bench_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/fault"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/testdata/need"
)

// The PINs of the transaction that is cut: a wrong one, the right one, and the
// one in the script.
const (
	wrongPIN = "9999"
	oldPIN   = "1234"
	newPIN   = "2580"
	tryLimit = 3
)

// copyOf returns a memory with the same content.
func copyOf(t testing.TB, m card.Medium) *card.Memory {
	t.Helper()
	size, err := m.Size()
	require.NoError(t, err)
	content := make([]byte, size)
	_, err = m.ReadAt(content, 0)
	require.NoError(t, err)
	duplicate := card.NewMemory()
	require.NoError(t, duplicate.Append(content))
	return duplicate
}

// session powers a chip on and selects its application.
func session(t testing.TB, chip hardware.Chip) hardware.Card {
	t.Helper()
	c, err := chip.PowerOn(hardware.Contact)
	require.NoError(t, err)
	for _, aid := range [][]byte{{0xA0, 0, 0, 0, 0x25, 0x01}, aidVisa, aidMastercard, aidCCD} {
		if send(t, c, apdu.Select(aid, apdu.First)).SW == apdu.SWSuccess {
			break
		}
	}
	send(t, c, apdu.GetProcessingOptions([]byte{0x83, 0}))
	return c
}

func send(t testing.TB, c hardware.Card, command apdu.Command) apdu.Response {
	t.Helper()
	r, err := apdu.Exchange(context.Background(), c, command)
	require.NoError(t, err)
	return r
}

// accepts reports whether a chip with this memory accepts a PIN. It tries on a
// copy, so the memory stays as it is.
func accepts(t testing.TB, m card.Medium, digits string) bool {
	t.Helper()
	c := session(t, open(t, copyOf(t, m)))
	block, err := pin.Encode(pin.Format2, mustPIN(t, digits), account.PAN{}, nil)
	require.NoError(t, err)
	var sw apdu.SW
	block.Open(func(clear []byte) { sw = send(t, c, apdu.VerifyPlaintext(clear)).SW })
	return sw == apdu.SWSuccess
}

// spy is a chip that notes how it answered each VERIFY and each script command,
// below all faults.
type spy struct {
	hardware.Chip
	medium  *syncing
	tries   int  // left by its answers
	unknown bool // a VERIFY was cut off inside the chip
	durable int  // what that VERIFY had made durable by then, in writes
	scripts []apdu.SW
}

// syncing counts the writes to a medium that are durable.
type syncing struct {
	card.Medium
	done int
}

// Sync counts where it succeeds.
func (m *syncing) Sync() error {
	err := m.Medium.Sync()
	if err == nil {
		m.done++
	}
	return err
}

// PowerOn starts a session that is watched.
func (s *spy) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	c, err := s.Chip.PowerOn(p)
	return spiedCard{c, s}, err
}

type spiedCard struct {
	hardware.Card
	spy *spy
}

// Transmit notes the answer.
func (c spiedCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	before := c.spy.medium.done
	response, err := c.Card.Transmit(ctx, command)
	parsed, malformed := apdu.ParseCommand(command)
	switch {
	case malformed != nil:
	case parsed.Name() == "VERIFY":
		c.spy.note(response, err, c.spy.medium.done-before)
	case parsed.SecureMessaging():
		r, _ := apdu.ParseResponse(response)
		c.spy.scripts = append(c.spy.scripts, r.SW)
	}
	return response, err
}

// note takes the answer to a VERIFY and the number of its writes.
func (s *spy) note(response []byte, err error, durable int) {
	r, malformed := apdu.ParseResponse(response)
	if err != nil || malformed != nil {
		s.unknown, s.durable = true, durable
		return
	}
	if left, ok := r.SW.TriesLeft(); ok {
		s.tries = left
	}
	if r.SW == apdu.SWSuccess {
		s.tries = tryLimit
	}
}

// triesLeft returns what the try counter may be: what the answers said. A VERIFY
// that was cut off before it had made anything durable may have taken its try and
// can have given none. Behind that, which only the right PIN comes to, the try is
// taken, and given back where the second write was whole: a counter that stayed as
// it was, so that a guess had been compared for free, is not among these. That no
// guess is free is also hardware/card's TestNoFreeTry.
func (s *spy) triesLeft() []int {
	switch {
	case !s.unknown:
		return []int{s.tries}
	case s.durable == 0:
		return []int{s.tries, s.tries - 1}
	}
	return []int{s.tries - 1, tryLimit}
}

// cut is what a cut transaction left behind.
type cut struct {
	made   perso.Card
	memory *card.Memory
	host   *issuer
	spy    *spy
}

// requireSafe checks the invariants that hold whatever was cut. The card had all
// its tries and ATC 0 before.
func (c cut) requireSafe(t testing.TB) {
	t.Helper()
	status := open(t, copyOf(t, c.memory)).Status()[0]

	// I1, I3: exactly one PIN, old or new; the new one only if a script was sent.
	hasOld, hasNew := accepts(t, c.memory, oldPIN), accepts(t, c.memory, newPIN)
	require.True(t, hasOld != hasNew || status.TriesLeft == 0, "old %v, new %v", hasOld, hasNew)
	require.False(t, accepts(t, c.memory, wrongPIN))
	if hasNew {
		require.NotEmpty(t, c.host.scripts)
		require.Equal(t, 1, status.ScriptCount)
		require.Equal(t, tryLimit, status.TriesLeft, "the script resets the tries in the same commit")
	}

	// I5: a try is paid for before it is compared; a script puts the counter back
	// to the limit.
	if !hasNew {
		require.Contains(t, c.spy.triesLeft(), status.TriesLeft)
	}

	// I8: the ATC does not fall behind one that was seen outside.
	for _, seen := range c.host.atcs {
		require.GreaterOrEqual(t, status.ATC, seen)
	}

	// I9: the same script again, in a later transaction, is refused.
	for _, encoded := range c.host.scripts {
		c.requireRefused(t, encoded)
	}
}

// requireRefused plays a script command of the cut transaction to the card in a
// later one that the issuer approves, where the card takes scripts, and only the
// MAC tells that this one is not for now.
func (c cut) requireRefused(t testing.TB, encoded []byte) {
	t.Helper()
	memory := &syncing{Medium: copyOf(t, c.memory)}
	watched := &spy{Chip: open(t, memory), medium: memory}
	replaying := newIssuer(t, c.made)
	replaying.replay = encoded
	result, holder := insertion{chip: watched, online: replaying, pins: []string{c.currentPIN(t)}}.run(t)
	require.NoError(t, holder.Done())
	require.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	require.Equal(t, []apdu.SW{apdu.SWMACIncorrect}, watched.scripts)
}

// currentPIN returns the digits that the card accepts.
func (c cut) currentPIN(t testing.TB) string {
	t.Helper()
	if accepts(t, c.memory, newPIN) {
		return newPIN
	}
	return oldPIN
}

// requireRecovers checks progress: after the cut, insertions without faults
// bring the change to its end. EMV says nothing here; it is I4, I6 and I13 of
// docs/pin-lifecycle.md as far as card and terminal have a part in them.
func (c cut) requireRecovers(t testing.TB) {
	t.Helper()
	icc := open(t, copyOf(t, c.memory))
	host := newIssuer(t, c.made)
	host.newPIN = mustPIN(t, newPIN)
	result, holder := insertion{chip: icc, online: host, pins: []string{c.currentPIN(t)}}.run(t)
	require.NoError(t, holder.Done())
	require.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	proof := newIssuer(t, c.made)
	result, holder = insertion{chip: icc, online: proof, pins: []string{newPIN}}.run(t)
	require.NoError(t, holder.Done())
	require.Equal(t, kernel.ApprovedOnline, result.Outcome, result.Reason)
	require.Equal(t, uint8(1), proof.seen[0].ScriptCount)
	require.False(t, proof.seen[0].Has(emv.CVRLastOnlineNotCompleted))
}

// play runs the transaction that is cut: wrong PIN, right PIN, ARQC, answer with
// 91 and a script in 72, TC, script. The result is nil where the power was gone
// before the card had started.
func play(t testing.TB, made perso.Card, m card.Medium, wrap func(hardware.Reader) hardware.Reader) (*kernel.Result, *issuer, *spy) {
	t.Helper()
	host := newIssuer(t, made)
	host.newPIN = mustPIN(t, newPIN)
	medium := &syncing{Medium: m}
	watched := &spy{medium: medium, tries: tryLimit}
	icc, err := card.Open(card.Config{Medium: medium, Key: storageKey(t)})
	if errors.Is(err, card.ErrTorn) {
		return nil, host, watched
	}
	require.NoError(t, err)
	watched.Chip = icc
	result, _ := insertion{chip: watched, online: host, pins: []string{wrongPIN, oldPIN}, wrap: wrap}.run(t)
	return result, host, watched
}

// TestCutAfterEveryJournalByte takes the card's power away after each byte that
// it writes, and before and after each sync.
func TestCutAfterEveryJournalByte(t *testing.T) {
	made := personalised(t, "amex-pin")
	issued := issue(t, made)
	whole := card.NewTearing(copyOf(t, issued), 1<<40)
	result, _, _ := play(t, made, whole, nil)
	require.Equal(t, kernel.ApprovedOnline, result.Outcome)
	steps := whole.Steps()
	require.Greater(t, steps, int64(300))
	outcomes := map[kernel.Outcome]int{}
	for n := range steps {
		memory := copyOf(t, issued)
		result, host, watched := play(t, made, card.NewTearing(memory, n), nil)
		if result != nil {
			outcomes[result.Outcome]++
		}
		c := cut{made: made, memory: memory, host: host, spy: watched}
		c.requireSafe(t)
		if n%stride(t) == 0 {
			c.requireRecovers(t)
		}
	}
	t.Logf("%d cuts: %v", steps, outcomes)
	assert.Greater(t, outcomes[kernel.CardRemoved], int(steps)/2)
	assert.Len(t, outcomes, 1+min(1, outcomes[kernel.ApprovedOnline]), "a cut ends in a removed card, or in an approval whose script was cut")
}

// stride thins out the slower half of the check where tests are to be short.
func stride(t testing.TB) int64 { return int64(need.Nightly(t, 50, 5, 1)) }

// TestPullBeforeAndAfterEveryAPDU pulls the card at each command of the
// transaction, before the card has it and after it has carried it out.
func TestPullBeforeAndAfterEveryAPDU(t *testing.T) {
	made := personalised(t, "amex-pin")
	issued := issue(t, made)
	commands := countCommands(t, made, issued)
	require.Greater(t, commands, 15)
	for _, action := range []fault.Action{fault.PullBefore, fault.PullAfter, fault.MuteBefore, fault.MuteAfter} {
		for n := 1; n <= commands; n++ {
			t.Run(fmt.Sprintf("%d %d", action, n), func(t *testing.T) {
				injector, err := fault.New(fault.Config{Plan: fault.Plan{{Action: action, Point: fault.Point{Number: n}}}})
				require.NoError(t, err)
				memory := copyOf(t, issued)
				result, host, watched := play(t, made, memory, injector.Reader)
				require.Empty(t, injector.Unfired())
				require.Equal(t, len(host.atcs) > 0, result.RequestSent)
				c := cut{made: made, memory: memory, host: host, spy: watched}
				c.requireSafe(t)
				c.requireRecovers(t)
			})
		}
	}
}

// countCommands returns how many commands the whole transaction has.
func countCommands(t *testing.T, made perso.Card, issued *card.Memory) int {
	t.Helper()
	count := &counting{}
	result, _, _ := play(t, made, copyOf(t, issued), count.reader)
	require.Equal(t, kernel.ApprovedOnline, result.Outcome)
	return count.commands
}

// counting counts commands.
type counting struct {
	hardware.Reader
	commands int
}

func (c *counting) reader(inner hardware.Reader) hardware.Reader {
	c.Reader = inner
	return c
}

// WaitCard counts the commands of the card.
func (c *counting) WaitCard(ctx context.Context) (hardware.Card, error) {
	inner, err := c.Reader.WaitCard(ctx)
	return countedCard{inner, c}, err
}

type countedCard struct {
	hardware.Card
	count *counting
}

// Transmit counts.
func (c countedCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.count.commands++
	return c.Card.Transmit(ctx, command)
}
