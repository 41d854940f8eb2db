//go:build !pkcs11 || !cgo

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// TestNoToken: a program without PKCS#11 says how to build one with it.
func TestNoToken(t *testing.T) {
	t.Chdir(t.TempDir())
	_, stderr, code := till("", "issuer", "init", "--data", "bank", "--pkcs11-module", "m.so", "--pkcs11-token", "bank")
	assert.Equal(t, cli.ExitUsage, code)
	assert.Contains(t, stderr, "this till is built without PKCS#11: build it with `go build -tags pkcs11 ./cmd/till`")
	assert.NoDirExists(t, "bank")
}
