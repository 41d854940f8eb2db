// Package hardwaretest has what tests of readers and cards need: TestReader,
// the conformance test that every hardware.Reader passes, and Script, a card
// that expects certain commands and fails the test on any other.
package hardwaretest
