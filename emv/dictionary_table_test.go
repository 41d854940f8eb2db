package emv

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Describe finds an entry only where the table is sorted and has no tag twice.
func TestDictionaryIsSorted(t *testing.T) {
	for i := range dictionary[1:] {
		assert.Less(t, dictionary[i].Tag, dictionary[i+1].Tag)
	}
}
