package story

// demoFile is the story of `till demo`.
const demoFile = "demo" + Suffix

// Demo returns the story of `till demo`: the life of a PIN from a card that is not
// activated to a change whose answer is lost. Its PINs are test PINs; each begins
// with 0, so that it is no number that a log or a journal writes.
func Demo() ([]Step, error) {
	f, err := Load(BuiltIn(), demoFile)
	if err != nil {
		return nil, err
	}
	return f.Scenarios[0].Steps, nil
}
