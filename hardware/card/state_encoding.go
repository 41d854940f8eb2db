package card

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/pin"
)

// The encoding of a state: version, 1 for a blocked card, number of
// applications; and for each its counters, the number of PIN digits and the
// digits with zeros behind, so that the length of a record does not tell that of
// a PIN, and then what is stored: objects, records and log, each behind its
// count. Version 1, of earlier cards, has fewer counters and nothing stored.
const (
	stateVersion  = 2
	stateHeadSize = 3
)

// encode returns the bytes of the state, which the caller wipes. They have their
// final capacity from the start, so that growing leaves no copy of a PIN behind.
func (s *state) encode() []byte {
	size := stateHeadSize
	for i := range s.applications {
		size += fixedSize + s.applications[i].stored.size()
	}
	b := make([]byte, stateHeadSize, size)
	b[0], b[2] = stateVersion, byte(len(s.applications))
	if s.blocked {
		b[1] = 1
	}
	for i := range s.applications {
		b = s.applications[i].append(b)
	}
	return b
}

// fixedSize is the length in bytes of counters and PIN.
const fixedSize = 2 + 2 + 1 + 1 + 1 + 1 + 2 + 1 + 8 + 1 + pin.DigitsMax

func (a *applicationState) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(a.atc))
	b = binary.BigEndian.AppendUint16(b, uint16(a.lastOnlineATC))
	b = append(b, a.triesLeft, a.scriptCount, a.scriptsApplied, a.scriptsEver)
	b = binary.BigEndian.AppendUint16(b, uint16(a.flags))
	b = append(b, a.offlineCount)
	b = binary.BigEndian.AppendUint64(b, a.offlineAmount)
	b = append(b, byte(a.pin.Len()))
	b = b[:len(b)+pin.DigitsMax]
	a.pin.Open(func(digits []byte) { copy(b[len(b)-pin.DigitsMax:], digits) })
	return a.stored.append(b)
}

// size returns the length of what append adds.
func (s *stored) size() int {
	n := 3
	for _, o := range s.objects {
		n += 4 + 2 + len(o.Value)
	}
	for _, r := range s.records {
		n += 2 + 2 + len(r.content)
	}
	for _, entry := range s.log {
		n += 2 + len(entry)
	}
	return n
}

func (s *stored) append(b []byte) []byte {
	b = append(b, byte(len(s.objects)))
	for _, o := range s.objects {
		b = appendValue(binary.BigEndian.AppendUint32(b, uint32(o.Tag)), o.Value)
	}
	b = append(b, byte(len(s.records)))
	for _, r := range s.records {
		b = appendValue(append(b, r.sfi, r.number), r.content)
	}
	b = append(b, byte(len(s.log)))
	for _, entry := range s.log {
		b = appendValue(b, entry)
	}
	return b
}

func appendValue(b, value []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
}

// stateReader takes an encoded state apart. After its end it gives zeros.
type stateReader struct {
	b       []byte
	version uint8
	err     error
}

// take returns the next n bytes. They are part of what is wiped.
func (r *stateReader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = fmt.Errorf("state ends early: %w", errState)
	}
	if r.err != nil {
		return make([]byte, n)
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *stateReader) byte() uint8    { return r.take(1)[0] }
func (r *stateReader) number() uint16 { return binary.BigEndian.Uint16(r.take(2)) }

// value returns a byte string of its own.
func (r *stateReader) value() []byte { return append([]byte(nil), r.take(int(r.number()))...) }

// decodeState reads what encode wrote, or an earlier version.
func decodeState(b []byte) (*state, error) {
	r := stateReader{b: b}
	r.version = r.byte()
	blocked, count := r.byte(), r.byte()
	if r.err != nil || r.version < 1 || r.version > stateVersion || blocked > 1 {
		return nil, fmt.Errorf("read state: not one of version 1 to %d: %w", stateVersion, errState)
	}
	s := &state{blocked: blocked == 1, applications: make([]applicationState, count)}
	for i := range s.applications {
		s.applications[i] = r.application()
		if r.err != nil {
			return nil, fmt.Errorf("read state: application %d: %w", i+1, r.err)
		}
	}
	if len(r.b) > 0 {
		return nil, fmt.Errorf("read state: %d bytes left over: %w", len(r.b), errState)
	}
	return s, nil
}

func (r *stateReader) application() (a applicationState) {
	a.atc, a.lastOnlineATC = emv.ATC(r.number()), emv.ATC(r.number())
	a.triesLeft, a.scriptCount = r.byte(), r.byte()
	if r.version == 1 {
		// An applied command was the last one, so one of those counted was.
		a.flags = flags(r.byte())
		if a.scriptCount > 0 && !a.has(scriptFailed) {
			a.scriptsApplied = 1
		}
		a.pin = r.pin()
		return a
	}
	a.scriptsApplied, a.scriptsEver, a.flags = r.byte(), r.byte(), flags(r.number())
	a.offlineCount, a.offlineAmount = r.byte(), binary.BigEndian.Uint64(r.take(8))
	a.pin = r.pin()
	a.stored = r.stored()
	return a
}

func (r *stateReader) pin() pin.PIN {
	length := int(r.byte())
	digits := r.take(pin.DigitsMax)
	if length == 0 || r.err != nil {
		return pin.PIN{}
	}
	if length > pin.DigitsMax {
		r.err = fmt.Errorf("PIN of %d digits: %w", length, errState)
		return pin.PIN{}
	}
	p, err := pin.Parse(digits[:length])
	r.err = err
	return p
}

func (r *stateReader) stored() (s stored) {
	for range r.byte() {
		tag := emv.Tag(binary.BigEndian.Uint32(r.take(4)))
		s.objects = append(s.objects, image.Object{Tag: tag, Value: r.value()})
	}
	for range r.byte() {
		s.records = append(s.records, storedRecord{r.byte(), r.byte(), r.value()})
	}
	for range r.byte() {
		s.log = append(s.log, r.value())
	}
	return s
}
