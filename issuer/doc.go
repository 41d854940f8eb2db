// Package issuer is the issuer host as a whole: Init makes a data directory with
// keys, members and cards, New opens it, Serve runs the host for terminals, the
// door for members and the one for operators.
//
// # Caveats
//
// The members' door speaks HTTP without TLS, so that it takes loopback addresses
// alone unless Config says otherwise.
package issuer
