package vpcd

import (
	"fmt"
	"net"
	"time"
)

// DefaultAddress is where the driver waits for its first card, as it is packaged.
const DefaultAddress = "127.0.0.1:35963"

// Config is how a Port reaches the driver.
type Config struct {
	// Address is a host and port, or a port alone on the loopback interface; the
	// default is DefaultAddress.
	Address string
	// Listen has the Port wait for a driver that dials, which is one whose
	// DEVICENAME is HOST:PORT in place of /dev/null:PORT.
	Listen bool
	// Away is how long the Port stays away between two connections: a second by
	// default, less only for a driver that does not look by the clock.
	Away time.Duration
	// AnswerMax is how long the card may work on a command: 30 seconds by default.
	// Then it counts as mute, is pulled and put in again, as a daemon would wait
	// for ever.
	AnswerMax time.Duration
}

// The defaults of Config, and bounds of a Port.
const (
	defaultAway      = time.Second
	defaultAnswerMax = 30 * time.Second
	dialMax          = 2 * time.Second        // then the slot is taken
	lookMax          = 2 * time.Second        // by then a driver has looked for its card
	retryPause       = 200 * time.Millisecond // between two attempts to connect
	sendMax          = 5 * time.Second        // for an answer: a driver that does not read is gone
)

// withDefaults returns c with all that was left out.
func (c Config) withDefaults() (_ Config, err error) {
	if c.Address, err = withLoopback(c.Address); err != nil {
		return c, err
	}
	if c.Away == 0 {
		c.Away = defaultAway
	}
	if c.AnswerMax == 0 {
		c.AnswerMax = defaultAnswerMax
	}
	return c, nil
}

// withLoopback completes an address: its host is the loopback interface where none
// is named.
func withLoopback(address string) (string, error) {
	if address == "" {
		address = DefaultAddress
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = "", address
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return "", fmt.Errorf("virtual reader: the address has no port: want HOST:PORT or PORT, such as %s", DefaultAddress)
	}
	return net.JoinHostPort(host, port), nil
}
