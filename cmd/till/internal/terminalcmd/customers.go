package terminalcmd

import (
	"errors"
	"sync"

	"github.com/f510b0cf/till/cmd/till/internal/checkout"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/kernel"
)

// customers come one after the other, each with the card in the reader.
type customers struct {
	point   *checkout.Point
	streams cli.Streams
	person  kernel.Cardholder // nil where each one is a new one

	lock sync.Mutex
	slot *reader.Reader // of the one who is there; nil where nobody is
}

// customers returns the customers of a terminal. What can be wrong with reader and PINs
// is found before the first one comes. Entries of a file descriptor can be read once, so
// that they go on from one customer to the next; those of a file are read for each.
func (c *Serve) customers(streams cli.Streams) (*customers, error) {
	c.Empty = c.Hand
	all := &customers{point: &c.Point, streams: streams}
	person, err := c.Cardholder(streams)
	if err != nil {
		return nil, err
	}
	if c.PINFD != nil {
		all.person = person
	}
	visit, err := c.Visit(person, streams)
	if err != nil {
		return nil, err
	}
	return all, visit.Slot.Close()
}

// come has the next customer come.
func (c *customers) come() (*desk.Customer, error) {
	person := c.person
	if person == nil {
		var err error
		if person, err = c.point.Cardholder(c.streams); err != nil {
			return nil, err
		}
	}
	visit, err := c.point.Visit(person, c.streams)
	if err != nil {
		return nil, err
	}
	c.has(visit.Slot)
	return &desk.Customer{Reader: visit.Reader, Person: visit.Person, Guard: visit.Guard, Close: func() error {
		c.has(nil)
		return visit.Slot.Close()
	}}, nil
}

func (c *customers) has(slot *reader.Reader) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.slot = slot
}

// errNobody says that no card is wanted.
var errNobody = errors.New("no payment runs, so that no card is wanted")

// Insert puts the emulated card in.
func (c *customers) Insert() error { return c.move((*reader.Reader).Insert) }

// Pull takes it out.
func (c *customers) Pull() error { return c.move((*reader.Reader).Remove) }

func (c *customers) move(do func(*reader.Reader)) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.slot == nil {
		return errNobody
	}
	do(c.slot)
	return nil
}
