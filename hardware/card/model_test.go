package card_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// model is what a card should be, told in the words of a tester. It knows
// nothing of journals, records and bits.
type model struct {
	t      *rapid.T
	memory *card.Memory
	icc    *card.ICC
	d      *dialogue

	pin   string
	want  card.Status
	where string // none, selected, begun, online, over
	tap   bool

	authenticated, failedAuthentication, approved bool
	applied, settled                              bool
	refusals                                      int
	shown                                         emv.CVR // in the ARQC

	// The host: the last script that it sent, and what became of it.
	sent, sentApplied bool
	base              uint8
	answered          emv.ATC // of the request that it answered
}

var modelPINs = []string{"1234", "5678", "000000", "123456789012"}

func newModel(t *rapid.T) *model {
	m := &model{t: t, where: "none"}
	m.pin = rapid.SampledFrom(append([]string{""}, modelPINs...)).Draw(t, "PIN of the card")
	m.memory = created(t, func(a *image.Application) {
		withoutPIN(a)
		if m.pin != "" {
			a.PIN = newPIN(t, m.pin)
		}
	})
	m.want = card.Status{Name: unhex(t, testAID), PINSet: m.pin != ""}
	if m.want.PINSet {
		m.want.TriesLeft = tryLimit
	}
	m.icc = opened(t, m.memory)
	m.d = inserted(t, m.icc)
	return m
}

// Reopen is a restart of the program.
func (m *model) Reopen(*rapid.T) {
	m.icc = opened(m.t, m.memory)
	m.where, m.d = "none", inserted(m.t, m.icc)
	m.tap = false
}

// Present takes the card away and holds it to a reader again.
func (m *model) Present(t *rapid.T) {
	m.tap = rapid.Bool().Draw(t, "tap")
	p := hardware.Contact
	if m.tap {
		p = hardware.Contactless
	}
	m.where, m.d = "none", presented(t, m.icc, p)
}

func (m *model) Select(t *rapid.T) {
	m.d.ok(apdu.Select(unhex(t, testAID), apdu.First))
	m.where = "selected"
}

// Begin goes to the start of a transaction.
func (m *model) Begin(t *rapid.T) {
	m.d.begin()
	m.want.ATC++
	m.where = "begun"
	m.authenticated, m.failedAuthentication, m.applied, m.settled, m.refusals = false, false, false, false, 0
	m.shown = emv.CVR{}
}

func (m *model) BeginTwice(t *rapid.T) {
	if m.where != "selected" {
		m.d.refused(apdu.SWConditionsNotSatisfied, apdu.GetProcessingOptions(unhex(t, "830122")))
	}
}

func (m *model) Verify(t *rapid.T) {
	digits := rapid.SampledFrom(append(modelPINs, "9999")).Draw(t, "entered")
	sw := m.d.send(plaintext(t, digits)).SW
	switch {
	case m.where != "begun" || m.tap:
		require.Equal(t, apdu.SWConditionsNotSatisfied, sw)
	case m.pin == "":
		require.Equal(t, apdu.SWReferenceDataInvalid, sw)
	case m.want.TriesLeft == 0:
		require.Equal(t, apdu.SWAuthenticationBlocked, sw)
	case digits == m.pin:
		require.Equal(t, apdu.SWSuccess, sw)
		m.want.TriesLeft = tryLimit
		m.shown.Flags = emv.CVROfflinePINPerformed
	default:
		m.want.TriesLeft--
		require.Equal(t, apdu.VerifyFailed(m.want.TriesLeft), sw)
		m.shown.Flags = emv.CVROfflinePINPerformed | emv.CVROfflinePINFailed
	}
}

// FirstAC asks for a cryptogram and compares the CVR with the model.
func (m *model) FirstAC(t *rapid.T) {
	asked := rapid.SampledFrom([]emv.ACType{emv.ACTypeARQC, emv.ACTypeARQC, emv.ACTypeARQC, emv.ACTypeTC, emv.ACTypeAAC}).Draw(t, "asked")
	if m.where != "begun" {
		if m.where != "online" {
			m.d.refused(apdu.SWConditionsNotSatisfied, apdu.GenerateAC(asked, false, m.d.fill(cdol1, nil)))
		}
		return
	}
	a := m.d.generate(asked, m.d.fill(cdol1, nil))
	require.Equal(t, asked, a.cid.Type())
	m.shown.FirstAC, m.shown.SecondAC = asked, emv.ACTypeNotRequested
	m.shown.ScriptCount = uint8(m.want.ScriptCount)
	for says, is := range map[emv.CVRFlags]bool{
		emv.CVRScriptFailed:                         m.want.ScriptFailed,
		emv.CVRLastOnlineNotCompleted:               m.want.LastOnlineNotCompleted,
		emv.CVRIssuerAuthenticationFailedLastOnline: m.want.IssuerAuthenticationFailed,
		emv.CVRPINTryLimitExceeded:                  m.want.TriesLeft == 0,
		emv.CVRNewCard:                              m.want.LastOnlineATC == 0,
	} {
		if is {
			m.shown.Flags |= says
		}
	}
	require.Equal(t, m.shown, a.iad.CVR)
	m.where = "over"
	if asked == emv.ACTypeARQC && !m.tap {
		m.where, m.d.arqc = "online", a.ac
		m.want.LastOnlineNotCompleted = true
		if rapid.Bool().Draw(t, "the request reaches the host") {
			m.host(t, a.iad.CVR)
		}
	}
}

// host judges what the request says of the last script. Its answer is a script,
// which the transaction may or may not bring to the card.
func (m *model) host(t *rapid.T, cvr emv.CVR) {
	if m.sent {
		switch judge(cvr, m.base) {
		case applied:
			require.True(t, m.sentApplied, "proof of a script that the card never applied")
		case notApplied:
			require.False(t, m.sentApplied, "an applied script is denied")
		}
	}
	m.sent, m.sentApplied, m.base = true, false, cvr.ScriptCount
	m.answered = m.want.ATC
}

func (m *model) ExternalAuthenticate(t *rapid.T) {
	arc := rapid.SampledFrom([]string{"00", "05"}).Draw(t, "ARC")
	// Nobody but the host makes the right data, and the host only for a request.
	wrong := m.answered != m.want.ATC || rapid.IntRange(0, 3).Draw(t, "wrong") == 0
	if m.where == "none" {
		m.d.refused(apdu.SWConditionsNotSatisfied, apdu.ExternalAuthenticate(make([]byte, 10)))
		return
	}
	data := m.d.issuerData(arc)
	if wrong {
		data[7] ^= 0x80
	}
	sw := m.d.send(apdu.ExternalAuthenticate(data)).SW
	switch {
	case m.where != "online" || m.authenticated || m.failedAuthentication:
		require.Equal(t, apdu.SWConditionsNotSatisfied, sw)
	case wrong:
		require.Equal(t, apdu.SWAuthenticationFailed, sw)
		m.failedAuthentication, m.want.IssuerAuthenticationFailed = true, true
	default:
		require.Equal(t, apdu.SWSuccess, sw)
		m.authenticated, m.approved = true, arc == "00"
	}
}

// settle is what an authenticated issuer's answer does to the past.
func (m *model) settle() {
	if m.settled {
		return
	}
	m.settled = true
	m.want.ScriptCount, m.want.ScriptsApplied, m.want.ScriptFailed = 0, 0, false
	m.want.LastOnlineNotCompleted, m.want.IssuerAuthenticationFailed = false, false
	m.want.LastOnlineATC = m.want.ATC
}

func (m *model) SecondAC(t *rapid.T) {
	if m.where != "online" {
		return
	}
	asked := rapid.SampledFrom([]emv.ACType{emv.ACTypeTC, emv.ACTypeAAC}).Draw(t, "asked")
	a := m.d.complete(asked, "00")
	want := asked
	if m.failedAuthentication || m.authenticated && !m.approved {
		want = emv.ACTypeAAC
	}
	require.Equal(t, want, a.cid.Type())
	require.Equal(t, m.shown.ScriptCount, a.iad.CVR.ScriptCount)
	m.where = "over"
	if m.authenticated {
		m.settle()
	}
}

// Script sends PIN CHANGE/UNBLOCK: right, or wrong in one of many ways.
func (m *model) Script(t *rapid.T) {
	digits := rapid.SampledFrom(modelPINs).Draw(t, "new PIN")
	kind := rapid.SampledFrom([]string{"change", "change", "unblock", "wrong MAC", "garbled", "cut", "other ATC"}).Draw(t, "script")
	c := m.d.pinChange(digits)
	rightSW := apdu.SWSuccess
	switch kind {
	case "unblock":
		if c = m.d.pinUnblock(); m.pin == "" {
			rightSW = apdu.SWConditionsNotSatisfied
		}
	case "wrong MAC":
		c, rightSW = wrongMAC(m.d), apdu.SWMACIncorrect
	case "garbled":
		if c, rightSW = garbled(m.d), apdu.SWWrongData; m.pin == "" {
			rightSW = apdu.SWConditionsNotSatisfied
		}
	case "cut":
		c.Data, rightSW = c.Data[:20], apdu.SWWrongLength
	case "other ATC":
		other := *m.d
		other.atc++
		c, rightSW = other.pinChange(digits), apdu.SWMACIncorrect
	}
	sw := m.d.send(c).SW
	if m.tap || m.where != "online" && m.where != "over" || !m.authenticated || m.applied || m.refusals == 3 {
		require.Equal(t, apdu.SWConditionsNotSatisfied, sw)
		return
	}
	require.Equal(t, rightSW, sw, kind)
	m.settle()
	m.want.ScriptCount++
	m.want.ScriptFailed = sw != apdu.SWSuccess
	if m.want.ScriptFailed {
		m.refusals++
		return
	}
	m.applied, m.want.TriesLeft = true, tryLimit
	m.want.ScriptsApplied++
	if kind == "change" {
		m.pin, m.want.PINSet = digits, true
	}
	if m.sent && m.answered == m.want.ATC {
		m.sentApplied = true
	}
}

// GetData reads the counters.
func (m *model) GetData(t *rapid.T) {
	if m.where == "none" {
		m.d.refused(apdu.SWConditionsNotSatisfied, apdu.GetData(0x9F17))
		return
	}
	require.Equal(t, []byte{0x9F, 0x17, 1, byte(m.want.TriesLeft)}, m.d.ok(apdu.GetData(0x9F17)))
	require.Equal(t, []byte{0x9F, 0x36, 2, byte(m.want.ATC >> 8), byte(m.want.ATC)}, m.d.ok(apdu.GetData(0x9F36)))
}

// Check compares what the card remembers after every action.
func (m *model) Check(t *rapid.T) {
	require.Equal(t, m.want, m.icc.Status()[0])
	require.Equal(t, m.want, opened(t, m.memory.Clone()).Status()[0])
}

// TestModel walks at random and compares the card with the model.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		t.Repeat(rapid.StateMachineActions(m))
		for _, digits := range modelPINs {
			if m.want.TriesLeft > 0 {
				require.Equal(t, digits == m.pin, acceptsPIN(t, m.memory, digits))
			}
		}
	})
}

// TestModelOfWholeTransactions walks in an order in which most transactions come
// to their end.
func TestModelOfWholeTransactions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		for range 6 {
			for _, action := range []func(*rapid.T){m.Present, m.Begin, m.Verify, m.FirstAC, m.ExternalAuthenticate, m.Script, m.SecondAC, m.Script, m.Script} {
				if rapid.IntRange(0, 9).Draw(t, "goes on") > 0 {
					action(t)
					m.Check(t)
				}
			}
		}
	})
}
