package image

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// pan is the decimal digits of an account, none for no account.
func (c *coder) pan(p *account.PAN) {
	c.value("PAN", panDigitsMax, p.Open, func(digits []byte) (err error) {
		if len(digits) > 0 {
			*p, err = account.ParsePAN(digits)
		}
		return err
	})
}

// pin is the decimal digits of a PIN, none for no PIN.
func (c *coder) pin(p *pin.PIN) {
	c.value("PIN", pin.DigitsMax, p.Open, func(digits []byte) (err error) {
		if len(digits) > 0 {
			*p, err = pin.Parse(digits)
		}
		return err
	})
}

// key is a two-key TDES key, or nothing.
func (c *coder) key(name string, k *secret.Key) {
	if a := k.Algorithm(); !c.reading && a != 0 && a != secret.TDES {
		c.fail("%s: algorithm %s, want TDES", name, a)
	}
	c.value(name, masterKeyBytes, k.Open, func(raw []byte) (err error) {
		if len(raw) > 0 {
			*k, err = secret.NewTDES(raw)
		}
		return err
	})
}

// privateKey is the two primes and the public exponent of an RSA key, or
// nothing.
func (c *coder) privateKey(name string, k *oda.PrivateKey) {
	there := !k.IsZero()
	if c.boolean(name, &there); !there || c.err != nil {
		return
	}
	exponent := k.Public().Exponent()
	k.Open(func(p, q []byte) { // nil when k is to be read
		defer func() { secret.Wipe(p); secret.Wipe(q) }()
		c.prime(name, &p)
		c.prime(name, &q)
		c.bytes(name, &exponent, exponentBytesMax)
		if !c.reading || c.err != nil {
			return
		}
		made, err := oda.NewPrivateKey(p, q, exponent)
		if err != nil {
			c.err = fmt.Errorf("%s: %w", name, err)
			return
		}
		*k = made
	})
}

// prime is a number without zeros in front.
func (c *coder) prime(name string, p *[]byte) {
	c.bytes(name, p, primeBytesMax)
	if c.err == nil && (len(*p) == 0 || (*p)[0] == 0) {
		c.err = fmt.Errorf("%s: prime with a zero byte in front: %w", name, emv.ErrMalformed)
	}
}
