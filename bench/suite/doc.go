// Package suite plays many scenarios at a time, each in a world of its own: a temporary
// folder, ports that the system gives, a seed.
package suite
