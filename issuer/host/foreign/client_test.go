// Package foreign_test has somebody else's ISO 8583 client talk to our host: its
// connection, its codec and a specification of our own that is written for it.
package foreign_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/moov-io/iso8583"
	connection "github.com/moov-io/iso8583-connection"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// patience bounds every wait.
const patience = 10 * time.Second

// spec is the part of iso93 that the client uses, in the library's own encoders.
var spec = &iso8583.MessageSpec{Name: "iso93", Fields: map[int]field.Field{
	0:  field.NewString(&field.Spec{Length: 4, Enc: encoding.BCD, Pref: prefix.BCD.Fixed}),
	1:  field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed}),
	2:  digits(19, prefix.BCD.LL),
	3:  digits(6, prefix.BCD.Fixed),
	4:  digits(12, prefix.BCD.Fixed),
	7:  digits(10, prefix.BCD.Fixed),
	11: digits(6, prefix.BCD.Fixed),
	12: digits(12, prefix.BCD.Fixed),
	14: digits(4, prefix.BCD.Fixed),
	22: text(12),
	23: digits(3, prefix.BCD.Fixed),
	24: digits(3, prefix.BCD.Fixed),
	32: digits(11, prefix.BCD.LL),
	38: text(6),
	39: digits(3, prefix.BCD.Fixed),
	41: text(8),
	42: text(15),
	49: text(3),
	55: field.NewBinary(&field.Spec{Length: 255, Enc: encoding.Binary, Pref: prefix.BCD.LLL}),
}}

func digits(length int, p prefix.Prefixer) field.Field {
	return field.NewString(&field.Spec{Length: length, Enc: encoding.BCD, Pref: p})
}

func text(length int) field.Field {
	return field.NewString(&field.Spec{Length: length, Enc: encoding.ASCII, Pref: prefix.ASCII.Fixed})
}

func readLength(r io.Reader) (int, error) {
	var head [2]byte
	_, err := io.ReadFull(r, head[:])
	return int(binary.BigEndian.Uint16(head[:])), err
}

func writeLength(w io.Writer, length int) (int, error) {
	return w.Write(binary.BigEndian.AppendUint16(nil, uint16(length)))
}

// TestForeignClient signs on, echoes and gets an authorisation.
func TestForeignClient(t *testing.T) {
	i := issuertest.NewIssuer(t, mem.New())
	client, err := connection.New(serve(t, i), spec, readLength, writeLength, connection.SendTimeout(patience))
	require.NoError(t, err)
	require.NoError(t, client.Connect())
	t.Cleanup(func() { assert.NoError(t, client.Close()) })

	for _, function := range []string{"801", "831"} {
		answer := ask(t, client, "1804", map[int]string{7: "1123120000", 11: "000" + function, 12: "261123130000", 24: function})
		assert.Equal(t, "1814", answer[0])
		assert.Equal(t, "800", answer[39])
		assert.Equal(t, "000"+function, answer[11])
	}
	card := i.NewCard(t)
	i.Personalise(t, card, "1379")
	answer := ask(t, client, "1100", request(t, card))
	assert.Equal(t, "1110", answer[0])
	assert.Equal(t, "000", answer[39])
	assert.Len(t, answer[38], 6, "approval code")
	assert.Contains(t, answer[55], "\x8A\x0200")
	assert.Contains(t, answer[55], "\x91\x0A")
	assert.Len(t, i.Record(t, card.Ref).Payments, 1)
}

// serve starts a host and returns its address.
func serve(t *testing.T, i *issuertest.Issuer) string {
	t.Helper()
	a, err := authorization.New(authorization.Config{Store: i.Store, Module: i.Module, Dialect: message.ISO93(), Clock: i.Clock})
	require.NoError(t, err)
	h, err := host.New(host.Config{Dialect: message.ISO93(), Authorizer: a, RequireSignOn: true})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); assert.NoError(t, <-ended) })
	return l.Addr().String()
}

// request returns the elements of a purchase with the chip and its PIN.
func request(t *testing.T, card *issuertest.Card) map[int]string {
	t.Helper()
	m := card.Begin(t, issuertest.Insertion{Amount: 12_34, Offline: "1379"}).Request
	values := map[int]string{
		3: "000000", 4: "000000001234", 7: "1123120001", 11: "000047", 12: "261123130001", 14: "2912", 22: "510101511344", 23: "000", 24: "100",
		32: "12345", 41: "TILL0001", 42: "MERCHANT1      ", 49: "978",
	}
	card.PAN.Open(func(d []byte) { values[2] = string(d) })
	m.ICCData.Open(func(b []byte) { values[55] = string(bytes.Clone(b)) })
	return values
}

// ask sends a message and returns the elements of the answer.
func ask(t *testing.T, c *connection.Connection, mti string, values map[int]string) map[int]string {
	t.Helper()
	m := iso8583.NewMessage(spec)
	m.MTI(mti)
	for number, value := range values {
		require.NoError(t, m.BinaryField(number, []byte(value)), strconv.Itoa(number))
	}
	answer, err := c.Send(m)
	require.NoError(t, err)
	got := map[int]string{}
	for number := range answer.GetFields() {
		value, err := answer.GetBytes(number)
		require.NoError(t, err)
		got[number] = string(value)
	}
	return got
}
