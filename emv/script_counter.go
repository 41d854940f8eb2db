package emv

// ScriptCounter is what the script count of card verification results counts.
// Where a count is cleared, that happens once the card has authenticated its
// issuer in answer to the cryptogram that told it.
type ScriptCounter uint8

// The ways to count.
const (
	ScriptsLookedAt  ScriptCounter = iota // carried out or refused; cleared
	ScriptsSucceeded                      // carried out; cleared
	ScriptsRunOn                          // carried out; never cleared, 0 comes after 15
)

// ScriptCounter returns how the family counts. That M/Chip's counter runs on is
// what public sources tell of it; that of the others stands with their CVR.
func (f IADFamily) ScriptCounter() ScriptCounter {
	switch f {
	case IADMChip:
		return ScriptsRunOn
	case IADCCD:
		return ScriptsSucceeded
	}
	return ScriptsLookedAt
}
