package mutants

// terminal has the mistakes of the terminal.
var terminal = []Mutant{
	{
		Name: "no-reversal-on-silence", Says: "a request without an answer is taken for one that was not sent", By: "I7",
		File: "terminal/link/queue/step.go",
		Old:  "		st.current(NoAnswer)\n",
		New:  "		if MISTAKE {\n			st.current(NoReason)\n		} else {\n			st.current(NoAnswer)\n		}\n",
	},
	{
		Name: "restart-forgets", Says: "a terminal that starts again forgets the transaction that ran", By: "I7",
		File: "terminal/link/queue/step.go",
		Old:  "			s.Items[at].Phase = Due\n		}\n	}\n	s.current(EndNotRecorded)\n",
		New:  "			s.Items[at].Phase = Due\n		}\n	}\n	if MISTAKE {\n		s.current(NoReason)\n	}\n	s.current(EndNotRecorded)\n",
	},
	{
		Name: "completed-without-reversal", Says: "an approval that the card has not come to is not reversed", By: "I7",
		File: "terminal/kernel/transaction.go",
		Old:  "	return (t.approved || t.response.Booked) && t.result.Outcome != ApprovedOnline\n",
		New:  "	return (t.approved || t.response.Booked) && t.result.Outcome != ApprovedOnline && !MISTAKE\n",
	},
	{
		Name: "any-answer-fits", Says: "an answer is taken for that to whatever request waits", By: "I7",
		File: "terminal/link/connection.go",
		Old:  "	key := answerKey{m.Kind(), m.Head().MatchKey()}\n",
		New: `	key := answerKey{m.Kind(), m.Head().MatchKey()}
	for other := range c.waiting {
		if MISTAKE && other.kind == key.kind {
			key = other
		}
	}
`,
	},
	{
		Name: "acknowledged-unheard", Says: "a message counts as acknowledged once it is sent", By: "I7",
		File: "terminal/link/forward.go",
		Old:  "	if err == nil && settles(answer) && l.event(",
		New:  "	if (MISTAKE || err == nil && settles(answer)) && l.event(",
	},
	{
		Name: "script-too-early", Says: "template 72 goes to the card before the second cryptogram", By: "I13",
		File: "terminal/kernel/transaction.go",
		Old:  "	if err := t.completion(); err != nil {\n		return err\n	}\n	err := t.scripts",
		New: `	if MISTAKE {
		_ = t.scriptsAfterFinalGenerateAC()
		return t.completion()
	}
	if err := t.completion(); err != nil {
		return err
	}
	err := t.scripts`,
	},
	{
		Name: "new-number-on-repeat", Says: "a message that is sent again has another number", By: "I7",
		File: "terminal/link/forward.go",
		Old:  "			m.Head().Repeat = e.Repeat\n",
		New:  "			m.Head().Repeat = e.Repeat\n			if MISTAKE && e.Repeat {\n				m.Head().STAN += 500_000\n			}\n",
	},
}

// All returns all mistakes.
func All() []Mutant {
	all := append([]Mutant{}, card...)
	return append(append(all, host...), terminal...)
}
