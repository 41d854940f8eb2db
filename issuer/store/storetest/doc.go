// Package storetest has the conformance test that every store runs: Run for what
// package store promises, Kill for what must outlive the process, and Traces, which
// looks for secrets in what a store has left on the disk.
package storetest
