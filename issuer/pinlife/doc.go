// Package pinlife is the life of one card's PIN at the issuer, as a pure state
// machine: a state and an event give a new state and effects. It reads no clock,
// holds no key and sees no PIN. PINs are generations, numbers in the order in
// which they were acknowledged to the holder; their sealed digits and the bytes
// of scripts lie in the store.
//
// A PIN changes on two sides, the chip and the issuer, and the script between
// them may be lost, torn or doubled. The machine therefore keeps every
// generation that the chip may hold until the chip itself, in the card
// verification results under a later valid cryptogram, says which one it is.
//
// Rules are cited by their section in docs/pin-lifecycle.md.
package pinlife
