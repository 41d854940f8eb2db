// Package foreign_test has somebody else's ISO 8583 client talk to our host: its
// connection, its codec and a specification of our own that is written for it.
package foreign_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/moov-io/iso8583"
	connection "github.com/moov-io/iso8583-connection"
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

// TestForeignClient signs on, echoes and gets an authorisation, in each dialect.
func TestForeignClient(t *testing.T) {
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			d, err := message.Named(name)
			require.NoError(t, err)
			i := issuertest.NewIssuer(t, mem.New())
			client, err := connection.New(serve(t, i, d, d.Framing()), c.spec, c.read, c.write, connection.SendTimeout(patience))
			require.NoError(t, err)
			require.NoError(t, client.Connect())
			t.Cleanup(func() { assert.NoError(t, client.Close()) })
			c.manages(t, client)
			card := i.NewCard(t)
			i.Personalise(t, card, "1379")
			answer := ask(t, client, c.spec, c.requestMTI, c.request(request(t, card)))
			assert.Equal(t, c.responseMTI, answer[0])
			assert.Equal(t, c.approved, answer[39])
			assert.Len(t, answer[38], 6, "approval code")
			if name == "agns93" {
				assert.Equal(t, "\xC1\xC7\xD5\xE2\x00\x01\x0A", answer[55][:7])
				assert.Equal(t, "00\x00", answer[55][15:], "the code at the end of the ARPC, no scripts")
			} else {
				assert.Contains(t, unhexed(t, name, answer[55]), "\x8A\x0200")
				assert.Contains(t, unhexed(t, name, answer[55]), "\x91\x0A")
			}
			assert.Len(t, i.Record(t, card.Ref).Payments, 1)
		})
	}
}

// unhexed returns chip data, which are text of hexadecimal digits to the client of iso87.
func unhexed(t *testing.T, dialect, chip string) string {
	if dialect != "iso87" {
		return chip
	}
	b, err := hex.DecodeString(chip)
	require.NoError(t, err)
	return string(b)
}

// manages signs on and echoes.
func (c client) manages(t *testing.T, conn *connection.Connection) {
	t.Helper()
	for _, function := range []string{"801", "831"} {
		values := map[int]string{7: "1123120000", 11: "000" + function, 12: "261123130000", 24: function}
		mti := "1804"
		if c.networkCodes != nil {
			values, mti = map[int]string{7: "1123120000", 11: "000" + function, 70: c.networkCodes[function]}, "0800"
		}
		answer := ask(t, conn, c.spec, mti, values)
		assert.Equal(t, mti[:2]+"1"+mti[3:], answer[0])
		assert.Equal(t, c.managed, answer[39])
		assert.Equal(t, "000"+function, answer[11])
	}
}

// serve starts a host and returns its address.
func serve(t *testing.T, i *issuertest.Issuer, d *message.Dialect, f message.Framing) string {
	t.Helper()
	a, err := authorization.New(authorization.Config{Store: i.Store, Module: i.Module, Dialect: d, Clock: i.Clock})
	require.NoError(t, err)
	h, err := host.New(host.Config{Dialect: d, Framing: &f, Authorizer: a, RequireSignOn: true})
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
func ask(t *testing.T, c *connection.Connection, spec *iso8583.MessageSpec, mti string, values map[int]string) map[int]string {
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
