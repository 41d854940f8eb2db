// Package host is the issuer's end of the line: it listens for terminals over TCP,
// frames and reads their messages, answers echo, sign-on and sign-off itself and
// hands the rest to an Authorizer.
//
// The messages of one connection are answered in their order, one at a time; many
// connections work side by side. A message that is a request but can not be read
// is refused with action code 904; anything worse closes its own connection and no
// other. docs/host.md has the rules.
//
// # Caveats
//
// Messages hold account numbers in clear. They go to Config.Observe, which is for
// timelines that mask them, and to nothing else; logs hold none.
package host
