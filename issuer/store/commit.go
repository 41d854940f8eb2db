package store

import "time"

// Commit is what a store tells of a commit of its medium.
type Commit struct {
	Updates int           // that shared it
	Took    time.Duration // by the clock of the store
}
