package vpcd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/f510b0cf/till/hardware"
)

// DriverConfig is what a Driver is made of.
type DriverConfig struct {
	Name    string // of the reader
	Address string // as in Config
	// Dial has the Driver look for a card that listens, in place of waiting for one.
	Dial bool
}

// Driver is a reader inside the program that meets its card as the vpcd driver does,
// without a PC/SC daemon. It has no contactless side.
type Driver struct {
	config   DriverConfig
	listener net.Listener // nil where it dials
	stop     context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	changed chan struct{} // closed and replaced where card or closed changes
	card    *inserted     // nil where there is none
	closed  bool
}

// NewDriver returns a reader that looks for its card until it is closed.
func NewDriver(c DriverConfig) (_ *Driver, err error) {
	if c.Address, err = withLoopback(c.Address); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	d := &Driver{config: c, stop: stop, done: make(chan struct{}), changed: make(chan struct{})}
	if !c.Dial {
		if d.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Address); err != nil {
			stop()
			return nil, fmt.Errorf("wait for a virtual card: %w", err)
		}
		d.config.Address = d.listener.Addr().String()
	}
	go d.run(ctx)
	return d, nil
}

// Name returns the name of the reader.
func (d *Driver) Name() string { return d.config.Name }

// Address returns where the card is met.
func (d *Driver) Address() string { return d.config.Address }

// run meets one card after the other.
func (d *Driver) run(ctx context.Context) {
	defer close(d.done)
	for ctx.Err() == nil {
		conn, err := d.meet(ctx)
		if err != nil {
			pause(ctx, retryPause/10)
			continue
		}
		c := &inserted{wire: newWire(conn)}
		d.put(c)
		<-c.wire.ended
		d.put(nil)
	}
}

func (d *Driver) meet(ctx context.Context) (net.Conn, error) {
	if d.listener != nil {
		return d.listener.Accept()
	}
	return (&net.Dialer{Timeout: dialMax}).DialContext(ctx, "tcp", d.config.Address)
}

// put changes the card that is there.
func (d *Driver) put(c *inserted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed && c != nil {
		c.wire.hangUp()
	}
	d.card = c
	d.announce()
}

// announce wakes all who wait. The caller holds mu.
func (d *Driver) announce() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// await waits until the presence of a card is as wanted, and returns the card.
func (d *Driver) await(ctx context.Context, present bool) (*inserted, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.mu.Lock()
		card, changed, closed := d.card, d.changed, d.closed
		d.mu.Unlock()
		if closed {
			return nil, hardware.ErrReaderClosed
		}
		if (card != nil) == present {
			return card, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// WaitCard waits for a card and resets it (cold).
func (d *Driver) WaitCard(ctx context.Context) (hardware.Card, error) {
	for {
		c, err := d.await(ctx, true)
		if err != nil {
			return nil, fmt.Errorf("wait for card: %w", err)
		}
		power, err := c.powerOn(ctx)
		if err == nil {
			return power, nil
		}
		if !errors.Is(err, hardware.ErrCardRemoved) {
			return nil, fmt.Errorf("power on card: %w", err)
		}
		<-c.wire.ended // it was pulled meanwhile: wait for the next one
		pause(ctx, time.Millisecond)
	}
}

// WaitRemoval waits until no card is there.
func (d *Driver) WaitRemoval(ctx context.Context) error {
	if _, err := d.await(ctx, false); err != nil {
		return fmt.Errorf("wait for removal: %w", err)
	}
	return nil
}

// Close hangs up. To close again does nothing.
func (d *Driver) Close() error {
	d.mu.Lock()
	card := d.card
	if !d.closed {
		d.closed = true
		d.announce()
	}
	d.mu.Unlock()
	d.stop()
	if d.listener != nil {
		_ = d.listener.Close()
	}
	if card != nil {
		card.wire.hangUp()
	}
	<-d.done
	return nil
}
