package load

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a request is.
type Kind uint8

// The kinds of requests.
const (
	Insertion Kind = iota // a chip with a right PIN
	Tap
	Order    // without the card
	Reversal // of an earlier payment of the same card
	kinds    // how many there are
)

var kindNames = [kinds]string{"insertion", "tap", "order", "reversal"}

// String returns the name of the kind.
func (k Kind) String() string { return kindNames[k] }

// MarshalText returns the name of the kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Mix says how often each kind comes, in any unit.
type Mix [kinds]int

// DefaultMix is 60 insertions, 30 taps, 8 orders and 2 reversals of a hundred
// requests.
func DefaultMix() Mix { return Mix{Insertion: 60, Tap: 30, Order: 8, Reversal: 2} }

// shareMax bounds a share of a mix.
const shareMax = 1_000_000

// ParseMix reads shares such as "insertion=70,tap=30"; a kind without one does not
// come.
func ParseMix(s string) (m Mix, err error) {
	for part := range strings.SplitSeq(s, ",") {
		name, number, _ := strings.Cut(part, "=")
		kind := slices.Index(kindNames[:], name)
		share, err := strconv.Atoi(number)
		if kind < 0 || err != nil || share < 0 || share > shareMax {
			return Mix{}, fmt.Errorf("read mix: want %s, each with = and a number, separated by commas", strings.Join(kindNames[:], ", "))
		}
		m[kind] = share
	}
	return m, m.validate()
}

// String returns the shares as ParseMix reads them.
func (m Mix) String() string {
	var parts []string
	for k, share := range m {
		if share > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", Kind(k), share))
		}
	}
	return strings.Join(parts, ",")
}

func (m Mix) total() (sum int) {
	for _, share := range m {
		sum += share
	}
	return sum
}

func (m Mix) validate() error {
	if m.total()-m[Reversal] == 0 {
		return errors.New("read mix: there is nothing but reversals, which need payments")
	}
	return nil
}

// pick returns the kind that a number below total falls on.
func (m Mix) pick(n int) Kind {
	for k, share := range m {
		if n < share {
			return Kind(k)
		}
		n -= share
	}
	panic("load: number above a mix")
}
