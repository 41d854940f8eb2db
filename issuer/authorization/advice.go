package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// decideAdvice returns the decider of an advice: what became of a script, or a
// transaction that was decided offline. It is always acknowledged.
func decideAdvice(m *message.Advice) decider {
	return func(w *work) (outcome, error) {
		report, err := w.report(m)
		if err != nil {
			return outcome{}, err
		}
		state, effects := w.record.PIN.Step(report)
		w.record.Advance(state)
		if offlineApproved := m.ActionCode.Approves() && m.Original == (message.OriginalData{}); offlineApproved {
			w.post(w.key, report.ATC)
		}
		d := detail{Action: message.ActionAdviceAccepted.String(), ATC: report.ATC, Amount: m.Amount, Currency: m.Currency, Script: scriptResults[report.Result]}
		entries := []store.Entry{w.entry("advice", d)}
		for _, e := range effects {
			entries = w.appendNotes(entries, appendNote(nil, e))
		}
		return outcome{answer: refuse(m, message.ActionAdviceAccepted), entries: entries}, nil
	}
}

// report reads what an advice says of the chip. Chip data that can not be read say
// nothing.
func (w *work) report(m *message.Advice) (pinlife.Advice, error) {
	chip, err := readChipData(m.ICCData, w.record.Chip.Cryptogram)
	if err != nil {
		return pinlife.Advice{}, nil
	}
	a := pinlife.Advice{ATC: uint16(chip.input.ATC)}
	a.Result = w.scriptResult(&chip)
	if !chip.isFinal() {
		return a, nil
	}
	wrong, err := w.verify(&chip)
	a.FinalCryptogramValid = wrong == approved
	return a, err
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
