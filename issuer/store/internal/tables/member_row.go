package tables

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// memberKey is the key of a member's row.
func memberKey(id member.ID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

// nextMember returns the identifier of the member that comes next.
func nextMember(r Reader) member.ID {
	if last := r.LastKey(Members); last != nil {
		return member.ID(binary.BigEndian.Uint32(last)) + 1
	}
	return 1
}

// encodeMember returns the row of a member but for his identifier, the key.
func encodeMember(m member.Member) []byte {
	return encode(256, func(c *coder) { walkMember(c, &m) })
}

func decodeMember(key, row []byte) (m member.Member, err error) {
	if len(key) != len(memberKey(0)) {
		return member.Member{}, fmt.Errorf("read member: key of a wrong length: %w", store.ErrRecord)
	}
	m.ID = member.ID(binary.BigEndian.Uint32(key))
	if err := decode(row, func(c *coder) { walkMember(c, &m) }); err != nil {
		return member.Member{}, fmt.Errorf("read member: %w", err)
	}
	return m, nil
}

func walkMember(c *coder, m *member.Member) {
	c.text(&m.Name)
	walkDate(c, &m.Birth)
	c.text(&m.Login.Name)
	walkHash(c, &m.Login.Password)
	number(c, &m.Login.Failures.Count)
	c.second(&m.Login.Failures.Until)
	list(c, &m.Cards, func(c *coder, r *account.Ref) { c.fixed(r[:]) })
}

func walkDate(c *coder, d *member.Date) {
	year, month, day := uint16(d.Year), uint8(d.Month), uint8(d.Day)
	number(c, &year)
	number(c, &month)
	number(c, &day)
	*d = member.Date{Year: int(year), Month: time.Month(month), Day: int(day)}
}

func walkHash(c *coder, h *member.Hash) {
	text := h.Encode()
	c.text(&text)
	if !c.reading {
		return
	}
	hash, err := member.ParseHash(text)
	if err != nil {
		c.fail("password hash")
		return
	}
	*h = hash
}
