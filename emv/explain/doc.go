// Package explain says in words what bytes mean: data objects, data object
// lists, APDUs and the bit fields in them. It serves the decoders of the
// program, traces and reports.
//
// What must not be shown (account numbers, track data, PIN blocks) is masked
// unless Clear is asked for. PIN data is never shown.
package explain
