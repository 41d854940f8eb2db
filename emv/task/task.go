// Package task is how components do several things at a time and wait for each
// other: with goroutines, or with the coroutines of a simulation, which runs one
// of them at a time and picks the next.
package task

import "reflect"

// Tasks runs functions side by side.
type Tasks interface {
	// Go runs f beside its caller and all that runs already.
	Go(f func())
	// Await returns when one of the signals is closed, with the index of one that
	// is. A nil signal is never closed; without any other Await does not return.
	Await(signals ...<-chan struct{}) int
}

// System runs each function in a goroutine.
type System struct{}

// Go starts a goroutine.
func (System) Go(f func()) { go f() }

// Await blocks its goroutine.
func (System) Await(signals ...<-chan struct{}) int {
	cases := make([]reflect.SelectCase, len(signals))
	for i, s := range signals {
		cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s)}
	}
	which, _, _ := reflect.Select(cases)
	return which
}

// Or returns t, or goroutines where t is nil.
func Or(t Tasks) Tasks {
	if t == nil {
		return System{}
	}
	return t
}
