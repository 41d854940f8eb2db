package boltpages

import (
	"hash/fnv"
	"io"
	"os"
)

// The head of a file: what stands in a meta page behind its own head.
const (
	magic       = 0xED0CDAED
	version     = 2
	pageSizeMin = 1 << 9
	pageSizeMax = 1 << 16 // of any system that there is
)

// Extent returns how many bytes a file has to have for what its newest transaction
// refers to, and how many it has. It reads no more than the head. It reports false
// where it can not tell: the first copy of the head is damaged.
func Extent(path string) (want, has int64, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, 0, false
	}
	first, ok := readMeta(f, 0)
	size := uint64(order.Uint32(first[8:]))
	if !ok || size < pageSizeMin || size > pageSizeMax {
		return 0, 0, false
	}
	newest := first
	if second, ok := readMeta(f, int64(size)); ok && order.Uint64(second[48:]) > order.Uint64(first[48:]) {
		newest = second
	}
	pages := order.Uint64(newest[40:])
	if pages > uint64(1<<62)/size {
		return 0, 0, false
	}
	return int64(pages * size), info.Size(), true
}

// readMeta returns the meta page at a place, and whether its sum is right.
func readMeta(f io.ReaderAt, at int64) (meta [metaBytes]byte, ok bool) {
	if _, err := f.ReadAt(meta[:], at+pageHead); err != nil {
		return meta, false
	}
	sum := fnv.New64a()
	sum.Write(meta[:56])
	return meta, order.Uint32(meta[:]) == magic && order.Uint32(meta[4:]) == version && order.Uint64(meta[56:]) == sum.Sum64()
}
