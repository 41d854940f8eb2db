package authorization

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// purposeScript is what sent scripts are sealed for.
const purposeScript = "script"

// buildScript has the hsm make the script that the PIN life cycle asked for, and
// notes it as sent. EMV Book 3, 10.10.
func (d *decision) buildScript() error {
	if d.build == nil {
		return nil
	}
	identifier := d.scriptIdentifier()
	to := hsm.Script{Identifier: identifier, Context: script.Context{ATC: d.input().ATC, AC: d.arqc()}}
	var err error
	if d.template, err = d.scriptTemplate(to); err != nil {
		return err
	}
	sealed, err := d.config.Module.Seal(purposeScript, d.ref, d.template)
	if err != nil {
		return err
	}
	d.record.Sent = append(d.record.Sent, store.SentScript{
		ATC: uint16(d.input().ATC), ARQC: d.arqc(), Identifier: identifier, Sealed: sealed,
	})
	return nil
}

// scriptTemplate returns the template for the effect.
func (d *decision) scriptTemplate(to hsm.Script) ([]byte, error) {
	switch e := d.build.(type) {
	case pinlife.BuildUnblock:
		to.Phase = phaseOf(e.Template)
		return d.config.Module.BuildUnblock(d.card, to)
	case pinlife.BuildScript:
		to.Phase = phaseOf(e.Template)
		var current hsm.SealedPIN
		if e.P2 == pinlife.P2WithCurrentPIN {
			current, _ = d.record.SealedPIN(d.record.PIN.Proven)
		}
		next, ok := d.record.SealedPIN(e.Generation)
		if !ok {
			return nil, fmt.Errorf("build script: no sealed PIN of generation %d", e.Generation)
		}
		return d.config.Module.BuildPINChange(d.card, to, next, current)
	}
	return nil, fmt.Errorf("build script: no script for %T", d.build)
}

// phaseOf returns when a template is run.
func phaseOf(t pinlife.Template) script.Phase {
	if t == pinlife.Template71 {
		return script.BeforeFinalAC
	}
	return script.AfterFinalAC
}

// scriptIdentifier names a script of a card (tag 9F18): its pending generation, 0
// for an unblock, and the ATC of the request.
func (d *decision) scriptIdentifier() (id [emv.ScriptIdentifierSize]byte) {
	binary.BigEndian.PutUint16(id[:2], uint16(d.record.PIN.Pending))
	binary.BigEndian.PutUint16(id[2:], uint16(d.input().ATC))
	return id
}
