// Package script makes and opens the commands that an issuer sends to its card
// in an answer: the templates 71 and 72 that carry them, the MAC and the
// encipherment that protect them (secure messaging format 2), PIN
// CHANGE/UNBLOCK and the other script commands. EMV Book 2, 9; Book 3, 6.5 and
// 10.10.
//
// A Session holds the keys of one card for one transaction; issuer and card each
// derive it from their own master keys. Builders and openers are its methods.
// What differs between schemes is a row of the table of styles.
//
// No public document says how an American Express card wants its scripts: the
// style amex-style does what visa does, and is proven by nothing public.
package script
