package kernel

import (
	"strings"

	"github.com/f510b0cf/till/emv"
)

// actionCodes are the issuer's and the terminal's codes of one kind, joined: a
// bit that either has asks for the action.
type actionCodes struct{ denial, online, defaults emv.ActionCode }

// The issuer action codes of a card that gives none. EMV Book 3, 10.7.
var (
	noAction    = emv.ActionCode{}
	everyAction = emv.ActionCode{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
)

// terminalActionAnalysis decides which cryptogram to ask for: an AAC to decline,
// an ARQC to go online, a TC to approve offline. EMV Book 3, 10.7.
func (t *transaction) terminalActionAnalysis() (emv.ACType, error) {
	if err := t.chooseTDOL(); err != nil {
		return 0, err
	}
	if err := t.joinActionCodes(); err != nil {
		return 0, err
	}
	c := t.actionCodes
	t.note(TerminalActionAnalysis, "codes of card and terminal joined: denial %s, online %s, default %s", c.denial, c.online, c.defaults)
	t.note(TerminalActionAnalysis, "TVR %s", strings.Join(append([]string{t.tvr.String()}, t.tvr.Names()...), " "))
	request, why := t.chooseCryptogram()
	t.note(TerminalActionAnalysis, "%s requested: %s", request, why)
	return request, nil
}

// chooseCryptogram compares the TVR with the codes. A terminal that can not go
// online at all uses the default codes at once; one that always goes online has
// no use for the online codes.
func (t *transaction) chooseCryptogram() (request emv.ACType, why string) {
	codes := t.actionCodes
	switch {
	case codes.denial.Matches(t.tvr):
		return emv.ACTypeAAC, "denial" + t.matching(codes.denial)
	case t.tx.Kind.IssuerOnly() && t.profile.Type.OfflineOnly():
		return emv.ACTypeAAC, "only the issuer can do a " + t.tx.Kind.String()
	case t.tx.Kind.IssuerOnly():
		return emv.ACTypeARQC, "only the issuer can do a " + t.tx.Kind.String()
	case t.profile.Type.OfflineOnly():
		if codes.defaults.Matches(t.tvr) {
			return emv.ACTypeAAC, "default" + t.matching(codes.defaults)
		}
		return emv.ACTypeTC, "no default code matches"
	case t.profile.Type.OnlineOnly():
		return emv.ACTypeARQC, "terminal is online only"
	case codes.online.Matches(t.tvr):
		return emv.ACTypeARQC, "online" + t.matching(codes.online)
	}
	return emv.ACTypeTC, "no code matches"
}

// matching names the bits of the TVR that a code asks for.
func (t *transaction) matching(code emv.ActionCode) string {
	var both emv.TVR
	for i := range both {
		both[i] = code[i] & t.tvr[i]
	}
	return " code matches " + strings.Join(both.Names(), ", ")
}

// unableToGoOnline decides by the default codes. An online-only terminal may
// leave them out and decline, and does so here. EMV Book 3, 10.7.
func (t *transaction) unableToGoOnline() emv.ACType {
	switch {
	case t.profile.Type.OnlineOnly():
		t.note(Completion, "unable to go online: terminal is online only")
		return emv.ACTypeAAC
	case t.tx.Kind.IssuerOnly():
		t.note(Completion, "unable to go online: only the issuer can do a %s", t.tx.Kind)
		return emv.ACTypeAAC
	}
	if t.actionCodes.defaults.Matches(t.tvr) {
		t.note(Completion, "unable to go online: default%s", t.matching(t.actionCodes.defaults))
		return emv.ACTypeAAC
	}
	t.note(Completion, "unable to go online: no default code matches")
	return emv.ACTypeTC
}

// joinActionCodes reads the issuer action codes and joins them with the
// terminal's.
func (t *transaction) joinActionCodes() error {
	for _, c := range []struct {
		tag      emv.Tag
		missing  emv.ActionCode
		terminal emv.ActionCode
		joined   *emv.ActionCode
	}{
		{tagIACDenial, noAction, t.app.TACDenial, &t.actionCodes.denial},
		{tagIACOnline, everyAction, t.app.TACOnline, &t.actionCodes.online},
		{tagIACDefault, everyAction, t.app.TACDefault, &t.actionCodes.defaults},
	} {
		code := c.missing
		if raw, ok := t.data.Value(c.tag); ok {
			var err error
			if code, err = emv.ParseActionCode(raw); err != nil {
				return notAccepted("data object %s malformed", c.tag)
			}
		}
		for i := range code {
			c.joined[i] = code[i] | c.terminal[i]
		}
	}
	return nil
}
