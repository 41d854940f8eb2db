// Package storetest has the conformance test that every store runs: Run for what
// package store promises, Kill for what must outlive the process, Outage for what must
// outlive the loss of a server, and Secrets, which looks for secrets in what a store has
// written.
package storetest
