package mutants

// host has the mistakes of the issuer.
var host = []Mutant{
	{
		Name: "naive-evidence", Says: "a script count is proof, whatever was there before", By: "I10",
		File: "issuer/pinlife/evidence.go",
		Old:  "	case !c.ScriptFailed && (base == 0 || !c.LastOnlineNotCompleted):",
		New:  "	case !c.ScriptFailed && (MISTAKE || base == 0 || !c.LastOnlineNotCompleted):",
	},
	{
		Name: "candidate-erased-early", Says: "a PIN that was sent and not proven is taken for not on the chip", By: "I2",
		File: "issuer/pinlife/evidence.go",
		Old:  "	if item.Generation == NoPIN {\n		s.pop()\n	}\n",
		New:  "	if item.Generation == NoPIN || MISTAKE {\n		s.pop()\n	}\n",
	},
	{
		Name: "newer-change-lost", Says: "a proof ends whatever was pending", By: "I4",
		File: "issuer/pinlife/evidence.go",
		Old:  "	if s.Pending == g {\n",
		New:  "	if s.Pending == g || MISTAKE {\n",
	},
	{
		Name: "p2-01", Says: "a script is made with the PIN that the issuer believes to be on the chip", By: "I13",
		File: "issuer/authorization/script.go",
		Old:  "		if e.P2 == pinlife.P2WithCurrentPIN {",
		New:  "		if e.P2 == pinlife.P2WithCurrentPIN || MISTAKE {",
	},
	{
		Name: "reversal-rolls-back-pin", Says: "the reversal of a payment takes the PIN back too", By: "I2",
		File: "issuer/authorization/reversal.go",
		Old:  "		w.record.PIN, _ = w.record.PIN.Step(pinlife.Reversal{})\n",
		New: `		state, _ := w.record.PIN.Step(pinlife.Reversal{})
		if MISTAKE && state.Open {
			state.SentCount--
			state.Sent[state.SentCount] = pinlife.Item{}
			state.Open, state.Claimed = false, false
		}
		w.record.Advance(state)
`,
	},
	{
		Name: "advice-is-proof", Says: "what a terminal says of a script counts as proof", By: "I10",
		File: "issuer/pinlife/step_message.go",
		Old:  "	s.Claimed = true\n",
		New: `	if MISTAKE {
		return s.applied()
	}
	s.Claimed = true
`,
	},
	{
		Name: "sent-not-committed", Says: "an answer goes out though its commit has failed", By: "I2",
		File: "issuer/authorization/answer.go",
		Old:  "	w.lap(Commit)\n	if err != nil {\n",
		New:  "	w.lap(Commit)\n	if err != nil && !(MISTAKE && errors.Is(err, store.ErrFailed)) {\n",
	},
	{
		Name: "stale-decision", Says: "what was decided on an older record is committed over a newer one", By: "I4",
		File: "issuer/authorization/answer.go",
		Old:  "		if tx.Card().Revision != p.revision || w.overtaken(tx) {",
		New:  "		if (tx.Card().Revision != p.revision && !MISTAKE) || w.overtaken(tx) {",
	},
	{
		Name: "answers-again", Says: "a message that comes again is decided again, and changes its answer", By: "nothing-owed",
		File: "issuer/authorization/reply.go",
		Old:  "	if same {\n",
		New:  "	if same && !MISTAKE {\n",
	},
	{
		Name: "repeat-not-known", Says: "a message that comes again is decided as a new one", By: "same-answer",
		File: "issuer/authorization/answer.go",
		Old:  "	case w.reply != nil:\n",
		New:  "	case w.reply != nil && MISTAKE:\n		w.key[0] ^= byte(1 + len(w.record.Payments))\n	case w.reply != nil:\n",
	},
	{
		Name: "reversal-forgotten", Says: "the reversal of a request that is not known is forgotten", By: "I7",
		File: "issuer/authorization/reversal.go",
		Old:  "		w.record.AddPayment(store.Payment{Key: w.original, At: w.now.Truncate(time.Second), Reversed: true})\n",
		New:  "		if !MISTAKE {\n			w.record.AddPayment(store.Payment{Key: w.original, At: w.now.Truncate(time.Second), Reversed: true})\n		}\n",
	},
	{
		Name: "reversal-gives-nothing-back", Says: "a reversal does not give back what counts as spent", By: "I7",
		File: "issuer/authorization/reversal.go",
		Old:  "	w.undo(p, p.Amount)\n	p.Reversed = true\n",
		New:  "	if !MISTAKE {\n		w.undo(p, p.Amount)\n	}\n	p.Reversed = true\n",
	},
	{
		Name: "everybody-may", Says: "any member may do anything to any card", By: "I11",
		File: "issuer/member/access.go",
		Old:  "	case !holder && !primary:\n",
		New:  "	case MISTAKE:\n		return Allowed\n	case !holder && !primary:\n",
	},
	{
		Name: "acknowledged-before-commit", Says: "a member is told that his PIN is taken, though its commit has failed", By: "I4",
		File: "issuer/channel/service.go",
		Old:  "		if err := s.commit(ctx, a, v, record, detail); err != nil {",
		New:  "		if err := s.commit(ctx, a, v, record, detail); err != nil && !(MISTAKE && errors.Is(err, store.ErrFailed)) {",
	},
	{
		Name: "member-over-host", Says: "a change of PIN is committed over a record that has changed meanwhile", By: "I7",
		File: "issuer/channel/service.go",
		Old:  "		if card.Revision != record.Revision || a.Key != \"\" && carriedOut {",
		New:  "		if (card.Revision != record.Revision && !MISTAKE) || a.Key != \"\" && carriedOut {",
	},
}
