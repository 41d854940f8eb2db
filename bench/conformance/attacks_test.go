package conformance_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/terminal/kernel"
)

// TestAttacks tries every attack.
func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.id, a.run)
	}
}

// attack is one way to cheat, with those that notice it and how.
type attack struct {
	id, title, published string
	notices, how         string
	run                  func(t *testing.T)
}

// attacks are tried with the emulated card, the whole issuer behind a TCP line,
// and the kernel between them.
var attacks = []attack{
	{"ATT.WEDGE", "A device between card and terminal answers VERIFY with 9000 to any PIN", "Murdoch, Drimer, Anderson, Bond 2010",
		"issuer", "the CVR in the ARQC's data says that no PIN was verified: declined, no script, an audit entry; the terminal is deceived", attackWedge},
	{"ATT.CVMLIST", "A device between card and terminal changes the CVM list to no CVM", "Barisani, Bianco, Laurie, Franken 2011",
		"terminal", "the list is signed: DDA fails, TVR 1.4; a terminal that is offline only declines by its action codes", attackCVMList},
	{"ATT.CVMLISTONLINE", "The same at a terminal that is online", "Barisani, Bianco, Laurie, Franken 2011",
		"terminal, issuer", "TVR 1.4 stands in the request, covered by the ARQC; the issuer declines what is more than may be paid without a PIN, and **approves less**, since it does not judge TVR byte 1", attackCVMListOnline},
	{"ATT.YESCARD", "A card with the account and good certificates, but without the issuer's keys", "public literature on the YES card",
		"issuer", "its ARQC does not verify: declined", attackYesCard},
	{"ATT.YESCARDOFFLINE", "A card with copied certificates and no private key, at a terminal that is offline only", "public literature on the YES card",
		"terminal", "the signature of INTERNAL AUTHENTICATE does not verify: TVR 1.4, declined by its action codes", attackYesCardOffline},
	{"ATT.REPLAY", "The script of a transaction before is put into the answer to this one", "own",
		"card", "the MAC covers ATC and ARQC of the other transaction: refused, the terminal reports the failure, the PIN stays", attackReplay},
	{"ATT.SCRIPT", "A bit of the script changes on the way", "own",
		"card", "the MAC does not verify: refused, the PIN stays, and the change is delivered by a later transaction", attackScript},
	{"ATT.FLIP8A", "The issuer's decline becomes an approval in 8A", "own",
		"card", "the code within 91 is what the ARPC covers: the card answers AAC to the request for a TC; declined, reversed", attackFlip8A},
	{"ATT.FLIP91", "The issuer's decline becomes an approval in 8A and in 91", "own",
		"card", "the ARPC does not verify: TVR 5.7, the card answers AAC; declined, reversed", attackFlip91},
	{"ATT.AMOUNT", "The amount that the terminal sends to the card changes on the way", "own",
		"issuer", "the ARQC covers another amount than the request names: declined", attackAmount},
	{"ATT.RESTORED", "The memory of the chip is put back to an earlier state", "own",
		"issuer", "the ATC is not above the highest it has seen: declined, an audit entry", attackRestored},
	{"ATT.OTHERSCRIPT", "The script for one card is put into the answer to another card", "own",
		"card", "the MAC key is the other card's: refused, the PIN stays", attackOtherScript},
	{"ATT.CUT", "The script is cut out of the answer", "own",
		"issuer", "the next request's CVR counts no script: the change stays pending and is sent again", attackCut},
	{"ATT.FLIPALL", "The issuer's decline becomes an approval in 8A, and the card's AAC a TC on its way to the till", "own",
		"nobody in time", "**the attack succeeds**: the terminal notes that 8A and 91 disagree and goes by 8A; CDA on the card would sign its CID, a MAC on the line the 8A", attackFlipAll},
	{"ATT.FLIPALLCDA", "The same with a card that signs its cryptograms (CDA)", "own",
		"terminal", "what should be a TC has no signature: TVR 1.3, declined and reversed", attackFlipAllCDA},
}

func attackWedge(t *testing.T) {
	s := newShop(t)
	s.ask("PUT", "/pin", `{"pin":"`+newPIN+`","password":"`+shopPassword+`"}`)
	r := s.buy(visit{pins: []string{otherPIN}, between: "swallow VERIFY answer 9000"})
	assert.Equal(t, emv.CVMResults{0x44, 0x03, 0x02}, r.CVMResults, "the terminal believes it")
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.Empty(t, r.ScriptResults)
	assert.True(t, s.has(rightPIN), "the PIN on the chip stays")
	assert.Equal(t, []string{"wedge"}, s.audits())
}

// changeList turns the rule 4403, which comes first in the CVM list, into 1F03.
func changeList(response []byte) []byte {
	return bytes.Replace(response, []byte{0x44, 0x03, 0x41, 0x03}, []byte{0x1F, 0x03, 0x41, 0x03}, 1)
}

func attackCVMList(t *testing.T) {
	r := newShop(t).buy(visit{till: "offline", tamper: changeList})
	assert.Equal(t, emv.CVMResults{0x1F, 0x03, 0x02}, r.CVMResults)
	assert.True(t, r.TVR.Has(emv.TVRDDAFailed))
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
}

func attackCVMListOnline(t *testing.T) {
	s := newShop(t)
	online := &meddler{to: s.link}
	r := s.buy(visit{online: online, tamper: changeList, amount: 10000})
	require.NotNil(t, online.request)
	value, ok := online.request.Data.Value(0x95)
	require.True(t, ok)
	assert.Equal(t, byte(0x08), value[0], "DDA failed")
	assert.True(t, r.TVR.Has(emv.TVRDDAFailed))
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome, "more than may be paid without a PIN")
	assert.Equal(t, kernel.ApprovedOnline, s.buy(visit{tamper: changeList}).Outcome, "an issuer that now heeds TVR 1.4: say so in the table")
}

func attackYesCard(t *testing.T) {
	s := newShop(t)
	forged, err := perso.Personalise(cardProfile(t), perso.Options{Random: random.Seeded(99), Date: emv.DateOf(shopTime)})
	require.NoError(t, err)
	r := s.buy(visit{chip: newMemory(t, forged), pins: []string{rightPIN}})
	assert.Equal(t, emv.CVMResults{0x44, 0x03, 0x02}, r.CVMResults, "its own PIN is right")
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
}

func attackYesCardOffline(t *testing.T) {
	s := newShop(t)
	r := s.buy(visit{till: "offline", pins: []string{otherPIN}, between: "swallow VERIFY answer 9000\nalter response INTERNAL_AUTHENTICATE xor 5A5A5A5A at 20"})
	assert.True(t, r.TVR.Has(emv.TVRDDAFailed))
	assert.Equal(t, kernel.DeclinedOffline, r.Outcome)
}

func attackReplay(t *testing.T) {
	s := newShop(t)
	s.ask("PUT", "/pin", `{"pin":"`+newPIN+`","password":"`+shopPassword+`"}`)
	first := &meddler{to: s.link}
	r := s.buy(visit{online: first, pins: []string{rightPIN}})
	require.Len(t, r.ScriptResults, 1)
	require.Equal(t, emv.ScriptSuccessful, r.ScriptResults[0].Outcome)
	recorded := first.response.Scripts
	require.True(t, s.has(newPIN))

	s.buy(visit{pins: []string{newPIN}})
	r = s.buy(visit{pins: []string{newPIN}, online: &meddler{to: s.link, change: func(o *kernel.OnlineResponse) { o.Scripts = recorded }}})
	require.Len(t, r.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, r.ScriptResults[0].Outcome)
	assert.True(t, r.TVR.Has(emv.TVRScriptFailedAfterFinalGenerateAC))
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, "the payment is another matter")
	assert.True(t, s.has(newPIN))
}

func attackScript(t *testing.T) {
	s := newShop(t)
	s.ask("PUT", "/pin", `{"pin":"`+newPIN+`","password":"`+shopPassword+`"}`)
	r := s.buy(visit{pins: []string{rightPIN}, online: &meddler{to: s.link, change: func(o *kernel.OnlineResponse) {
		script := append([]byte(nil), o.Scripts[0]...)
		script[len(script)-12] ^= 0x04
		o.Scripts = [][]byte{script}
	}}})
	require.Len(t, r.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, r.ScriptResults[0].Outcome)
	assert.True(t, s.has(rightPIN))
	assert.False(t, s.has(newPIN))
	s.buy(visit{pins: []string{rightPIN}})
	assert.True(t, s.has(newPIN), "a later transaction delivers it")
}

func attackFlip8A(t *testing.T) {
	s := newShop(t)
	r := s.buy(declinedAndChanged(s, func(o *kernel.OnlineResponse) { o.ARC = approval }))
	assert.Equal(t, emv.ACTypeAAC, r.CID.Type())
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.True(t, r.ReversalDue)
	assert.False(t, r.TVR.Has(emv.TVRIssuerAuthenticationFailed), "the ARPC is good")
}

func attackFlip91(t *testing.T) {
	s := newShop(t)
	r := s.buy(declinedAndChanged(s, func(o *kernel.OnlineResponse) {
		o.ARC = approval
		changed := append([]byte(nil), o.IssuerAuthenticationData...)
		copy(changed[8:], "00")
		o.IssuerAuthenticationData = changed
	}))
	assert.True(t, r.TVR.Has(emv.TVRIssuerAuthenticationFailed))
	assert.Equal(t, emv.ACTypeAAC, r.CID.Type())
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.True(t, r.ReversalDue)
}

func attackAmount(t *testing.T) {
	s := newShop(t)
	r := s.buy(visit{pins: []string{rightPIN}, between: "alter command GENERATE_AC xor 03 at 9"})
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
}

func attackRestored(t *testing.T) {
	s := newShop(t)
	before := s.chip.Clone()
	require.Equal(t, kernel.ApprovedOnline, s.buy(visit{pins: []string{rightPIN}}).Outcome)
	r := s.buy(visit{chip: before, pins: []string{rightPIN}})
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.NotEmpty(t, s.audits())
}

func attackOtherScript(t *testing.T) {
	s, other := newShop(t), newShop(t)
	s.ask("PUT", "/pin", `{"pin":"`+newPIN+`","password":"`+shopPassword+`"}`)
	mine := &meddler{to: s.link}
	s.buy(visit{online: mine, pins: []string{rightPIN}})
	require.Len(t, mine.response.Scripts, 1)
	theirs := mine.response.Scripts
	forged, err := perso.Personalise(cardProfile(t), perso.Options{Random: random.Seeded(99), Date: emv.DateOf(shopTime)})
	require.NoError(t, err)
	other.chip = newMemory(t, forged)
	r := other.buy(visit{pins: []string{rightPIN}, online: &meddler{to: other.link, change: func(o *kernel.OnlineResponse) { o.Scripts = theirs }}})
	require.Len(t, r.ScriptResults, 1)
	assert.Equal(t, emv.ScriptFailed, r.ScriptResults[0].Outcome)
	assert.True(t, other.has(rightPIN))
	assert.False(t, other.has(newPIN))
}

func attackCut(t *testing.T) {
	s := newShop(t)
	s.ask("PUT", "/pin", `{"pin":"`+newPIN+`","password":"`+shopPassword+`"}`)
	r := s.buy(visit{pins: []string{rightPIN}, online: &meddler{to: s.link, change: func(o *kernel.OnlineResponse) { o.Scripts = nil }}})
	assert.Empty(t, r.ScriptResults)
	assert.True(t, s.has(rightPIN))
	again := &meddler{to: s.link}
	s.buy(visit{pins: []string{rightPIN}, online: again})
	assert.Len(t, again.response.Scripts, 1, "sent again")
	assert.True(t, s.has(newPIN))
}

// attackFlipAll sits between terminal and issuer and between terminal and card.
func attackFlipAll(t *testing.T) {
	r := flipAll(newShop(t))
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome, "a terminal that now notices: say so in the table")
	assert.True(t, slices.ContainsFunc(r.Steps, func(step kernel.Step) bool {
		return step.Phase == kernel.OnlineProcessing && strings.Contains(step.Text, "issuer authentication data is another one")
	}))
}

func attackFlipAllCDA(t *testing.T) {
	r := flipAll(newShop(t, "3D00"))
	assert.True(t, r.TVR.Has(emv.TVRCDAFailed))
	assert.Equal(t, kernel.DeclinedOnline, r.Outcome)
	assert.True(t, r.ReversalDue)
}

func flipAll(s *shop) *kernel.Result {
	v := declinedAndChanged(s, func(o *kernel.OnlineResponse) { o.ARC = approval })
	v.tamper = func(response []byte) []byte {
		return bytes.Replace(response, []byte{0x9F, 0x27, 0x01, 0x00}, []byte{0x9F, 0x27, 0x01, 0x40}, 1)
	}
	return s.buy(v)
}

// approval is the code that the attacks put in.
const approval = emv.ARC('0'<<8 | '0')

// declinedAndChanged is a purchase that the issuer declines, since it is for more
// than the card may pay, and whose answer changes on the way.
func declinedAndChanged(s *shop, change func(*kernel.OnlineResponse)) visit {
	return visit{pins: []string{rightPIN}, amount: 600_00, online: &meddler{to: s.link, change: func(o *kernel.OnlineResponse) {
		assert.NotEqual(s.t, approval, o.ARC, "the issuer declined")
		change(o)
	}}}
}

// meddler sits on the line to the issuer.
type meddler struct {
	to       kernel.Online
	change   func(*kernel.OnlineResponse) // nil: nothing
	request  *kernel.OnlineRequest
	response *kernel.OnlineResponse
}

// Authorize passes the request on and changes the answer.
func (m *meddler) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	answer, err := m.to.Authorize(ctx, r)
	m.request = r
	if err == nil && m.change != nil {
		m.change(answer)
	}
	m.response = answer
	return answer, err
}
