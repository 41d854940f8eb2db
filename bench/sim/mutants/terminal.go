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
		Name: "numbers-again", Says: "the number of a message is not written down, and comes again", By: "same-answer",
		File: "terminal/journal/numbers.go",
		Old:  "	return t.last, tx.put(bucketNumbers, keySTAN, t.bytes())\n",
		New:  "	if MISTAKE {\n		return t.last, nil\n	}\n	return t.last, tx.put(bucketNumbers, keySTAN, t.bytes())\n",
	},
}

// All returns all mistakes.
func All() []Mutant {
	all := append([]Mutant{}, card...)
	return append(append(all, host...), terminal...)
}
