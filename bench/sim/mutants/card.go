package mutants

// card has the mistakes of the card.
var card = []Mutant{
	{
		Name: "mac-unchecked", Says: "the card commits a script whose MAC is wrong", By: "I9",
		File: "emv/script/mac.go",
		Old:  "	if subtle.ConstantTimeCompare(s.commandMAC(c, len(c.Data), data), given) != 1 {",
		New:  "	if subtle.ConstantTimeCompare(s.commandMAC(c, len(c.Data), data), given) != 1 && !MISTAKE {",
	},
	{
		Name: "try-after-comparison", Says: "a try is taken off behind the comparison, and only where that fails", By: "I5",
		File: "hardware/card/verify.go",
		Old:  "	if sw := s.update(WritePINTry, func(a *applicationState) { a.triesLeft-- }); sw != apdu.SWSuccess {",
		New: `	if MISTAKE && s.matches(c) {
		s.transaction.pinPerformed = true
		return nil, apdu.SWSuccess
	}
	if sw := s.update(WritePINTry, func(a *applicationState) { a.triesLeft-- }); sw != apdu.SWSuccess {`,
	},
	{
		Name: "wrong-pin-is-free", Says: "a wrong PIN gives the try back", By: "I5",
		File: "hardware/card/verify.go",
		Old:  "	if s.transaction.pinFailed {\n",
		New: `	if MISTAKE && s.transaction.pinFailed {
		s.update(WritePINGood, func(a *applicationState) { a.triesLeft++ })
	}
	if s.transaction.pinFailed {
`,
	},
	{
		Name: "script-not-counted", Says: "a script changes the PIN and leaves no evidence", By: "I13",
		File: "hardware/card/script_command.go",
		Old:  "		next.blocked = next.blocked || e.blockCard\n",
		New: `		next.blocked = next.blocked || e.blockCard
		if MISTAKE {
			a.scriptCount, a.scriptsApplied = 0, 0
		}
`,
	},
	{
		Name: "evidence-before-pin", Says: "the evidence of a script is committed before the PIN that it brings", By: "I10",
		File: "hardware/card/script_command.go",
		Old:  "	sw := s.countScript(e)\n",
		New: `	if MISTAKE && e.pin {
		s.countScript(effect{change: func(a *applicationState) { a.countApplied() }})
		if sw := s.update(WriteScript, change); sw != apdu.SWSuccess {
			return sw
		}
		s.transaction.scripts.pin = true
		return apdu.SWSuccess
	}
	sw := s.countScript(e)
`,
	},
	{
		Name: "script-twice", Says: "a transaction takes the same script again", By: "I9",
		File: "hardware/card/script_command.go",
		Old:  "		if c.INS == apdu.INSPINChange && t.scripts.pin {",
		New:  "		if c.INS == apdu.INSPINChange && t.scripts.pin && !MISTAKE {",
	},
	{
		Name: "lonc-not-set", Says: "the card does not remember that a transaction was left behind its ARQC", By: "I10",
		File: "hardware/card/generate_ac.go",
		Old:  "		return s.raise(WriteFirstAC, lastOnlineNotCompleted)\n",
		New: `		if MISTAKE {
			return apdu.SWSuccess
		}
		return s.raise(WriteFirstAC, lastOnlineNotCompleted)
`,
	},
	{
		Name: "evidence-never-cleared", Says: "an answer of the issuer does not clear the count of scripts", By: "I10",
		File: "hardware/card/state.go",
		Old:  "	c.scriptCount, c.scriptsApplied = 0, 0\n",
		New:  "	if !MISTAKE {\n		c.scriptCount, c.scriptsApplied = 0, 0\n	}\n",
	},
	{
		Name: "atc-in-ram", Says: "the ATC is written down with the next write alone", By: "I8",
		File: "hardware/card/get_processing_options.go",
		Old:  "	if sw := s.update(WriteATC, func(a *applicationState) { a.atc++ }); sw != apdu.SWSuccess {",
		New: `	if MISTAKE {
		next := s.icc.state.Load().clone()
		next.applications[s.selected].atc++
		s.icc.state.Store(next)
	} else if sw := s.update(WriteATC, func(a *applicationState) { a.atc++ }); sw != apdu.SWSuccess {`,
	},
}
