// Package secret holds what must not be printed: keys, PINs, PIN blocks, PANs.
//
// A secret is a closure, not a string or a byte slice, so that fmt, JSON, gob,
// loggers and test output find nothing to print but "[secret]". The package
// also owns the work that needs the bytes of a key (two-key TDES, AES, MACs,
// key derivation, sealing), so that no other package has to open one for it.
//
// # Caveats
//
// A closure still lies on the heap: a memory dump, a debugger or a swap file
// shows it. crypto/des does not run in constant time. SECURITY.md says what is
// protected and what is not.
package secret
