// Package trace records what a terminal and a card say to each other, writes it
// down for people and machines, and plays it again.
//
// A Recording is written masked: with account numbers shortened and without PIN
// data. It knows what the commands mean by what was said before them: the values
// in GET PROCESSING OPTIONS, GENERATE AC and INTERNAL AUTHENTICATE are taken
// apart by the lists that the card gave, and each is shown or masked by itself.
// Where no list fits, they are not shown at all. docs/traces.md has the formats.
//
// # Caveats
//
// A Recording holds all bytes, in secret.Value. The methods with Unmasked in their
// names write them in clear, PIN blocks included: they are for test cards and test
// PINs. Exchanges lends them to code that looks for something in them.
package trace
