package ivr

import "github.com/f510b0cf/till/emv/secret"

// collector takes digits as they come and seals them when the entry is complete.
// It is wiped whenever it is emptied. Like secret.Value it holds them in a closure,
// so that nothing that prints a call finds them.
type collector struct {
	secret.Opaque
	entry func() *digits
	kept  [entries]secret.Value
}

// digits is an entry that was begun.
type digits struct {
	clear [cardDigitsMax]byte
	count int
}

func newCollector() collector {
	d := new(digits)
	return collector{entry: func() *digits { return d }}
}

// add takes a digit; more than an entry can have are dropped.
func (c *collector) add(key byte) {
	if d := c.entry(); d.count < len(d.clear) {
		d.clear[d.count] = key
		d.count++
	}
}

// empty forgets the entry that was begun.
func (c *collector) empty() {
	d := c.entry()
	secret.Wipe(d.clear[:])
	d.count = 0
}

// keep seals the entry.
func (c *collector) keep(as Entry) {
	d := c.entry()
	c.kept[as] = secret.New(d.clear[:d.count])
	c.empty()
}

// take returns an entry that was kept and forgets it.
func (c *collector) take(e Entry) secret.Value {
	v := c.kept[e]
	c.kept[e] = secret.Value{}
	return v
}

// forget empties all.
func (c *collector) forget() {
	c.empty()
	c.kept = [entries]secret.Value{}
}
