package membercmd

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestLasts: a short login is not told as one of 0 minutes.
func TestLasts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		999 * time.Millisecond: "1 second", 90 * time.Second: "90 seconds",
		2*time.Minute + time.Second: "2 minutes", time.Hour - time.Millisecond: "60 minutes",
	} {
		assert.Equal(t, want, lasts(d))
	}
}
