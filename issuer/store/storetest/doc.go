// Package storetest has the conformance test that every store runs: Run for what
// package store promises, Kill for what must outlive the process, and Outage for what
// must outlive the loss of a server.
package storetest
