package message

import (
	"iter"
	"math/bits"
)

// elementsMax is the highest number of a data element.
const elementsMax = 128

// elementSet is a set of data elements, laid out as the two bitmaps of a
// message: element 1 is the left-most bit.
type elementSet [2]uint64

// elements returns the set of these numbers.
func elements(numbers ...int) (s elementSet) {
	for _, n := range numbers {
		s.add(n)
	}
	return s
}

func (s *elementSet) add(n int) { s[(n-1)/64] |= 1 << (63 - (n-1)%64) }

func (s elementSet) has(n int) bool { return s[(n-1)/64]>>(63-(n-1)%64)&1 == 1 }

func (s elementSet) without(o elementSet) elementSet { return elementSet{s[0] &^ o[0], s[1] &^ o[1]} }

// first returns the lowest number, 0 where the set is empty.
func (s elementSet) first() int {
	for half, word := range s {
		if word != 0 {
			return 64*half + bits.LeadingZeros64(word) + 1
		}
	}
	return 0
}

// all iterates over the numbers from the lowest.
func (s elementSet) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for half, word := range s {
			for word != 0 {
				zeros := bits.LeadingZeros64(word)
				word &^= 1 << (63 - zeros)
				if !yield(64*half + zeros + 1) {
					return
				}
			}
		}
	}
}
