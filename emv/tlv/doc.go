// Package tlv reads and writes BER-TLV data objects over plain bytes, and the
// data object lists (DOL) that name them. EMV Book 3, Annex B (TLV) and 5.4
// (DOL).
//
// Order, repeats and padding are kept as they stand in the bytes: issuer
// scripts depend on all three.
//
// # Caveats
//
// Elements share the memory of the bytes they were read from.
package tlv
