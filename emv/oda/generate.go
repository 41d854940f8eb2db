package oda

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/f510b0cf/till/emv/secret"
)

// Exponent is a public exponent of EMV Book 2, B2.1.
type Exponent uint32

// The two public exponents that EMV knows.
const (
	Exponent3     Exponent = 3
	Exponent65537 Exponent = 65537
)

// bytes returns the exponent as the data objects have it, nil if it is none of
// EMV's.
func (e Exponent) bytes() []byte {
	switch e {
	case Exponent3:
		return exponent3
	case Exponent65537:
		return exponent65537
	}
	return nil
}

const (
	// keyBitsMin is the shortest modulus in bits that is generated. Keys under
	// 1024 bits serve to play old cards.
	keyBitsMin = 768
	keyBitsMax = 8 * modulusBytesMax

	// primalityRounds is the number of Miller-Rabin rounds; math/big adds a Lucas
	// test.
	primalityRounds = 20

	// windowSize is the number of odd numbers that are sieved and tried from one
	// draw. Of numbers of 992 bits one odd in 344 is prime, so a window without a
	// prime is rare.
	windowSize = 4096

	// drawsMax bounds the draws for one prime. A stream that gives no prime in so
	// many is broken.
	drawsMax = 64

	// primesApartBits: the two primes differ in one of their leading 100 bits, so
	// that their product is not factored by trying near its square root.
	primesApartBits = 100
)

// errBrokenRandom says that a random source gave the same over and over.
var errBrokenRandom = errors.New("random source gives no usable prime")

// GenerateKey returns a key whose modulus has exactly bits bits, a multiple of 8
// from 768 to 1984. The same bytes of rand give the same key: crypto/rsa and
// crypto/rand draw from other sources too, so the primes are searched for here.
// Each is the first that fits at or after a random odd number.
func GenerateKey(rand io.Reader, bits int, exponent Exponent) (PrivateKey, error) {
	if bits < keyBitsMin || bits > keyBitsMax || bits%8 != 0 {
		return PrivateKey{}, fmt.Errorf("generate key: %d bits, want a multiple of 8 from %d to %d", bits, keyBitsMin, keyBitsMax)
	}
	if exponent.bytes() == nil {
		return PrivateKey{}, fmt.Errorf("generate key: exponent %d, want 3 or 65537", exponent)
	}
	search := primeSearch{rand: rand, exponent: big.NewInt(int64(exponent)), small: smallPrimes()}
	p, err := search.prime(bits-bits/2, nil)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate key: %w", err)
	}
	q, err := search.prime(bits/2, p)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate key: %w", err)
	}
	return newPrivateKey(p, q, exponent.bytes())
}

// primeSearch finds primes p with p-1 coprime to the exponent.
type primeSearch struct {
	rand     io.Reader
	exponent *big.Int
	small    []uint64
}

// prime returns a prime of exactly that many bits, the leading two of them set
// so that the product of two has no bit less than both together. It is far from
// other, if there is one.
func (s *primeSearch) prime(bits int, other *big.Int) (*big.Int, error) {
	for range drawsMax {
		start, err := s.draw(bits)
		if err != nil {
			return nil, err
		}
		p := s.scan(start)
		if p != nil && p.BitLen() == bits && (other == nil || farApart(p, other)) {
			return p, nil
		}
	}
	return nil, errBrokenRandom
}

// draw returns a random odd number of that many bits, the leading two set.
func (s *primeSearch) draw(bits int) (*big.Int, error) {
	b := make([]byte, (bits+7)/8)
	defer secret.Wipe(b)
	if _, err := io.ReadFull(s.rand, b); err != nil {
		return nil, fmt.Errorf("draw prime: %w", err)
	}
	b[0] &= 0xFF >> (8*len(b) - bits)
	start := new(big.Int).SetBytes(b)
	for _, bit := range [...]int{0, bits - 2, bits - 1} {
		start.SetBit(start, bit, 1)
	}
	return start, nil
}

// scan returns the first prime that fits in the window of odd numbers at start,
// nil if there is none.
func (s *primeSearch) scan(start *big.Int) *big.Int {
	composite := s.sieve(start)
	for i := range composite {
		if composite[i] {
			continue
		}
		candidate := new(big.Int).Add(start, big.NewInt(2*int64(i)))
		if s.fitsExponent(candidate) && candidate.ProbablyPrime(primalityRounds) {
			return candidate
		}
	}
	return nil
}

// fitsExponent reports whether p-1 is coprime to the exponent, which is a prime.
func (s *primeSearch) fitsExponent(p *big.Int) bool {
	return new(big.Int).Mod(lessOne(p), s.exponent).Sign() != 0
}

// sieve marks the odd numbers of the window at start that a small prime divides.
func (s *primeSearch) sieve(start *big.Int) *[windowSize]bool {
	var composite [windowSize]bool
	var divisor, remainder big.Int
	for _, prime := range s.small {
		r := remainder.Mod(start, divisor.SetUint64(prime)).Uint64()
		// start + 2i is divisible where i = -r/2; (prime+1)/2 is the inverse of 2.
		first := (prime - r) * ((prime + 1) / 2) % prime
		for i := first; i < windowSize; i += prime {
			composite[i] = true
		}
	}
	return &composite
}

// farApart reports whether two primes differ in their leading bits.
func farApart(p, q *big.Int) bool {
	difference := new(big.Int).Sub(p, q)
	return difference.BitLen() > max(p.BitLen(), q.BitLen())-primesApartBits
}

// smallPrimeMax bounds the primes of the sieve. Trial division by larger ones
// costs more than the primality tests that it saves.
const smallPrimeMax = 1 << 13

// smallPrimes returns the odd primes up to smallPrimeMax.
func smallPrimes() []uint64 {
	var composite [smallPrimeMax]bool
	var found []uint64
	for n := uint64(3); n < smallPrimeMax; n += 2 {
		if composite[n] {
			continue
		}
		found = append(found, n)
		for multiple := n * n; multiple < smallPrimeMax; multiple += n {
			composite[multiple] = true
		}
	}
	return found
}
