package message

import "slices"

// appendDigits appends a number as decimal digits, with zeros on the left, count
// digits long. A number that has more keeps them, so that the length is wrong.
func appendDigits(dst []byte, v uint64, count int) []byte {
	start := len(dst)
	for ; count > 0 || v > 0; count-- {
		dst = append(dst, '0'+byte(v%10))
		v /= 10
	}
	slices.Reverse(dst[start:])
	return dst
}

// parseDigits returns the number that decimal digits are, of which there are at
// most 19.
func parseDigits(digits []byte) (v uint64) {
	for _, d := range digits {
		v = 10*v + uint64(d-'0')
	}
	return v
}
