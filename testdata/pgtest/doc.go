// Package pgtest gives tests a PostgreSQL of their own: Debian's, on a free port of this
// machine, in a folder that goes with it, with fsync. A primary can have a synchronous
// standby that takes its place. `make deps` installs what is needed.
package pgtest
