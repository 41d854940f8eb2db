package boltpages

import (
	"errors"
	"hash/fnv"
	"io"
)

// The head of a file: what stands in a meta page behind its own head.
const (
	magic       = 0xED0CDAED
	version     = 2
	pageSizeMin = 1 << 9
	pageSizeMax = 1 << 16 // of any system that there is
)

// headBytes are read at once: both copies of the head where pages have the usual size.
const headBytes = 4096 + pageHead + metaBytes

// Extent returns how many bytes a file has to have for what its newest transaction
// refers to. It reads no more than the head. It reports false where it can not tell:
// the first copy of the head is damaged.
func Extent(f io.ReaderAt) (bytes int64, ok bool) {
	head := make([]byte, headBytes)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) || n < pageHead+metaBytes {
		return 0, false
	}
	first := head[pageHead : pageHead+metaBytes]
	size := uint64(order.Uint32(first[8:]))
	if !isMeta(first) || size < pageSizeMin || size > pageSizeMax {
		return 0, false
	}
	newest, second := first, make([]byte, metaBytes)
	if end := int(size) + pageHead + metaBytes; end <= n {
		second = head[end-metaBytes : end]
	} else if _, err := f.ReadAt(second, int64(size)+pageHead); err != nil {
		return 0, false
	}
	if isMeta(second) && order.Uint64(second[48:]) > order.Uint64(first[48:]) {
		newest = second
	}
	pages := order.Uint64(newest[40:])
	if pages > uint64(1<<62)/size {
		return 0, false
	}
	return int64(pages * size), true
}

// isMeta reports whether these bytes are what stands in a meta page, with the right
// sum.
func isMeta(meta []byte) bool {
	sum := fnv.New64a()
	sum.Write(meta[:56])
	return order.Uint32(meta) == magic && order.Uint32(meta[4:]) == version && order.Uint64(meta[56:]) == sum.Sum64()
}
