package pinlife_test

import "github.com/f510b0cf/till/issuer/pinlife"

// terminal says which PINs it can ask for.
type terminal struct {
	name            string
	offline, online bool
}

var (
	checkout    = terminal{"checkout", true, true} // online where the chip takes no PIN
	offlineTill = terminal{"till without online PIN", true, false}
	cashMachine = terminal{"cash machine", false, true}
)

// entry is the PIN that the holder enters.
type entry string

const (
	rightPIN  entry = "right PIN" // the one that works there
	newPIN    entry = "new PIN"   // the one last chosen, whether it works or not
	wrongPIN  entry = "wrong PIN"
	bypassPIN entry = "no PIN"
)

// handling is what becomes of a script that reached the chip.
type handling uint8

const (
	untouched handling = iota // pulled before it, or before its memory write
	applied
	refused // for a wrong MAC, say
	unknown // 6D00: the card does not know the command
	twice   // the terminal sends it again, and the card refuses the second
)

// fate is how far an insertion gets.
type fate struct {
	name         string
	requestLost  bool // the host never hears of it
	answerLost   bool
	badARPC      bool // issuer authentication fails
	script       handling
	changed      bool // the holder changes the PIN while the answer is on its way
	killed       bool // the host is killed when its answer is out
	reversed     bool
	report       pinlife.ScriptResult
	late, silent bool // the report comes later, or never
}

var (
	completed = fate{name: "completed, advice lost", script: applied, silent: true}
	reported  = fate{name: "completed, advice success", script: applied, report: pinlife.Successful}
	answerOff = fate{name: "answer lost", answerLost: true, reversed: true, silent: true}
	pulled    = fate{name: "pulled before the script", reversed: true, silent: true}
	torn      = fate{name: "pulled in the script's write, written", script: applied, reversed: true, silent: true}
)

// fates are all that can happen to a good insertion.
var fates = []fate{
	completed,
	reported,
	answerOff,
	pulled,
	torn,
	{name: "pulled in the script's write, not written", reversed: true, silent: true},
	{name: "completed, advice success late", script: applied, report: pinlife.Successful, late: true},
	{name: "completed, advice failed", script: applied, report: pinlife.Failed},
	{name: "completed, advice without result", script: applied},
	{name: "completed, host killed", script: applied, killed: true, silent: true},
	{name: "completed, PIN changed meanwhile", script: applied, changed: true, report: pinlife.Successful},
	{name: "answer lost, PIN changed meanwhile", answerLost: true, changed: true, silent: true},
	{name: "answer lost, host killed", answerLost: true, killed: true, silent: true},
	{name: "request lost", requestLost: true, silent: true},
	{name: "bad ARPC", badARPC: true, report: pinlife.Failed},
	{name: "script refused", script: refused, report: pinlife.Failed},
	{name: "script refused, advice success", script: refused, report: pinlife.Successful},
	{name: "script refused, advice success late", script: refused, report: pinlife.Successful, late: true},
	{name: "script unknown", script: unknown, report: pinlife.NotPerformed},
	{name: "script twice", script: twice, report: pinlife.Failed},
}

// fewFates are those of the other insertions.
var fewFates = []fate{completed, reported, answerOff}

// insert is a contact transaction: VERIFY or online PIN, first GENERATE AC,
// request, answer, issuer authentication, script, advice.
func (x *run) insert(t terminal, e entry, f fate) script {
	x.chip.atc++
	r := pinlife.Request{Channel: pinlife.Contact, ATC: x.chip.atc, ARQCValid: true}
	performed, good := x.offlinePIN(t, e)
	r.CVR = x.chip.results()
	r.CVR.OfflinePINPerformed, r.CVR.OfflinePINFailed, r.TerminalClaimsPIN = performed, performed && !good, good
	if e != bypassPIN && t.online && !performed {
		r.PINBlock, r.Equals = true, x.online(e, r)
	}
	x.chip.lonc = true
	if f.requestLost {
		return script{}
	}
	before := x.host
	s := x.request(r)
	if e == rightPIN && x.wanted != pinlife.NoPIN && !before.Unsure && (performed || r.PINBlock) && x.verdict().PIN != pinlife.PINAccepted {
		x.violate("I6: the right PIN at a %s is %v", t.name, x.verdict().PIN)
	}
	if f.killed {
		x.host = x.afterKill(before, x.host)
	}
	if f.changed {
		effects := x.effects
		x.setPIN()
		x.effects = effects
	}
	x.deliver(s, f)
	x.report(s, f)
	return s
}

// offlinePIN is cardholder verification by the chip, where it takes a PIN.
func (x *run) offlinePIN(t terminal, e entry) (performed, good bool) {
	if !t.offline || x.chip.tries == 0 || e == bypassPIN {
		return false, false
	}
	g := x.wanted
	switch e {
	case rightPIN:
		g = x.chip.pin
	case wrongPIN:
		g = pinlife.NoPIN
	}
	return true, x.chip.verify(g)
}

// online returns what DE52 equals. The right PIN is the reference once the
// evidence is settled, or the one created where there is none.
func (x *run) online(e entry, r pinlife.Request) []pinlife.Generation {
	switch e {
	case rightPIN:
		r.Policy = x.policy
		settled, _ := x.host.Step(r)
		if g := settled.Reference(); g != pinlife.NoPIN {
			return []pinlife.Generation{g}
		}
		return []pinlife.Generation{settled.Pending}
	case newPIN:
		return []pinlife.Generation{x.wanted}
	default:
		return nil
	}
}

// deliver takes the answer to the chip.
func (x *run) deliver(s script, f fate) {
	if f.answerLost || f.badARPC {
		return
	}
	x.chip.authenticated()
	if s.none() {
		return
	}
	switch f.script {
	case refused:
		x.chip.refuse()
	case applied, twice:
		x.applyScript(s)
		if f.script == twice {
			x.chip.refuse()
		}
	}
}

// applyScript checks I1 and I3 around the commit.
func (x *run) applyScript(s script) {
	before := x.chip
	x.chip.apply(s)
	if x.chip.count == 1 && !x.chip.failed {
		x.owed = false
	}
	probe := x.chip
	if s.generation != pinlife.NoPIN && (x.chip.pin != s.generation || probe.verify(before.pin) != (before.pin == s.generation)) {
		x.violate("I3: generation %d instead of %d after the commit", x.chip.pin, s.generation)
	}
}

// report is what the terminal tells afterwards.
func (x *run) report(s script, f fate) {
	effects := x.effects
	if f.reversed {
		x.tell(pinlife.Reversal{})
		x.tell(pinlife.TimeOut{})
	}
	advice := pinlife.Advice{ATC: x.chip.atc, Result: f.report, FinalCryptogramValid: true}
	switch {
	case f.silent || s.none():
	case f.late:
		x.late = advice
	default:
		x.tell(advice)
	}
	x.effects = effects
}

// progressRounds: a first round may end with the attempts used up, which an
// operator sees; the second then must succeed.
const progressRounds = 2

// progress checks I13 and I4: good insertions end with everything proved, on
// both sides.
func (x *run) progress() error {
	for range progressRounds {
		x.retry()
		x.insert(checkout, rightPIN, completed)
		x.insert(checkout, rightPIN, completed)
		if err := x.check(); err != nil {
			return err
		}
		if x.host.Held && x.host.SentCount == pinlife.SentMax {
			return nil // ends in a replacement card, and is audited
		}
		if !x.host.Held {
			break
		}
	}
	switch p := x.host.Phase(); {
	case p != pinlife.Stable && p != pinlife.Unset:
		x.violate("I13: %v after two good insertions", p)
	case x.host.Proven != x.wanted || x.chip.pin != x.wanted:
		x.violate("I4: generation %d acknowledged, the host has %d, the chip %d", x.wanted, x.host.Proven, x.chip.pin)
	case x.owed || x.host.Unblock:
		x.violate("I6: the unblock did not reach the chip")
	}
	return x.err
}
