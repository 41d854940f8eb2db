// Package gotest shows how scenarios run inside `go test`.
package gotest
