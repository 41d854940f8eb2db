package store

import "crypto/sha256"

// Link is the hash of an entry: of its content, of the link of the entry before it,
// and of the link of the entry before it of the same card or member. So the journal
// is one chain, and so are the entries of each card and of each member.
type Link [sha256.Size]byte

// Seal holds the link of an entry, sealed by who has a key, so that who has none can
// not make the entries up to it anew.
type Seal struct {
	Number uint64 // of the entry
	Sealed []byte
}

// SealMax bounds what is sealed, in bytes.
const SealMax = 256

// PruneMax is how many entries one call of Prune removes at most.
const PruneMax = 1000
