package ivr

import "github.com/f510b0cf/till/emv/secret"

// collector takes digits as they come and seals them when the entry is complete.
// It is wiped whenever it is emptied.
type collector struct {
	secret.Opaque
	digits [cardDigitsMax]byte
	count  int
	kept   [entries]secret.Value
}

// add takes a digit; more than an entry can have are dropped.
func (c *collector) add(key byte) {
	if c.count < len(c.digits) {
		c.digits[c.count] = key
		c.count++
	}
}

// empty forgets the entry that was begun.
func (c *collector) empty() {
	secret.Wipe(c.digits[:])
	c.count = 0
}

// keep seals the entry.
func (c *collector) keep(as Entry) {
	c.kept[as] = secret.New(c.digits[:c.count])
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
