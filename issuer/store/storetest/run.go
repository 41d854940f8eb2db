package storetest

import "testing"

// Run runs the conformance test.
func Run(t *testing.T, h Harness) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"cards are created and found", testCreate},
		{"records come back as they were", testRecords},
		{"rules of a record are kept", testRules},
		{"an update is all or nothing", testAtomic},
		{"an update shows its own changes", testOwnChanges},
		{"a panic comes back to its caller", testPanic},
		{"updates of an account are serial", testSerial},
		{"what a caller holds is his own", testCopies},
		{"replies are identical bytes", testReplies},
		{"the newest replies are kept", testRepliesMax},
		{"journal and history", testJournal},
		{"members' entries", testActs},
		{"links are a chain", testLinks},
		{"seals", testSeals},
		{"pruning", testPrune},
		{"a loop may use the store", testLoops},
		{"cards are iterated in order", testCards},
		{"members", testMembers},
		{"members' updates", testMemberUpdates},
		{"sessions", testSessions},
		{"a session is replaced once", testReplace},
		{"contexts", testContexts},
		{"a context ends the wait", testWaiting},
		{"a closed store", testClosed},
		{"closing waits", testClosing},
		{"against a model", testModel},
		{"what was committed outlives Close", testReopen},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, h) })
	}
}
