package main_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/bolt"
	"github.com/f510b0cf/till/issuer/store/mem"
)

// hostCards is how many cards a load uses.
const hostCards = 1024

// world is a host with cards, and the fleet that asks it.
type world struct {
	fleet  *load.Fleet
	target load.Target
}

// newWorld serves a store until the test ends.
func newWorld(t testing.TB, s store.Store, terminals, cards int) world {
	t.Helper()
	keys, err := issuer.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	module, err := hsm.New(keys, nil)
	require.NoError(t, err)
	require.NoError(t, load.Enrol(context.Background(), s, module, cards, 0))
	a, err := authorization.New(authorization.Config{Store: s, Module: module, Dialect: message.ISO93()})
	require.NoError(t, err)
	h, err := host.New(host.Config{Dialect: message.ISO93(), Authorizer: a})
	require.NoError(t, err)
	return world{newFleet(t, terminals, cards), load.Target{Address: served(t, h.Serve)}}
}

func newFleet(t testing.TB, terminals, cards int) *load.Fleet {
	t.Helper()
	keys, err := issuer.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	fleet, err := load.NewFleet(keys, cards, terminals, 0)
	require.NoError(t, err)
	return fleet
}

// served serves on a port of this machine until the test ends.
func served(t testing.TB, serve func(context.Context, net.Listener) error) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
	return l.Addr().String()
}

func onDisk(t testing.TB) store.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "issuer.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func inMemory(testing.TB) store.Store { return mem.New() }

// payments is insertions alone.
var payments = load.Mix{load.Insertion: 1}

// run sends as many requests as there are iterations, each terminal one after the
// other, and returns what came of them.
func (w world) run(b *testing.B, o load.PlanOptions) *load.Result {
	b.Helper()
	o.Mix, o.Now = payments, time.Now()
	plan, err := w.fleet.Plan(o)
	require.NoError(b, err)
	b.ResetTimer()
	before := processorTime()
	result, err := plan.Run(context.Background(), w.target, nil)
	b.StopTimer()
	require.NoError(b, err)
	b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(result.Requests+result.Warmup), "cpu-us/answer")
	return result
}

// BenchmarkHost measures whole authorisations over TCP, with a right cryptogram and
// an ARPC each; every terminal waits for its answer. Beside the host on a disk are the
// one in memory, and a server that does no more than to read each request and to write
// an answer, with the same codec.
func BenchmarkHost(b *testing.B) {
	for _, c := range []struct {
		name      string
		store     func(testing.TB) store.Store
		terminals int
	}{
		{"durable-1-lines", onDisk, 1}, {"durable-8-lines", onDisk, 8}, {"durable-64-lines", onDisk, 64}, {"durable-256-lines", onDisk, 256},
		{"memory-8-lines", inMemory, 8}, {"memory-256-lines", inMemory, 256},
	} {
		b.Run(c.name, func(b *testing.B) {
			result := newWorld(b, c.store(b), c.terminals, hostCards).run(b, load.PlanOptions{Requests: b.N})
			require.NoError(b, result.Failed())
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
	b.Run("echo-8-lines", func(b *testing.B) {
		w := world{newFleet(b, 8, hostCards), load.Target{Address: served(b, echo)}}
		result := w.run(b, load.PlanOptions{Requests: b.N})
		require.Zero(b, result.Missing)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	})
}

// echo serves connections that read requests and write answers.
func echo(ctx context.Context, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	var group sync.WaitGroup
	defer group.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return nil
		}
		group.Go(func() { defer c.Close(); _ = echoAll(c) })
	}
}

func echoAll(c net.Conn) error {
	dialect, framing, reader := message.ISO93(), message.ISO93().Framing(), bufio.NewReader(c)
	for {
		b, err := framing.ReadMessage(reader)
		if err != nil {
			return err
		}
		m, err := dialect.Unpack(b)
		if err != nil {
			return err
		}
		request, ok := m.(*message.AuthorizationRequest)
		if !ok {
			return errors.New("not a request")
		}
		answer, err := dialect.Pack(&message.AuthorizationResponse{
			Header: request.Header.Reply(), PAN: request.PAN, ProcessingCode: request.ProcessingCode, Amount: request.Amount,
			Currency: request.Currency, ApprovalCode: "123456", ICCData: request.ICCData,
		})
		if err == nil {
			err = framing.WriteMessage(c, answer)
		}
		if err != nil {
			return err
		}
	}
}

// halfLoad bounds how long a load at half of the highest rate lasts.
const halfLoad = 4 * time.Second

// BenchmarkHalfLoad measures the latency of the host at half of the rate that it is
// capable of, and that of bbolt alone with the same puts at the same rate. Requests
// come when they are due, whether earlier ones were answered or not.
func BenchmarkHalfLoad(b *testing.B) {
	w := newWorld(b, onDisk(b), 256, hostCards)
	capable := 0.0
	b.Run("host", func(b *testing.B) {
		result := w.run(b, load.PlanOptions{Requests: 15_000})
		require.NoError(b, result.Failed())
		capable = result.Achieved
		result = w.run(b, load.PlanOptions{Rate: capable / 2, Duration: halfLoad, Warmup: time.Second, Seed: 1})
		require.NoError(b, result.Failed())
		b.ReportMetric(float64(result.Latency.P99), "p99-us")
		b.ReportMetric(float64(result.Latency.P50), "p50-us")
		b.ReportMetric(result.Achieved, "answers/s")
	})
	b.Run("bbolt", func(b *testing.B) {
		latency := newRaw(b).openLoop(b, capable/2, halfLoad+time.Second)
		b.ReportMetric(float64(latency.ValueAtPercentile(99)), "p99-us")
		b.ReportMetric(float64(latency.ValueAtPercentile(50)), "p50-us")
	})
}

// TestEcho: the peer of the host answers.
func TestEcho(t *testing.T) {
	w := world{newFleet(t, 2, 8), load.Target{Address: served(t, echo)}}
	plan, err := w.fleet.Plan(load.PlanOptions{Requests: 50, Mix: payments, Now: time.Now()})
	require.NoError(t, err)
	result, err := plan.Run(context.Background(), w.target, nil)
	require.NoError(t, err)
	require.Zero(t, result.Missing)
	require.ErrorIs(t, echoAll(nobody{}), io.EOF)
}

// nobody is a connection that says nothing.
type nobody struct{ net.Conn }

func (nobody) Read([]byte) (int, error) { return 0, io.EOF }
