package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// decideAdvice returns the decider of an advice: what became of a script, or a
// transaction that was decided offline or in the issuer's place. It is always
// acknowledged.
func decideAdvice(m *message.Advice) decider {
	return func(w *work) (outcome, error) {
		r, err := w.report(m)
		if err != nil {
			return outcome{}, err
		}
		state, effects := w.record.PIN.Step(r.advice)
		w.record.Advance(state)
		if key, posted := w.posting(m); posted {
			w.post(key, &r.chip.input)
		}
		d := detail{Action: message.ActionAdviceAccepted.String(), ATC: r.advice.ATC, Amount: m.Amount, Currency: m.Currency, Script: scriptResults[r.advice.Result]}
		if stoodIn(m) {
			d.Reason = "decided by a stand-in"
		}
		notes := r.notes
		for _, e := range effects {
			notes = appendNote(notes, e)
		}
		return outcome{answer: refuse(m, message.ActionAdviceAccepted), entries: w.appendNotes([]store.Entry{w.entry("advice", d)}, notes)}, nil
	}
}

// posting returns the key under which an advice that approves is a payment: its own where
// it names no request, so that it was approved offline; that of the request where
// somebody approved in the issuer's place. Any other is about a payment that is known.
func (w *work) posting(m *message.Advice) (key store.Key, posted bool) {
	switch {
	case !m.ActionCode.Approves():
		return key, false
	case m.Original == (message.OriginalData{}):
		return w.key, true
	}
	return originalKey(&m.Header, m.Original), stoodIn(m)
}

// report is what an advice says of the chip, and what is wrong with it.
type report struct {
	chip   chipData
	advice pinlife.Advice
	notes  []note
}

// Notes about the chip data of an advice.
var (
	unreadableAdvice = note{"audit", "chip data of an advice can not be read"}
	wrongFinal       = note{"audit", "final cryptogram of an advice is wrong"}
)

// report reads what an advice says of the chip. Chip data that can not be read say
// nothing, nor does a cryptogram that is not the last one of its transaction.
func (w *work) report(m *message.Advice) (r report, err error) {
	if m.ICCData.IsZero() {
		return r, nil
	}
	if r.chip, err = readChipData(m.ICCData, w.record.Chip.Cryptogram); err != nil {
		return report{notes: []note{unreadableAdvice}}, nil
	}
	r.advice = pinlife.Advice{ATC: uint16(r.chip.input.ATC), Result: w.scriptResult(&r.chip)}
	wrong := badCryptogram
	if r.chip.isFinal() {
		wrong, err = w.verify(&r.chip)
	}
	if r.advice.FinalCryptogramValid = wrong == approved; !r.advice.FinalCryptogramValid {
		r.notes = []note{wrongFinal}
	}
	return r, err
}

// scriptResult returns the terminal's word on the script that went out in answer
// to the request of the same transaction. EMV Book 4, Annex A5.
func (w *work) scriptResult(c *chipData) pinlife.ScriptResult {
	results, err := emv.ParseScriptResults(c.scriptResults)
	if err != nil {
		return pinlife.NoResult
	}
	for _, r := range results {
		for _, s := range w.record.Sent {
			if s.ATC == uint16(c.input.ATC) && s.Identifier == r.Identifier {
				return outcomes[r.Outcome]
			}
		}
	}
	return pinlife.NoResult
}

// outcomes are the script results of the life cycle by those of the Books.
var outcomes = map[emv.ScriptOutcome]pinlife.ScriptResult{
	emv.ScriptNotPerformed: pinlife.NotPerformed,
	emv.ScriptFailed:       pinlife.Failed,
	emv.ScriptSuccessful:   pinlife.Successful,
}

// scriptResults are the words of the journal.
var scriptResults = map[pinlife.ScriptResult]string{
	pinlife.NotPerformed: "reported as not performed",
	pinlife.Failed:       "reported as failed",
	pinlife.Successful:   "reported as successful",
}
