package oda

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// PrivateKey is an RSA private key, held as its two primes. The zero PrivateKey
// is no key.
type PrivateKey struct {
	secret.Opaque
	public PublicKey
	open   func() *primes
}

// primes is what the closure of a PrivateKey holds: the primes and, for the
// Chinese remainder theorem, the private exponent modulo each prime less one and
// the inverse of q modulo p.
type primes struct{ p, q, dp, dq, qInverse *big.Int }

// errFault says that a private operation gave a wrong result.
var errFault = errors.New("private operation: result does not verify under the public key")

// NewPrivateKey returns the key of two different primes and a public exponent, 03
// or 010001. The product of the primes begins with a byte of 80 or more. That
// they are primes is not tested; a key of other numbers signs nothing.
func NewPrivateKey(p, q, exponent []byte) (PrivateKey, error) {
	return newPrivateKey(new(big.Int).SetBytes(p), new(big.Int).SetBytes(q), exponent)
}

func newPrivateKey(p, q *big.Int, exponent []byte) (PrivateKey, error) {
	n := new(big.Int).Mul(p, q)
	if n.BitLen()%8 != 0 {
		return PrivateKey{}, fmt.Errorf("make private key: modulus of %d bits is not whole bytes: %w", n.BitLen(), emv.ErrMalformed)
	}
	public, err := NewPublicKey(n.Bytes(), exponent)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make private key: %w", err)
	}
	e := new(big.Int).SetBytes(exponent)
	held := &primes{
		p: p, q: q,
		dp:       new(big.Int).ModInverse(e, lessOne(p)),
		dq:       new(big.Int).ModInverse(e, lessOne(q)),
		qInverse: new(big.Int).ModInverse(q, p),
	}
	if held.dp == nil || held.dq == nil || held.qInverse == nil {
		return PrivateKey{}, fmt.Errorf("make private key: primes do not fit each other or the exponent: %w", emv.ErrMalformed)
	}
	return PrivateKey{public: public, open: func() *primes { return held }}, nil
}

// lessOne returns x - 1.
func lessOne(x *big.Int) *big.Int { return new(big.Int).Sub(x, big.NewInt(1)) }

// Public returns the public key.
func (k PrivateKey) Public() PublicKey { return k.public }

// IsZero reports whether k holds no key.
func (k PrivateKey) IsZero() bool { return k.open == nil }

// Open calls use with copies of the two primes, which NewPrivateKey takes, and
// wipes them when use returns. use must not keep the slices.
func (k PrivateKey) Open(use func(p, q []byte)) {
	if k.open == nil {
		use(nil, nil)
		return
	}
	held := k.open()
	p, q := held.p.Bytes(), held.q.Bytes()
	defer secret.Wipe(p)
	defer secret.Wipe(q)
	use(p, q)
}

// power raises block, as long as the modulus and as a number less than it, to
// the private exponent. The result is checked with the public key: a fault in
// one half of the calculation would give the primes away to whoever sees it.
func (k PrivateKey) power(block []byte) ([]byte, error) {
	if k.open == nil || len(block) != k.public.Size() {
		return nil, fmt.Errorf("private operation: %d bytes under a key of %d: %w", len(block), k.public.Size(), emv.ErrBadLength)
	}
	base := new(big.Int).SetBytes(block)
	if base.Cmp(k.public.n) >= 0 {
		return nil, fmt.Errorf("private operation: number is not less than the modulus: %w", emv.ErrMalformed)
	}
	result := k.open().power(base)
	if k.public.power(result).Cmp(base) != 0 {
		return nil, errFault
	}
	return result.FillBytes(make([]byte, len(block))), nil
}

// power combines the powers modulo p and q by the Chinese remainder theorem.
func (h *primes) power(base *big.Int) *big.Int {
	var reduced, modP, modQ, product big.Int
	modP.Exp(reduced.Mod(base, h.p), h.dp, h.p)
	modQ.Exp(reduced.Mod(base, h.q), h.dq, h.q)
	modP.Sub(&modP, &modQ)
	product.Mul(&modP, h.qInverse)
	modP.Mod(&product, h.p)
	product.Mul(&modP, h.q)
	return product.Add(&product, &modQ)
}
