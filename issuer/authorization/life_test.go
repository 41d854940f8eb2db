package authorization_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// PINs of the cases: that of personalisation, then the changes.
const (
	pin0 = right
	pin1 = "4682"
	pin2 = "5791"
)

// changed returns a host and a card with PIN pin0 whose holder has changed it to
// pin1.
func changed(t testing.TB, changes ...func(*authorization.Config)) (host, *issuertest.Card) {
	t.Helper()
	h := newHost(t, changes...)
	card := h.NewCard(t)
	h.Personalise(t, card, pin0)
	h.SetPIN(t, card, pin1)
	require.Equal(t, pinlife.Pending, h.phase(t, card))
	return h, card
}

func buy(offline string) issuertest.Insertion {
	return issuertest.Insertion{Amount: 10_00, Offline: offline}
}

// holds checks the PIN on the chip.
func holds(t testing.TB, c *issuertest.Card, digits string) {
	t.Helper()
	assert.True(t, c.PIN.Equal(issuertest.PIN(t, digits)), "PIN on the chip")
}

// proves has the card inserted once more with a PIN, which must be proof of it.
func (h host) proves(t testing.TB, c *issuertest.Card, digits string) {
	t.Helper()
	holds(t, c, digits)
	_, answer, _ := h.insert(t, c, buy(digits))
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.Equal(t, pinlife.Stable, h.phase(t, c))
	record := h.Record(t, c.Ref)
	assert.Len(t, record.PINs, 1, "the other generations are erased")
	assert.Empty(t, record.Sent)
}

// TestFirstPIN: the three answers to a first insertion all carry the script.
func TestFirstPIN(t *testing.T) {
	for online, action := range map[string]message.ActionCode{
		pin1: message.ActionApproved, "": message.ActionPINRequired, wrong: message.ActionIncorrectPIN,
	} {
		h := newHost(t)
		card := h.NewCard(t)
		h.SetPIN(t, card, pin1)
		_, answer, advice := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: online})
		assert.Equal(t, action, answer.ActionCode)
		require.True(t, carries(t, answer))
		h.tell(t, advice)
		assert.Equal(t, pinlife.Claimed, h.phase(t, card))
		h.proves(t, card, pin1)
	}
}

// TestNoPINEver: an active card without a PIN pays without one, within limits.
func TestNoPINEver(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00})
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	_, answer, _ = h.insert(t, card, issuertest.Insertion{Amount: 60_00})
	assert.Equal(t, message.ActionPINRequired, answer.ActionCode)
}

// TestNotActivatedMovesNothing: a card that was not activated loses no try, and
// gets no script.
func TestNotActivatedMovesNothing(t *testing.T) {
	h, card := changed(t)
	h.Change(t, card.Ref, status(store.NotActivated))
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Offline: pin0, Online: wrong})
	assert.Equal(t, message.ActionCardNotEffective, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.Zero(t, h.Record(t, card.Ref).Tries)
	assert.Equal(t, pinlife.Pending, h.phase(t, card))
	assert.False(t, card.LONC, "the chip has authenticated the issuer")
}

// Case 1: the answer is lost; the old PIN works, and the second insertion delivers.
func TestCase01AnswerLost(t *testing.T) {
	h, card := changed(t)
	lost := card.Begin(t, buy(pin0))
	require.True(t, carries(t, h.ask(t, lost.Request)))
	assert.Equal(t, pinlife.Sent, h.phase(t, card))
	h.tell(t, card.Reversal(lost.Request))
	assert.Equal(t, pinlife.Sent, h.phase(t, card), "a reversal proves nothing")
	holds(t, card, pin0)

	_, answer, advice := h.insert(t, card, buy(pin0))
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	require.True(t, carries(t, answer))
	h.tell(t, advice)
	h.proves(t, card, pin1)
}

// Case 2: the card is pulled after the cryptogram and before the script.
func TestCase02PulledBeforeTheScript(t *testing.T) {
	h, card := changed(t)
	a := card.Begin(t, buy(pin0))
	answer := h.ask(t, a.Request)
	require.True(t, carries(t, answer))
	a.Authenticate(t, answer)
	holds(t, card, pin0)
	_, answer, _ = h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer), "sent again")
	h.proves(t, card, pin1)
}

// Cases 4 and 5: the script was applied, its status word or its advice is lost;
// the next insertion is at another terminal.
func TestCase04And05AdviceLost(t *testing.T) {
	for name, report := range map[string]func(*testing.T, host, *issuertest.Attempt, *message.AuthorizationResponse){
		"advice lost": func(*testing.T, host, *issuertest.Attempt, *message.AuthorizationResponse) {},
		"status word lost": func(t *testing.T, h host, a *issuertest.Attempt, answer *message.AuthorizationResponse) {
			id := [4]byte(issuertest.Templates(t, answer)[0].Identifier)
			h.tell(t, a.Advice(t, answer, a.Authenticate(t, answer), []emv.ScriptResult{{Outcome: emv.ScriptFailed, Identifier: id}}))
			a.Complete(t, answer)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, card := changed(t)
			a := card.Begin(t, buy(pin0))
			answer := h.ask(t, a.Request)
			if name == "advice lost" {
				a.Complete(t, answer)
			}
			report(t, h, a, answer)
			assert.Equal(t, pinlife.Sent, h.phase(t, card))
			h.proves(t, card, pin1)
		})
	}
}

// Case 6: the advice says success, the next CVR says failed.
func TestCase06ClaimRefuted(t *testing.T) {
	h, card := changed(t)
	_, _, advice := h.insert(t, card, buy(pin0))
	h.tell(t, advice)
	assert.Equal(t, pinlife.Claimed, h.phase(t, card))
	card.PIN, card.Failed = issuertest.PIN(t, pin0), true // the chip did not take it
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer))
	assert.Contains(t, h.Journal(t, card.Ref), "audit: "+pinlife.AuditClaimRefuted.String())
	h.proves(t, card, pin1)
}

// Case 8: a second and a third change while one is sent.
func TestCase08ChangedWhileSent(t *testing.T) {
	h, card := changed(t)
	h.ask(t, card.Begin(t, buy(pin0)).Request) // lost
	h.SetPIN(t, card, wrong)
	h.SetPIN(t, card, pin2)
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer))
	h.proves(t, card, pin2)
}

// Case 9: a change is accepted between request and answer: the answer is decided
// anew, on the state with the change.
func TestCase09ChangedBetweenRequestAndAnswer(t *testing.T) {
	var h host
	var card *issuertest.Card
	meanwhile := func() { h.SetPIN(t, card, pin2) }
	h, card = changed(t, func(c *authorization.Config) { c.Module = &interrupted{Module: c.Module, once: func() { meanwhile() }} })
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	h.proves(t, card, pin2)
}

// interrupted is a module during whose first work something else happens.
type interrupted struct {
	authorization.Module
	once func()
}

func (m *interrupted) Seal(purpose string, ref ref, clear []byte) ([]byte, error) {
	if once := m.once; once != nil {
		m.once = nil
		once()
	}
	return m.Module.Seal(purpose, ref, clear)
}

// Case 12: two terminals, messages out of order.
func TestCase12OutOfOrder(t *testing.T) {
	h, card := changed(t)
	first := card.Begin(t, buy(pin0))
	second := card.Begin(t, buy(pin0))
	answer := h.ask(t, second.Request)
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	late := h.ask(t, first.Request)
	assert.Equal(t, message.ActionDoNotHonour, late.ActionCode)
	assert.False(t, carries(t, late))
	assert.NotNil(t, issuertest.Object(t, late, 0x91), "its ARQC is right")
	second.Complete(t, answer)
	h.proves(t, card, pin1)
}

// Case 13: the advice of a transaction arrives after the proof at the next one.
func TestCase13LateAdvice(t *testing.T) {
	h, card := changed(t)
	_, _, advice := h.insert(t, card, buy(pin0))
	h.proves(t, card, pin1)
	before := h.Record(t, card.Ref).PIN
	h.tell(t, advice)
	assert.Equal(t, before, h.Record(t, card.Ref).PIN)
}

// Case 15: try counter 0, the request goes online, and the declined answer carries
// the unblock.
func TestCase15UnblockInADecline(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.Personalise(t, card, pin0)
	card.Tries = 0
	h.Change(t, card.Ref, func(r *store.Record) {
		state, _ := r.PIN.Step(pinlife.UnblockAsked{})
		r.Advance(state)
	})
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 60_00})
	assert.Equal(t, message.ActionPINRequired, answer.ActionCode)
	assert.True(t, carries(t, answer))
	assert.EqualValues(t, issuertest.TriesMax, card.Tries)
	h.proves(t, card, pin0)
}

// Case 18: a card that answers 6D00 to the script keeps its old PIN, and the new
// one stays pending until the attempts are used up.
func TestCase18ScriptNotSupported(t *testing.T) {
	h, card := changed(t)
	for range pinlife.DefaultPolicy().AttemptsMax {
		a := card.Begin(t, buy(pin0))
		answer := h.ask(t, a.Request)
		assert.Equal(t, message.ActionApproved, answer.ActionCode)
		require.True(t, carries(t, answer))
		final := a.Authenticate(t, answer)
		id := [4]byte(issuertest.Templates(t, answer)[0].Identifier)
		h.tell(t, a.Advice(t, answer, final, []emv.ScriptResult{{Outcome: emv.ScriptFailed, Command: 1, Identifier: id}}))
	}
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.Equal(t, message.ActionApproved, answer.ActionCode, "the old PIN stays valid")
	assert.False(t, carries(t, answer))
	assert.Equal(t, pinlife.Held, h.phase(t, card))
	assert.Contains(t, h.Journal(t, card.Ref), "audit: "+pinlife.AuditAttemptsUsedUp.String())
}

// Case 19: a wedge between card and terminal answers VERIFY with 9000.
func TestCase19Wedge(t *testing.T) {
	h, card := changed(t)
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Wedge: true})
	assert.Equal(t, message.ActionDoNotHonour, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.NotNil(t, issuertest.Object(t, answer, 0x91))
	assert.Contains(t, h.Journal(t, card.Ref), "audit: "+pinlife.AuditWedge.String())
	assert.Equal(t, pinlife.Pending, h.phase(t, card))
}

// Case 20: a tap and an online order while a PIN is pending. (A stand-in answer
// does not reach the issuer.)
func TestCase20TapAndOrder(t *testing.T) {
	h, card := changed(t)
	before := h.Record(t, card.Ref).PIN
	assert.Equal(t, message.ActionApproved, h.ask(t, card.Order(t, 10_00)).ActionCode)
	refused := card.Order(t, 10_00)
	card.EnterPIN(t, refused, pin1, false)
	assert.Equal(t, message.ActionFormatError, h.ask(t, refused).ActionCode)
	assert.Equal(t, before, h.Record(t, card.Ref).PIN, "orders touch no PIN state")

	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Tap: true})
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.Equal(t, pinlife.Pending, h.phase(t, card))
	assert.Equal(t, uint16(card.ATC), h.Record(t, card.Ref).PIN.HighestATC)
}

// Case 21: proof of one generation and sending of the next at ATC 6, that answer
// lost: ATC 7 shows the count of the first, which proves nothing of the second.
func TestCase21StaleEvidence(t *testing.T) {
	h, card := changed(t)
	h.insert(t, card, buy(pin0))
	h.SetPIN(t, card, pin2)
	h.ask(t, card.Begin(t, buy(pin1)).Request) // lost
	assert.Equal(t, pinlife.Sent, h.phase(t, card))
	a := card.Begin(t, buy(pin1))
	answer := h.ask(t, a.Request)
	assert.Equal(t, message.ActionApproved, answer.ActionCode, "the PIN on the chip is accepted")
	assert.True(t, carries(t, answer), "sent again")
	a.Complete(t, answer)
	h.proves(t, card, pin2)
}

// TestOnlinePINEffective: a pending PIN is accepted online under immediate, under
// on_commit declined without counting a try.
func TestOnlinePINEffective(t *testing.T) {
	h, card := changed(t)
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin1})
	assert.Equal(t, message.ActionIncorrectPIN, answer.ActionCode)
	assert.Zero(t, h.Record(t, card.Ref).Tries)

	policy := pinlife.DefaultPolicy()
	policy.OnlinePINEffective = pinlife.Immediate
	h, card = changed(t, func(c *authorization.Config) { c.Policy = policy })
	_, answer, _ = h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin1})
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	assert.True(t, carries(t, answer))
}

// TestTemplate71 goes by the policy.
func TestTemplate71(t *testing.T) {
	policy := pinlife.DefaultPolicy()
	policy.ScriptTemplate = pinlife.Template71
	h, card := changed(t, func(c *authorization.Config) { c.Policy = policy })
	answer := h.ask(t, card.Begin(t, buy(pin0)).Request)
	assert.NotNil(t, issuertest.Object(t, answer, 0x71))
	assert.Nil(t, issuertest.Object(t, answer, 0x72))
}

// TestDeliverOnDecline: the policy may keep scripts out of declined answers.
func TestDeliverOnDecline(t *testing.T) {
	for _, deliver := range []bool{true, false} {
		policy := pinlife.DefaultPolicy()
		policy.DeliverOnDecline = deliver
		h, card := changed(t, func(c *authorization.Config) { c.Policy = policy })
		answer := h.ask(t, card.Begin(t, issuertest.Insertion{Amount: 900_00, Offline: pin0}).Request)
		assert.Equal(t, message.ActionExceedsLimit, answer.ActionCode)
		assert.Equal(t, deliver, carries(t, answer))
	}
}

// TestCardStatusUpdate: a card whose ARPC covers a CSU is told by it whether the
// issuer approves.
func TestCardStatusUpdate(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t, func(r *store.Record) { r.Chip.Cryptogram, r.Chip.Script = "visa-cvn18", "visa" })
	for amount, approves := range map[uint64]bool{10_00: true, 900_00: false} {
		_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: amount})
		assert.Equal(t, approves, answer.ActionCode.Approves())
		assert.False(t, card.LONC, "the chip has authenticated the issuer")
		csu := emv.CSU(issuertest.Object(t, answer, 0x91)[4:])
		assert.Equal(t, approves, csu.Has(emv.CSUIssuerApproves))
	}
}

// Case 24: the primary member may not touch the supplementary card's PIN, by any
// door.
func TestCase24PrimaryAndSupplementary(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t, h.Supplementary)
	r := h.Record(t, card.Ref)
	require.True(t, r.Supplementary())
	roles := member.Roles{Holder: r.Holder, Primary: r.Primary}
	for _, door := range []member.Door{member.Web, member.App, member.Phone} {
		for _, action := range []member.Action{member.CreatePIN, member.ChangePIN, member.UnblockPIN} {
			assert.NotEqual(t, member.Allowed, member.May(r.Primary, door, action, roles))
		}
		assert.Equal(t, member.Allowed, member.May(r.Holder, door, member.CreatePIN, roles))
	}
}

// Case 25: weak PINs are refused with one message.
func TestCase25WeakPINs(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	c := hsm.Card{PAN: card.PAN, KeySet: 1, Cryptogram: "amex-style", Script: "amex-style"}
	for _, digits := range []string{"1111", "1234", "4321", "0207"} {
		_, err := h.Module.AcceptPIN(c, 1, secret.New([]byte(digits)), nil, secret.New([]byte("0207")))
		require.ErrorIs(t, err, hsm.ErrWeakPIN, digits)
		assert.EqualError(t, err, "accept PIN: "+hsm.ErrWeakPIN.Error())
	}
}

// Case 26: create, one insertion, change, the old PIN a last time: delivered in
// that same insertion.
func TestCase26TheWholeStory(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	h.SetPIN(t, card, pin1)
	_, answer, advice := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin1})
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	h.tell(t, advice)
	h.SetPIN(t, card, pin2)
	_, answer, _ = h.insert(t, card, buy(pin1))
	assert.Equal(t, message.ActionApproved, answer.ActionCode)
	assert.True(t, carries(t, answer), "proof of the first and the second in one answer")
	h.proves(t, card, pin2)
	_, answer, _ = h.insert(t, card, buy(pin1))
	assert.Equal(t, message.ActionIncorrectPIN, answer.ActionCode, "the old PIN works no more")
}

// Case 14: a card image restored from a backup is found by its ATC.
func TestCase14CardRestored(t *testing.T) {
	h, card := changed(t)
	backup := *card
	h.insert(t, card, buy(pin0))
	*card = backup
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.Equal(t, message.ActionDoNotHonour, answer.ActionCode)
	assert.False(t, carries(t, answer))
	assert.Contains(t, h.Journal(t, card.Ref), "audit: "+pinlife.AuditATCNotNew.String())
	assert.Equal(t, pinlife.Sent, h.phase(t, card), "no evidence is taken from it")
}

// Case 27: the old PIN is forgotten. With the chip's tries used up, the pending PIN
// in DE 52 fetches the script; that purchase is declined.
func TestCase27ForgottenOldPIN(t *testing.T) {
	h, card := changed(t)
	for range issuertest.TriesMax {
		_, answer, _ := h.insert(t, card, buy(wrong))
		assert.Equal(t, message.ActionIncorrectPIN, answer.ActionCode)
	}
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin1})
	assert.Equal(t, message.ActionIncorrectPIN, answer.ActionCode)
	assert.True(t, carries(t, answer))
	h.proves(t, card, pin1)
}

// Case 28: the attempts are used up, and an operator has it sent again.
func TestCase28OperatorRetry(t *testing.T) {
	h, card := changed(t)
	for range pinlife.DefaultPolicy().AttemptsMax {
		h.ask(t, card.Begin(t, buy(pin0)).Request) // lost
	}
	assert.False(t, carries(t, h.ask(t, card.Begin(t, buy(pin0)).Request)))
	require.Equal(t, pinlife.Held, h.phase(t, card))
	h.Change(t, card.Ref, func(r *store.Record) {
		state, _ := r.PIN.Step(pinlife.OperatorRetry{})
		r.Advance(state)
	})
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer))
	h.proves(t, card, pin1)
}

// Case 30: issuer data restored from a backup while a script was sent: no online PIN
// is proof until a PIN that was set again is proven.
func TestCase30IssuerRestored(t *testing.T) {
	h, card := changed(t)
	h.ask(t, card.Begin(t, buy(pin0)).Request) // lost
	h.Change(t, card.Ref, func(r *store.Record) {
		state, _ := r.PIN.Step(pinlife.RestoredFromBackup{})
		r.Advance(state)
	})
	require.Equal(t, pinlife.Unsure, h.phase(t, card))
	_, answer, _ := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin0})
	assert.Equal(t, message.ActionIncorrectPIN, answer.ActionCode)
	assert.False(t, carries(t, answer))
	h.SetPIN(t, card, pin2)
	_, answer, _ = h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer))
	h.proves(t, card, pin2)
}

// TestPhases walks a change through its phases by messages alone.
func TestPhases(t *testing.T) {
	h := newHost(t)
	card := h.NewCard(t)
	assert.Equal(t, pinlife.Unset, h.phase(t, card))
	h.SetPIN(t, card, pin0)
	assert.Equal(t, pinlife.Pending, h.phase(t, card))
	bad := card.Begin(t, issuertest.Insertion{Amount: 10_00, Online: pin0}).Request
	bad.ICCData = change(t, bad.ICCData, 0x9F26, flip)
	assert.False(t, carries(t, h.ask(t, bad)))
	assert.Equal(t, pinlife.Pending, h.phase(t, card), "a wrong cryptogram changes nothing")
	assert.EqualValues(t, 0, h.Record(t, card.Ref).PIN.HighestATC)
	_, _, advice := h.insert(t, card, issuertest.Insertion{Amount: 10_00, Online: pin0})
	assert.Equal(t, pinlife.Sent, h.phase(t, card))
	h.tell(t, advice)
	assert.Equal(t, pinlife.Claimed, h.phase(t, card))
	h.SetPIN(t, card, pin1)
	_, answer, _ := h.insert(t, card, buy(pin0))
	assert.True(t, carries(t, answer), "the proof of one and the sending of the next")
	assert.Equal(t, pinlife.Sent, h.phase(t, card))
	h.proves(t, card, pin1)
}
