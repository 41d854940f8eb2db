package perso

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/random"
)

// testCASeed and testCAStream are what the key pairs of the test certification
// authority are derived from: the same for every card and every till.
const (
	testCASeed   = 0
	testCAStream = "till test CA"
)

// testCAIndexes are the public key indexes of the test CA by the size of its
// keys in bits. They are none of those under which the schemes have published
// keys.
var testCAIndexes = map[int]byte{1024: 0xD0, 1152: 0xD1, 1408: 0xD2, 1984: 0xD3}

// testCAExpiry is the last month of the test CA's keys.
var testCAExpiry = account.Expiry{Year: 2049, Month: time.December}

// TestCABits returns the sizes of the test CA's keys in bits, in rising order.
func TestCABits() []int { return slices.Sorted(maps.Keys(testCAIndexes)) }

// TestCA returns the public key of the test certification authority of that size
// in bits, one of TestCABits, under a RID. Under every RID it is the
// same key. Anyone can derive its private key.
func TestCA(rid oda.RID, bits int) (oda.CAPublicKey, error) {
	key, err := testCAKey(bits)
	if err != nil {
		return oda.CAPublicKey{}, err
	}
	return testCAPublicKey(rid, bits, key), nil
}

func testCAPublicKey(rid oda.RID, bits int, key oda.PrivateKey) oda.CAPublicKey {
	return oda.CAPublicKey{RID: rid, Index: testCAIndexes[bits], Key: key.Public(), Expiry: testCAExpiry}
}

// testCAByIndex returns the public key that a card names by its index.
func testCAByIndex(rid oda.RID, index byte) (key oda.CAPublicKey, known bool) {
	for bits, i := range testCAIndexes {
		if i != index {
			continue
		}
		key, err := TestCA(rid, bits)
		return key, err == nil
	}
	return oda.CAPublicKey{}, false
}

// testCAKey derives a key pair of the test CA.
func testCAKey(bits int) (oda.PrivateKey, error) {
	if _, ok := testCAIndexes[bits]; !ok {
		return oda.PrivateKey{}, fmt.Errorf("test CA: no key of %d bits, want one of %v", bits, TestCABits())
	}
	stream := random.Seeded(testCASeed).Stream(fmt.Sprint(testCAStream, " ", bits))
	return oda.GenerateKey(stream, bits, oda.Exponent3)
}
