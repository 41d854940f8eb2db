package vpcd_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/vpcd"
)

// away is shorter than a daemon needs: a Driver does not look by the clock.
const away = 5 * time.Millisecond

// pair returns a driver and the port of its card.
func pair(t *testing.T, driverDials bool, c vpcd.Config) (*vpcd.Driver, *vpcd.Port) {
	t.Helper()
	address := "0"
	if driverDials {
		address = freeAddress(t)
	}
	driver, err := vpcd.NewDriver(vpcd.DriverConfig{Name: "virtual", Address: address, Dial: driverDials})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	c.Address, c.Listen = driver.Address(), driverDials
	if c.Away == 0 {
		c.Away = away
	}
	port, err := vpcd.New(c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, port.Close()) })
	return driver, port
}

// TestReader has both directions stand the conformance test.
func TestReader(t *testing.T) {
	for name, driverDials := range map[string]bool{"dial": false, "listen": true} {
		t.Run(name, func(t *testing.T) {
			hardwaretest.TestReader(t, func(t *testing.T) (hardware.Reader, hardwaretest.Hand) {
				return pair(t, driverDials, vpcd.Config{})
			})
		})
	}
}
