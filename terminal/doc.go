// Package terminal is the point of sale: a reader, the EMV kernel, the link to
// the issuer host, a journal and a receipt. A terminal holds no card key.
package terminal
