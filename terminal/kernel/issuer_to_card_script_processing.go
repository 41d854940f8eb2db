package kernel

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
)

// scriptBytesGuaranteed is the total length in bytes of issuer scripts that
// every terminal has to take in one answer. This one takes longer ones too, and
// says so. EMV Book 3, 10.10.
const scriptBytesGuaranteed = 128

// scriptsBeforeFinalGenerateAC delivers the templates 71, after a look at all
// that the issuer sent.
func (t *transaction) scriptsBeforeFinalGenerateAC() error {
	if t.response == nil {
		return nil
	}
	total := 0
	for i, raw := range t.response.Scripts {
		total += len(raw)
		if len(raw) == 0 || emv.Tag(raw[0]) != tagScriptBefore && emv.Tag(raw[0]) != tagScriptAfter {
			t.note(IssuerToCardScriptProcessing, "script %d begins with neither %s nor %s: not delivered", i+1, tagScriptBefore, tagScriptAfter)
		}
	}
	if total > scriptBytesGuaranteed {
		t.note(IssuerToCardScriptProcessing, "scripts of %d bytes: more than the %d that every terminal takes", total, scriptBytesGuaranteed)
	}
	return t.deliverScripts(tagScriptBefore, emv.TVRScriptFailedBeforeFinalGenerateAC)
}

// scriptsAfterFinalGenerateAC delivers the templates 72, whatever the final
// cryptogram is.
func (t *transaction) scriptsAfterFinalGenerateAC() error {
	return t.deliverScripts(tagScriptAfter, emv.TVRScriptFailedAfterFinalGenerateAC)
}

// deliverScripts delivers the templates with that tag in the order in which they
// came. A template that fails leaves those behind it alone; a card that is gone
// leaves them unperformed. EMV Book 3, 10.10.
func (t *transaction) deliverScripts(tag emv.Tag, failed emv.Bit[emv.TVR]) error {
	if t.response == nil {
		return nil
	}
	var lost error
	for _, raw := range t.response.Scripts {
		if len(raw) == 0 || emv.Tag(raw[0]) != tag {
			continue
		}
		t.tsi.Set(emv.TSIScriptProcessingPerformed)
		result, err := t.deliverScript(raw, lost != nil)
		if lost == nil {
			lost = err
		}
		t.result.ScriptResults = append(t.result.ScriptResults, result)
		t.reportScript(tag, result, failed)
	}
	return lost
}

// reportScript notes what a template came to.
func (t *transaction) reportScript(tag emv.Tag, result emv.ScriptResult, failed emv.Bit[emv.TVR]) {
	text := fmt.Sprintf("template %s: %s", tag, result.Outcome)
	if result.Command > 0 {
		text = fmt.Sprintf("%s, command %d", text, result.Command)
	}
	if result.Outcome == emv.ScriptSuccessful {
		t.note(IssuerToCardScriptProcessing, "%s", text)
		return
	}
	t.found(IssuerToCardScriptProcessing, failed, "Book 3, 10.10", "%s", text)
}

// deliverScript sends the commands of one template, unread and in order, until
// one is answered with SW1 other than 90, 62 and 63. A template that can not be
// taken apart is not performed. EMV Book 3, 10.10 and Annex E; EMV Book 4, Annex
// A5.
func (t *transaction) deliverScript(raw []byte, lost bool) (result emv.ScriptResult, err error) {
	result.Identifier = scriptIdentifier(raw)
	commands, parseErr := scriptCommands(raw)
	if parseErr != nil || lost {
		return result, nil
	}
	for i, command := range commands {
		sw, err := t.sendScriptCommand(command)
		if err != nil || sw.Class() == apdu.Error {
			result.Outcome, result.Command = emv.ScriptFailed, i+1
			return result, err
		}
		result.Outcome = emv.ScriptSuccessful
	}
	return result, nil
}

// sendScriptCommand passes a command on as it stands, so that its message
// authentication code holds. One that the card does not come to an end with fails
// like one it refuses.
func (t *transaction) sendScriptCommand(command apdu.Command) (apdu.SW, error) {
	r, err := t.exchange(command)
	if errors.Is(err, apdu.ErrEndless) {
		return apdu.SWNoDiagnosis, nil
	}
	return r.SW, err
}
