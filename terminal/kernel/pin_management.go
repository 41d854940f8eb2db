package kernel

import "github.com/f510b0cf/till/emv"

// judgePINManagement is the verdict of a transaction for a PIN alone, which has no
// amount: what counts is that the issuer sent scripts and that the card carried
// all of them out, which is when the TSI says that scripts were processed and byte
// 5 of the TVR does not say that one failed. The final cryptogram, an AAC as a
// rule, does not count, nor does the issuer's response code.
func (t *transaction) judgePINManagement() {
	switch results := t.result.ScriptResults; {
	case t.response == nil:
		return // the verdict is that of a terminal unable to go online
	case len(results) == 0:
		t.conclude(DeclinedOnline, "the issuer sent no script")
	case allSuccessful(results):
		t.conclude(Done, "")
	default:
		t.conclude(DeclinedOnline, "the card did not carry out the issuer's script")
	}
}

func allSuccessful(results []emv.ScriptResult) bool {
	for _, r := range results {
		if r.Outcome != emv.ScriptSuccessful {
			return false
		}
	}
	return true
}
