package card

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// recordKind says what the payload of a record is.
type recordKind byte

// The kinds of record.
const (
	imageRecord recordKind = 1 // the sealed image; the first record and no other
	stateRecord recordKind = 2 // a sealed state of the card
)

// record is one entry of a journal.
type record struct {
	kind     recordKind
	sequence uint64 // 0 for the image, one more with every record
	payload  []byte
}

// The layout of a record, in bytes: length of the payload (4), kind (1) and
// sequence number (8), CRC-32C over these; payload; the first bytes of SHA-256
// over all before; end mark. Numbers are big-endian.
//
// The header has a checksum of its own so that a damaged length can not make
// the records behind it look like a torn end. The end mark is not zero: where a
// file system has lengthened a file and lost power before the data came, the
// end is.
const (
	headSize     = 4 + 1 + 8
	headerSize   = headSize + crc32.Size
	checksumSize = 8
	trailerSize  = checksumSize + 1
	endMark      = 0xE5
)

// payloadBytesMax is the longest payload of a record.
const payloadBytesMax = 1 << 20

// ErrDamaged says that the memory of a card is neither whole nor torn at its end:
// something has altered it.
var ErrDamaged = errors.New("card memory is damaged")

// errTorn says that the last record was not written to its end.
var errTorn = errors.New("record is torn")

// castagnoli is the table of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// append appends the bytes of the record to dst.
func (r record) append(dst []byte) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.payload)))
	dst = append(dst, byte(r.kind))
	dst = binary.BigEndian.AppendUint64(dst, r.sequence)
	dst = binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
	dst = append(dst, r.payload...)
	sum := sha256.Sum256(dst[start:])
	dst = append(dst, sum[:checksumSize]...)
	return append(dst, endMark)
}

// readRecord reads the record at the start of the last left bytes of a journal
// and returns its length. The error is errTorn where its end is not there, or
// wraps ErrDamaged.
func readRecord(r io.Reader, left int64) (record, int64, error) {
	if left < headerSize {
		return record{}, 0, errTorn
	}
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return record{}, 0, err
	}
	if crc32.Checksum(header[:headSize], castagnoli) != binary.BigEndian.Uint32(header[headSize:]) {
		return record{}, 0, checkUnwritten(r, header, left)
	}
	length := int64(binary.BigEndian.Uint32(header))
	size := headerSize + length + trailerSize
	if length > payloadBytesMax {
		return record{}, 0, fmt.Errorf("record of %d bytes: %w", length, ErrDamaged)
	}
	if left < size {
		return record{}, 0, errTorn
	}
	body := make([]byte, length+trailerSize)
	if _, err := io.ReadFull(r, body); err != nil {
		return record{}, 0, err
	}
	rec := record{kind: recordKind(header[4]), sequence: binary.BigEndian.Uint64(header[5:]), payload: body[:length:length]}
	return rec, size, checkTrailer(header, body, left == size)
}

// recordBytesMax is the longest record.
const recordBytesMax = headerSize + payloadBytesMax + trailerSize

// checkUnwritten tells a record that was never written, in a file that was
// lengthened for it, from one with a damaged header.
func checkUnwritten(r io.Reader, header []byte, left int64) error {
	if left > recordBytesMax || !allZero(header) {
		return fmt.Errorf("header of a record: %w", ErrDamaged)
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !allZero(rest) {
		return fmt.Errorf("header of a record: %w", ErrDamaged)
	}
	return errTorn
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// checkTrailer checks what stands behind the payload. The last record of a
// journal is torn where the end mark is zero.
func checkTrailer(header, body []byte, last bool) error {
	content, trailer := body[:len(body)-trailerSize], body[len(body)-trailerSize:]
	h := sha256.New()
	h.Write(header)
	h.Write(content)
	switch {
	case last && trailer[checksumSize] == 0:
		return errTorn
	case trailer[checksumSize] != endMark, !bytes.Equal(h.Sum(nil)[:checksumSize], trailer[:checksumSize]):
		return fmt.Errorf("checksum of a record: %w", ErrDamaged)
	}
	return nil
}
