// Package bench puts card, reader, terminal and issuer together: the story of a
// PIN change, scenarios, faults and reports.
package bench
