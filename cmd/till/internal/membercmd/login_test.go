package membercmd

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestLasts: a short login is not told as one of 0 minutes, and none as one that is over.
func TestLasts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "", 999 * time.Millisecond: " for 1 second", 90 * time.Second: " for 90 seconds",
		2*time.Minute + time.Second: " for 2 minutes", time.Hour - time.Millisecond: " for 60 minutes",
	} {
		assert.Equal(t, want, lasts(d))
	}
}
