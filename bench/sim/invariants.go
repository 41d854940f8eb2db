package sim

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// Invariant is something that must hold, whatever is torn, lost, doubled, delayed or
// killed. I1 to I13 are those of docs/pin-lifecycle.md.
type Invariant struct {
	Name string
	Says string
	hold func(w *world, s step) error
}

// Invariants returns all, in their order.
func Invariants() []Invariant {
	return []Invariant{
		{"I1", "the chip stores one PIN that its holder chose, or none before the first", chipHasAChosenPIN},
		{"I2", "the host's candidates contain the chip's PIN", hostKnowsTheChip},
		{"I3", "the chip accepts the PIN that it has committed, and no other", chipAcceptsItsPIN},
		{"I4", "an acknowledged PIN is never lost", acknowledgedIsKept},
		{"I5", "the try counter rises by a right PIN or an authenticated script alone, and falls before the comparison", triesAreCounted},
		{"I6", "faults alone lock nobody out", nobodyIsLockedOut},
		{"I7", "nothing is posted twice, and what was reversed nets to zero", moneyAddsUp},
		{"I8", "the ATC only rises", counterRises},
		{"I9", "a script is taken at most once, in the transaction that it was made for", scriptsAreTakenOnce},
		{"I10", "there is no proof without the chip's word", proofIsTrue},
		{"I11", "nobody changes the card of another", othersChangeNothing},
		{"I12", "no PIN, key or account number lies in clear", nothingInClear},
		{"I13", "two insertions bring every change to its end", changesComplete},
		{"same-answer", "a request that comes again gets the answer that it got", answersAreTheSame},
		{"commit-first", "what is sent was committed", commitsComeFirst},
		{"nothing-owed", "what a terminal owes reaches the host", nothingStaysOwed},
	}
}

// chipHasAChosenPIN is I1.
func chipHasAChosenPIN(_ *world, s step) error {
	switch c := s.card; {
	case c == nil:
	case c.after.PIN == unknown:
		return errors.New("the chip has a PIN that nobody chose")
	case c.before.PINSet && !c.after.PINSet:
		return errors.New("the chip has lost its PIN")
	}
	return nil
}

// hostKnowsTheChip is I2.
func hostKnowsTheChip(w *world, s step) error {
	if s.card == nil && s.commit == nil {
		return nil
	}
	if p := w.chip.look().PIN; !slices.Contains(w.record.PIN.Candidates(), p) {
		return fmt.Errorf("the chip has generation %d, the candidates are %v", p, w.record.PIN.Candidates())
	}
	return nil
}

// chipAcceptsItsPIN is I3.
func chipAcceptsItsPIN(w *world, s step) error {
	c := s.card
	if c == nil {
		return nil
	}
	if c.after.PIN != c.before.PIN && c.ins != apdu.INSPINChange {
		return fmt.Errorf("%s has changed the PIN", c.name)
	}
	if c.ins != apdu.INSVerify || !c.answered || c.before.TriesLeft == 0 {
		return nil
	}
	right := w.entered(c) == c.before.PIN
	if accepted := c.sw == apdu.SWSuccess; accepted != right && (accepted || compared(c)) {
		return fmt.Errorf("VERIFY with generation %d answers %04X, the chip has %d", w.entered(c), uint16(c.sw), c.before.PIN)
	}
	return nil
}

// entered returns the PIN that a VERIFY brought: what stands in it, or, where that is
// enciphered, what was entered at the terminal.
func (w *world) entered(c *cardStep) pinlife.Generation {
	v, err := apdu.ParseCommand(c.command)
	if err != nil || v.P2 != plaintextPIN {
		return w.watch.entered
	}
	block, err := pin.ParseBlock(v.Data)
	if err != nil {
		return unknown
	}
	p, err := pin.Decode(pin.Format2, block, account.PAN{})
	if err != nil {
		return unknown
	}
	for g, known := range w.holder.pins {
		if known.Equal(p) {
			return g
		}
	}
	return unknown
}

// plaintextPIN is P2 of a VERIFY with a plaintext PIN. EMV Book 3, 6.5.12.
const plaintextPIN = 0x80

// compared reports whether a VERIFY got as far as the comparison.
func compared(c *cardStep) bool {
	return c.ins == apdu.INSVerify && (c.sw == apdu.SWSuccess || c.sw&0xFFF0 == 0x63C0)
}

// acknowledgedIsKept is I4.
func acknowledgedIsKept(w *world, s step) error {
	if s.end == nil || w.record.PIN.Held {
		return nil
	}
	if p := w.chip.look().PIN; p < w.holder.acked {
		return fmt.Errorf("generation %d was acknowledged, the chip has %d", w.holder.acked, p)
	}
	return nil
}

// triesAreCounted is I5.
func triesAreCounted(w *world, s step) error {
	c := s.card
	if c == nil {
		return nil
	}
	rises, falls := c.after.TriesLeft-c.before.TriesLeft, c.before.TriesLeft-c.after.TriesLeft
	right := c.ins == apdu.INSVerify && w.entered(c) == c.before.PIN
	switch {
	case rises > 0 && !right && c.ins != apdu.INSPINChange:
		return fmt.Errorf("%s has raised the tries from %d to %d", c.name, c.before.TriesLeft, c.after.TriesLeft)
	case falls > 1, falls == 1 && c.ins != apdu.INSVerify:
		return fmt.Errorf("%s has lowered the tries from %d to %d", c.name, c.before.TriesLeft, c.after.TriesLeft)
	case c.answered && compared(c) && (len(c.writes) == 0 || c.writes[0] != card.WritePINTry):
		return errors.New("VERIFY compared the PIN before it took a try off")
	case c.answered && compared(c) && !right && falls != 1:
		return errors.New("a wrong PIN cost no try")
	}
	return nil
}

// nobodyIsLockedOut is I6.
func nobodyIsLockedOut(w *world, s step) error {
	if s.end == nil || !w.chip.look().PINSet || w.record.PIN.Held {
		return nil
	}
	if !slices.ContainsFunc(s.end.visits, func(v *visit) bool { return v.good }) {
		return fmt.Errorf("the right PIN was not accepted in %d insertions, %d tries are left", len(s.end.visits), w.chip.look().TriesLeft)
	}
	return nil
}

// moneyAddsUp is I7.
func moneyAddsUp(w *world, s step) error {
	if s.commit != nil {
		for _, p := range s.commit.after.Payments {
			w.watch.payments[p.Key] = p // the record keeps the last ones alone
		}
	}
	if s.end == nil {
		return nil
	}
	booked, net := map[uint64]int{}, map[uint64]int{}
	for _, p := range w.watch.payments {
		if p.Marker() {
			continue
		}
		booked[uint64(p.Amount)]++
		if !p.Reversed {
			net[uint64(p.Amount)]++
		}
	}
	spent := int64(0)
	for _, p := range w.purchases {
		n := net[p.amount]
		spent += int64(n) * int64(p.amount)
		switch {
		case booked[p.amount] > 1:
			return fmt.Errorf("purchase %d is posted %d times", p.amount, booked[p.amount])
		case p.told == "" && p.order:
			// Its terminal was killed, and may have been told or not.
		case p.stands && n != 1:
			return fmt.Errorf("purchase %d stands at the merchant's, and not at the issuer's", p.amount)
		case !p.stands && n != 0:
			return fmt.Errorf("purchase %d stands at the issuer's, and not at the merchant's (%s)", p.amount, p.said())
		}
	}
	if w.record.Spent.Amount != spent {
		return fmt.Errorf("the issuer counts %d as spent, and has booked %d", w.record.Spent.Amount, spent)
	}
	return nil
}

// counterRises is I8.
func counterRises(_ *world, s step) error {
	if c := s.card; c != nil && (c.after.ATC < c.before.ATC || c.after.ATC > c.before.ATC+1) {
		return fmt.Errorf("%s has moved the ATC from %d to %d", c.name, c.before.ATC, c.after.ATC)
	}
	return nil
}

// scriptsAreTakenOnce is I9.
func scriptsAreTakenOnce(w *world, s step) error {
	c := s.card
	if c == nil || c.ins != apdu.INSPINChange {
		return nil
	}
	applied := c.after.PIN != c.before.PIN || c.after.ScriptsApplied > c.before.ScriptsApplied || c.after.TriesLeft > c.before.TriesLeft
	if !applied {
		return nil
	}
	if !slices.ContainsFunc(w.watch.sent, func(packed []byte) bool { return bytes.Contains(packed, c.command) }) {
		return errors.New("a script was applied that is not what the issuer has sent")
	}
	atc := uint16(c.after.ATC)
	if w.watch.applied[atc]++; w.watch.applied[atc] > 1 {
		return fmt.Errorf("a second script was applied at ATC %d", atc)
	}
	for _, i := range w.record.PIN.Sent[:w.record.PIN.SentCount] {
		if i.ATC == atc && (i.Generation == c.after.PIN || i.Generation == pinlife.NoPIN) {
			return nil
		}
	}
	return fmt.Errorf("a script was applied at ATC %d that the issuer did not make for it", atc)
}

// proofIsTrue is I10.
func proofIsTrue(w *world, s step) error {
	p := w.record.PIN
	if s.card == nil && s.commit == nil {
		return nil
	}
	if s.commit != nil && s.commit.before.PIN.Proven != p.Proven && w.chip.look().PIN != p.Proven {
		return fmt.Errorf("generation %d counts as proven, the chip has %d", p.Proven, w.chip.look().PIN)
	}
	if p.Phase() == pinlife.Stable && w.chip.look().PIN != p.Proven {
		return fmt.Errorf("the holder is told that generation %d is active, the chip has %d", p.Proven, w.chip.look().PIN)
	}
	return nil
}

// othersChangeNothing is I11. What the other member was answered is looked at where he
// asks.
func othersChangeNothing(w *world, s step) error {
	if c := s.commit; c != nil && c.after.PIN.Newest != c.before.PIN.Newest && w.holder.pins[c.after.PIN.Newest].IsZero() {
		return fmt.Errorf("generation %d was not asked for by the holder", c.after.PIN.Newest)
	}
	return nil
}

// changesComplete is I13.
func changesComplete(w *world, s step) error {
	if s.end == nil {
		return nil
	}
	switch phase := w.record.PIN.Phase(); phase {
	case pinlife.Stable, pinlife.Held, pinlife.Unset:
		return nil
	default:
		return fmt.Errorf("after %d insertions the PIN is %s", len(s.end.visits), describe(w.record.PIN))
	}
}

// answersAreTheSame holds the host to its word.
func answersAreTheSame(w *world, s step) error {
	if s.answer == nil {
		return nil
	}
	w.watch.sent = append(w.watch.sent, s.answer.packed)
	code, ok := actionOf(s.answer.message)
	if !ok || code == message.ActionDuplicate || code == message.ActionFormatError {
		return nil
	}
	key := s.answer.message.Head().MatchKey()
	before, ok := w.watch.answers[key]
	w.watch.answers[key] = s.answer.packed
	if ok && !bytes.Equal(before, s.answer.packed) {
		return fmt.Errorf("%s with STAN %d was answered otherwise before", s.answer.message.Kind(), s.answer.message.Head().STAN)
	}
	if !ok {
		w.watch.answered++
	}
	return nil
}

// actionOf returns the action code of an answer.
func actionOf(m message.Message) (message.ActionCode, bool) {
	switch m := m.(type) {
	case *message.AuthorizationResponse:
		return m.ActionCode, true
	case *message.AdviceResponse:
		return m.ActionCode, true
	case *message.ReversalResponse:
		return m.ActionCode, true
	}
	return 0, false
}

// commitsComeFirst has no answer go out that the host could forget. It comes behind
// answersAreTheSame, which counts.
func commitsComeFirst(w *world, s step) error {
	if s.commit != nil {
		w.watch.replies += s.commit.replies
	}
	if s.answer != nil && w.watch.answered > w.watch.replies {
		return fmt.Errorf("%d answers went out, %d were committed", w.watch.answered, w.watch.replies)
	}
	return nil
}

// nothingStaysOwed has the queues of the terminals run empty.
func nothingStaysOwed(_ *world, s step) error {
	if s.end == nil {
		return nil
	}
	for n, owed := range s.end.owed {
		if owed > 0 {
			return fmt.Errorf("terminal %d owes the host %d messages", n+1, owed)
		}
	}
	return nil
}
