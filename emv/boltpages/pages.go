// Package boltpages looks at the pages of a file of go.etcd.io/bbolt before bbolt
// trusts the lengths and references in them: over a wrong one, or where the end of the
// file is missing, the process would end.
package boltpages

import (
	"encoding/binary"
	"io"
	"os"
)

// The layout of bbolt's pages, from its source (internal/common): sizes in bytes,
// numbers in the order of the machine.
const (
	pageHead      = 16 // id 8, flags 2, count 2, overflow 4
	metaBytes     = 64 // behind the head: magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, pages 8, transaction 8, sum 8
	elementBytes  = 16 // branch: position 4, key size 4, page 8; leaf: flags 4, position 4, key size 4, value size 4
	bucketBytes   = 16 // root 8, sequence 8; behind them the page where the root is 0
	branchPage    = 0x01
	leafPage      = 0x02
	freelistPage  = 0x10
	bucketFlag    = 0x01
	manyFree      = 0xFFFF // the count of free pages stands before them
	noFreelist    = ^uint64(0)
	firstPage     = 2 // behind the two with the head of the file
	depthMax      = 64
	freePageBytes = 8
)

var order = binary.NativeEndian

// Snapshot is a file as a transaction of bbolt shows it.
type Snapshot struct {
	Path        string
	PageSize    int
	Size        int64 // bytes, of all pages that the transaction may refer to
	Transaction int   // its number
}

// pages walks over the pages of a file, and sees that all they refer to is there.
type pages struct {
	file io.ReaderAt
	size uint64 // of a page
	end  uint64 // number of pages
	seen map[uint64]bool
}

// Whole reports whether all that the pages refer to is there, once. The error says
// that the file can not be opened.
func (s Snapshot) Whole() (bool, error) {
	f, err := os.Open(s.Path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	p := pages{file: f, size: uint64(s.PageSize), seen: map[uint64]bool{}}
	p.end = uint64(s.Size) / p.size
	for n := range uint64(firstPage) {
		head := make([]byte, pageHead+metaBytes)
		if _, err := f.ReadAt(head, int64(n*p.size)); err != nil {
			return false, nil
		}
		meta := head[pageHead:]
		if order.Uint64(meta[48:]) == uint64(s.Transaction) && order.Uint64(meta[40:]) == p.end {
			return p.tree(order.Uint64(meta[16:]), 0) && p.freelist(order.Uint64(meta[32:])), nil
		}
	}
	return false, nil
}

// read returns a page with those that it runs over into, each of which belongs to
// one page alone.
func (p *pages) read(id uint64) ([]byte, bool) {
	head := make([]byte, pageHead)
	if id < firstPage || id >= p.end {
		return nil, false
	}
	if _, err := p.file.ReadAt(head, int64(id*p.size)); err != nil {
		return nil, false
	}
	more := uint64(order.Uint32(head[12:]))
	if order.Uint64(head) != id || more >= p.end-id {
		return nil, false
	}
	for n := id; n <= id+more; n++ {
		if p.seen[n] {
			return nil, false
		}
		p.seen[n] = true
	}
	page := make([]byte, (more+1)*p.size)
	_, err := p.file.ReadAt(page, int64(id*p.size))
	return page, err == nil
}

// tree walks over a page and those below it.
func (p *pages) tree(id uint64, depth int) bool {
	page, ok := p.read(id)
	return ok && depth < depthMax && p.elements(page, depth)
}

// elements walks over what a branch or a leaf holds.
func (p *pages) elements(page []byte, depth int) bool {
	count := int(order.Uint16(page[10:]))
	flags := order.Uint16(page[8:])
	if pageHead+count*elementBytes > len(page) || flags != branchPage && flags != leafPage {
		return false
	}
	for n := range count {
		at := pageHead + n*elementBytes
		e := page[at:]
		if flags == branchPage {
			if _, ok := part(page, at, order.Uint32(e), order.Uint32(e[4:])); !ok || !p.tree(order.Uint64(e[8:]), depth+1) {
				return false
			}
			continue
		}
		keySize := order.Uint32(e[8:])
		both, ok := part(page, at, order.Uint32(e[4:]), keySize, order.Uint32(e[12:]))
		if !ok || order.Uint32(e)&bucketFlag != 0 && !p.bucket(both[keySize:], depth) {
			return false
		}
	}
	return flags == leafPage || count > 0
}

// part returns bytes of a page, that many behind an element.
func part(page []byte, element int, position uint32, sizes ...uint32) ([]byte, bool) {
	from := uint64(element) + uint64(position)
	to := from
	for _, s := range sizes {
		to += uint64(s)
	}
	if to > uint64(len(page)) {
		return nil, false
	}
	return page[from:to], true
}

// bucket walks over a bucket: pages of its own, or one in the value itself.
func (p *pages) bucket(value []byte, depth int) bool {
	if len(value) < bucketBytes {
		return false
	}
	if root := order.Uint64(value); root != 0 {
		return p.tree(root, depth+1)
	}
	inline := value[bucketBytes:]
	return len(inline) >= pageHead && depth < depthMax && order.Uint16(inline[8:]) == leafPage && p.elements(inline, depth+1)
}

// freelist looks at the list of free pages, where the file has one.
func (p *pages) freelist(id uint64) bool {
	if id == noFreelist {
		return true
	}
	page, ok := p.read(id)
	if !ok || order.Uint16(page[8:]) != freelistPage {
		return false
	}
	free, count := page[pageHead:], uint64(order.Uint16(page[10:]))
	if count == manyFree {
		count, free = order.Uint64(free), free[freePageBytes:]
	}
	if count > uint64(len(free))/freePageBytes {
		return false
	}
	for n := range count {
		if f := order.Uint64(free[n*freePageBytes:]); f < firstPage || f >= p.end {
			return false
		}
	}
	return true
}
