// Package conformance tries the terminal kernel against dialogues that were
// written from the Books and from published facts, not from the kernel. Its
// cases are the text files in testdata; docs/conformance.md says how each one
// fares. A case plays card, cardholder and host in one strict order: a command,
// a question or a request that is not the next one of the dialogue fails it.
//
// testdata/README.md says how cases are written.
package conformance
