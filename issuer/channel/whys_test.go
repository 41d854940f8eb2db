package channel

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhysAreReasons: each reason that a cardholder is told in his words is one that
// authorisation has.
func TestWhysAreReasons(t *testing.T) {
	source, err := os.ReadFile("../authorization/reason.go")
	require.NoError(t, err)
	for reason := range whys {
		assert.Contains(t, string(source), `"`+reason+`"`)
	}
}

// TestWhatsAreTypes: each type that a cardholder is told is one that authorisation
// writes.
func TestWhatsAreTypes(t *testing.T) {
	source, err := os.ReadFile("../authorization/kind.go")
	require.NoError(t, err)
	for name := range whats {
		assert.Contains(t, string(source), `name: "`+name+`"`)
	}
}
