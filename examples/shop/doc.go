// Package shop is the test-suite of a shop: what its checkout has to bear, played as
// scenarios inside `go test`.
package shop
