package tables

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// fullCard is a row with something in every list and field of version 4.
func fullCard() cardRow {
	row := fullCard3()
	r := &row.record
	r.CIDTries, r.Numbers = 2, []store.SeenUN{{1, 2, 3, 4}}
	r.Limits.CashPerDay, r.Limits.Cashback, r.Limits.CountPerDay = 300, 100, 9
	r.Spent.Cash, r.Spent.Count = 60, 5
	r.Payments[0].Cash, r.Payments[0].Refund = 34, true
	return row
}

// fullCard3 is a row with something in every list of version 3.
func fullCard3() cardRow {
	state := pinlife.Personalised()
	for _, e := range []pinlife.Event{
		pinlife.PINChanged{Generation: 2},
		pinlife.Request{Policy: pinlife.DefaultPolicy(), ATC: 300, ARQCValid: true, Active: true, CVR: pinlife.CVR{OfflinePINPerformed: true}},
	} {
		state, _ = state.Step(e)
	}
	return cardRow{replies: [store.Rings]uint64{5, 40}, lastEntry: 9, record: store.Record{
		Revision: 3, Holder: 2, Primary: 1, Status: store.Active, PAN: []byte("sealed PAN"), LastFour: "1006", SequenceNumber: 1,
		Expiry: account.Expiry{Year: 2029, Month: time.May},
		Chip:   store.Chip{Cryptogram: "visa-cvn18", Script: "visa", KeySet: 1, Option: cryptogram.OptionB, Foreign: true},
		PIN:    state, PINs: []hsm.SealedPIN{{Generation: 1, Sealed: []byte("one")}, {Generation: 2, Sealed: []byte("two")}},
		Sent:     []store.SentScript{{ATC: 300, ARQC: [8]byte{1, 2}, Identifier: [4]byte{3}, Sealed: []byte("script")}},
		Payments: []store.Payment{{Key: store.NewKey("x"), ATC: 300, Currency: 978, Amount: 1234, At: time.Unix(1e9, 0).UTC(), Reversed: true}},

		PINDevices:  []store.PINDevice{{Initial: []byte("TDES KSN10"), Counter: 7}, {Initial: []byte("AES ID 8"), Counter: 1 << 31}},
		ChangesFull: time.UnixMilli(1e12 + 1).UTC(),
	}}
}

func TestCardRow(t *testing.T) {
	want := fullCard()
	row := want.encode()
	got, err := decodeCard(row)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	for n := range row {
		_, err := decodeCard(row[:n])
		require.ErrorIs(t, err, store.ErrRecord, "cut at %d", n)
	}
	_, err = decodeCard(append(row, 0))
	require.ErrorIs(t, err, store.ErrRecord)
	for _, version := range []byte{0, recordVersion + 1} {
		row[0] = version
		_, err = decodeCard(row)
		require.ErrorIs(t, err, store.ErrSchema)
	}
}

// TestCardRowOfVersion4 is a row as version 4 writes it. It may not change unless
// recordVersion does.
func TestCardRowOfVersion4(t *testing.T) {
	row := fullCard()
	assert.Equal(t, "04"+before3+since2+since3+"020101020304"+"D804C80109"+"78054401", fmt.Sprintf("%X", row.encode()))
}

// TestCardRowOfVersion3 is read, and has neither counts of cards nor cash.
func TestCardRowOfVersion3(t *testing.T) {
	old, err := hex.DecodeString("03" + before3 + since2 + since3)
	require.NoError(t, err)
	got, err := decodeCard(old)
	require.NoError(t, err)
	assert.Equal(t, fullCard3(), got)
}

// TestCardRowOfVersion2 is read, and has no pace of changes.
func TestCardRowOfVersion2(t *testing.T) {
	old, err := hex.DecodeString("02" + before3 + since2)
	require.NoError(t, err)
	got, err := decodeCard(old)
	require.NoError(t, err)
	want := fullCard3()
	want.record.ChangesFull = time.Time{}
	assert.Equal(t, want, got)
	again, err := decodeCard(got.encode())
	require.NoError(t, err)
	assert.Equal(t, want, again)
}

// TestCardRowOfVersion1 is read, and has neither members' replies nor devices.
func TestCardRowOfVersion1(t *testing.T) {
	old, err := hex.DecodeString("01" + before3)
	require.NoError(t, err)
	got, err := decodeCard(old)
	require.NoError(t, err)
	want := fullCard3()
	want.replies[store.MemberReplies], want.record.PINDevices, want.record.ChangesFull = 0, nil, time.Time{}
	assert.Equal(t, want, got)
}

// TestOldRowIsNoChange: a commit of a reply alone writes a row of the present
// version, and counts no revision.
func TestOldRowIsNoChange(t *testing.T) {
	old, err := hex.DecodeString("01" + before3)
	require.NoError(t, err)
	m := rowsInMemory{}
	m.Put(Cards, make([]byte, len(account.Ref{})), old)
	x, err := begin(m, account.Ref{})
	require.NoError(t, err)
	x.PutReply(store.MemberReplies, store.NewKey("k"), nil)
	require.NoError(t, x.write(m))
	got, err := decodeCard(m.Get(Cards, make([]byte, len(account.Ref{}))))
	require.NoError(t, err)
	assert.EqualValues(t, 3, got.record.Revision)
	assert.Equal(t, [store.Rings]uint64{5, 1}, got.replies)
}

// rowsInMemory are the rows of any table by their keys.
type rowsInMemory map[string][]byte

func (m rowsInMemory) Get(t Table, key []byte) []byte  { return m[t.String()+string(key)] }
func (m rowsInMemory) Put(t Table, key, value []byte)  { m[t.String()+string(key)] = value }
func (m rowsInMemory) Delete(t Table, key []byte)      { delete(m, t.String()+string(key)) }
func (rowsInMemory) LastKey(Table) []byte              { return nil }
func (rowsInMemory) Find(Table, []byte, []byte) []byte { return nil }
func (rowsInMemory) From(Table, []byte) iter.Seq2[[]byte, []byte] {
	return func(func(k, v []byte) bool) {}
}

// since3 is what version 3 has behind that.
const since3 = "82C0A8CA9A3A"

// since2 is what version 2 has behind it.
const since2 = "28" + "020A54444553204B534E313007" + "0841455320494420388080808008"

// before3 is what all versions have in common, behind the version.
const before3 = "0509030201010A7365616C65642050414E043130303601ED0F05" + // head, members, card
	"0A766973612D63766E31380476697361010201" + // chip
	"010202000102AC0200000100AC0200000000" + // PIN
	"0201036F6E65020374776F" + // sealed PINs
	"01AC0201020000000000000300000006736372697074" + // scripts
	"00" + // tries
	"00000000000001E742ABC7C8651D42DB9D6572CBA14B1CAC02D207A41380A8D6B90701" // limits, spent, payments

// FuzzDecodeCard: what is read is a valid record, and is written as it was read or
// shorter, where a number had more bytes than it needs.
func FuzzDecodeCard(f *testing.F) {
	row := fullCard()
	f.Add(row.encode())
	old, _ := hex.DecodeString("01" + before3)
	f.Add(old)
	old, _ = hex.DecodeString("02" + before3 + since2)
	f.Add(old)
	old, _ = hex.DecodeString("03" + before3 + since2 + since3)
	f.Add(old)
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := decodeCard(b)
		if err != nil {
			return
		}
		again := read.encode()
		most := len(b)
		added := [recordVersion + 1]int{1: 2, 2: 7, 3: 7 + 2*len(read.record.Payments)} // empty, to rows of older versions
		for _, n := range added[b[0]:] {
			most += n
		}
		require.LessOrEqual(t, len(again), most)
		same, err := decodeCard(again)
		require.NoError(t, err)
		require.Equal(t, read, same)
	})
}

func FuzzDecodeRows(f *testing.F) {
	f.Add(encodeEntry(store.Entry{Kind: "approved", Detail: "{}"}))
	f.Add(encodeEntry(store.Entry{Kind: "login", Member: 3}))
	f.Add(encodeMember(member.Member{Name: "Ada", Cards: []account.Ref{{1}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := decodeEntry(entryKey(1), b); err == nil {
			require.LessOrEqual(t, len(encodeEntry(e)), len(b))
		}
		if m, err := decodeMember(memberKey(1), b); err == nil {
			require.LessOrEqual(t, len(encodeMember(m)), len(b))
		}
		_, _ = decodeSession(b)
	})
}

func BenchmarkCardRow(b *testing.B) {
	row := fullCard()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeCard(row.encode()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLinkOfVersion1 is a link as it stands in files: it may not change.
func TestLinkOfVersion1(t *testing.T) {
	m := rowsInMemory{}
	m.Put(Links, entryKey(6), []byte("link of the entry before, 32 by."))
	m.Put(Links, entryKey(2), []byte("link of the card's entry before."))
	row := encodeEntry(store.Entry{Previous: 2, Ref: account.Ref{1}, At: time.UnixMilli(1e12).UTC(), Kind: "approved", Actor: "terminal 1", Detail: "{}"})
	l := linkOf(m, 7, 2, row)
	h := sha256.New()
	h.Write([]byte("till journal 1\x00link of the entry before, 32 by.link of the card's entry before.\x00\x00\x00\x00\x00\x00\x00\x07"))
	h.Write(row)
	assert.Equal(t, hex.EncodeToString(h.Sum(nil)), hex.EncodeToString(l[:]))
}
