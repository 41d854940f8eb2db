// Package terminal is the point of sale: a reader, the EMV kernel, a way to the
// issuer and a receipt. A terminal holds no card key.
package terminal
