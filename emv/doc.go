// Package emv holds the vocabulary that card, terminal and issuer share: tags
// and their dictionary, the bit fields of EMV Book 3 Annex C, the cardholder
// verification list, issuer application data and its card verification
// results, response and action codes, and the classes of failed checks. It
// does no input or output and holds no key.
//
// Sections are cited as EMV Book and section of version 4.4.
package emv
