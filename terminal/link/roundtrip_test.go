package link_test

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/link"
)

// BenchmarkRoundTrip compares a purchase over loopback, whose reversal is durable
// before and erased after it, with what it is made of: two durable updates of the
// same journal, and a bare echo of as many bytes.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("purchase", benchmarkPurchase)
	b.Run("two durable updates", benchmarkUpdates)
	b.Run("bare echo", benchmarkEcho)
}

func benchmarkPurchase(b *testing.B) {
	h, j := newHost(b, nil), openJournal(b)
	go func() {
		for range h.got {
		}
	}()
	l, err := link.New(link.Config{Address: h.listen(), Journal: j, Profile: demo(b)})
	require.NoError(b, err)
	defer l.Close()
	request, result := purchase(b), approved()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Authorize(b.Context(), request); err != nil {
			b.Fatal(err)
		}
		if err := l.Completed(b.Context(), result); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkUpdates(b *testing.B) {
	j := openJournal(b)
	content := make([]byte, 200)
	for b.Loop() {
		var sequence uint64
		if err := j.Update(func(tx *journal.Tx) (err error) {
			if sequence, err = tx.NextItem(); err != nil {
				return err
			}
			return tx.Put(sequence, content)
		}); err != nil {
			b.Fatal(err)
		}
		if err := j.Update(func(tx *journal.Tx) error { return tx.Erase(sequence) }); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEcho(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.Copy(conn, conn)
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(b, err)
	defer conn.Close()
	content := make([]byte, 200)
	for b.Loop() {
		if err := message.FramingBinary.WriteMessage(conn, content); err != nil {
			b.Fatal(err)
		}
		if _, err := message.FramingBinary.ReadMessage(conn); err != nil {
			b.Fatal(err)
		}
	}
}
