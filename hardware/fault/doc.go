// Package fault makes a reader or card misbehave, by plan: the card is pulled at
// a chosen command, stays mute, answers late or something else, or never sees a
// command that seems answered.
//
// A plan is data: a list of faults, each one line of text such as
// "pull after GENERATE_AC 2". docs/faults.md lists them all. A fault strikes
// once, unless its point says "every"; which ones struck, and which never did,
// can be asked for.
package fault
