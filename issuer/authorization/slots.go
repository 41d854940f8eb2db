package authorization

import "runtime"

// slots bounds how many messages are worked on by the processors at a time. More of
// them gain nothing, and the goroutine that commits for all would stand in line behind
// them each time that it comes back from the disk.
type slots chan struct{}

// slotsOfProcessor is how many messages there are for each processor: one that it works
// on, and one that is ready where that one waits.
const slotsOfProcessor = 2

func newSlots() slots { return make(slots, slotsOfProcessor*runtime.GOMAXPROCS(0)) }

func (s slots) take() { s <- struct{}{} }

func (s slots) leave() { <-s }
