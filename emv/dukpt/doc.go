// Package dukpt derives unique keys per transaction, for both ends: the device
// that starts with an initial key and forgets each key after its use, and the
// host that works every key out again from the base derivation key (BDK) and
// the key serial number (KSN) that came with the message.
//
//   - TDES DUKPT: ANSI X9.24-1:2009, Annex A, the same as ANSI X9.24-3:2017,
//     Annex C.
//   - AES DUKPT: ANSI X9.24-3:2017, section 6.
//
// The sections are cited as the public implementation openemv/dukpt cites them,
// whose test data (and that of ANSI's supplement) this package is tested with;
// the standard itself was not at hand.
//
// Counter 0 belongs to the initial key and gives no transaction key: a host
// that is sent one refuses it.
package dukpt
