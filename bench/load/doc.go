// Package load asks an issuer host for decisions at a given rate, as many cards and
// terminals do, and measures how long the answers take.
//
// The cards are virtual: each has the keys that its issuer derives for it, and its
// cryptograms are right. Requests are made before the load begins. They go out when
// their time has come, whether earlier ones were answered or not, and the time of an
// answer counts from then: a host that stalls is not asked less for it.
package load
