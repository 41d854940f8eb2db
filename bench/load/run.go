package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/f510b0cf/till/issuer/message"
)

// Target is the host that is asked.
type Target struct {
	Address string
	Dialect *message.Dialect // nil is message.ISO93
	Framing *message.Framing // nil is that of the dialect

	// Patience is how long the last answers are waited for. 0 is PatienceDefault.
	Patience time.Duration
	// AnotherMachine allows an address that is not one of this machine.
	AnotherMachine bool
}

// PatienceDefault is how long the last answers are waited for.
const PatienceDefault = 10 * time.Second

// ErrNotLoopback says that a load would go to another machine.
var ErrNotLoopback = errors.New("the address is not one of this machine, such as 127.0.0.1: a load on another one needs the consent of whoever runs it")

// Check refuses an address that is none, or is not allowed.
func (t Target) Check() error {
	host, _, err := net.SplitHostPort(t.Address)
	if err != nil {
		return errors.New("want an address such as 127.0.0.1:8583")
	}
	if ip := net.ParseIP(host); !t.AnotherMachine && (ip == nil || !ip.IsLoopback()) {
		return ErrNotLoopback // a name may mean another machine the next time it is looked up
	}
	return nil
}

// orDefault fills in what is not said.
func (t Target) orDefault() Target {
	if t.Dialect == nil {
		t.Dialect = message.ISO93()
	}
	if t.Framing == nil {
		framing := t.Dialect.Framing()
		t.Framing = &framing
	}
	if t.Patience <= 0 {
		t.Patience = PatienceDefault
	}
	return t
}

// Progress is how far a load is. It may be read while the load runs.
type Progress struct {
	Total          int
	Sent, Answered atomic.Int64
}

// run is a load on its way.
type run struct {
	target   Target
	plan     *Plan
	progress *Progress
	began    time.Time
}

// dialTimeout bounds how long a connection takes.
const dialTimeout = 10 * time.Second

// Run sends the requests of a plan, each terminal over a connection of its own, and
// reads the answers. It ends early, with what came until then, where ctx ends or a
// connection breaks. A plan is run once. progress may be nil.
func (p *Plan) Run(ctx context.Context, t Target, progress *Progress) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("connect to the host: %w", err)
	}
	conns, err := connect(ctx, t.Address, len(p.lines))
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	if err != nil {
		return nil, fmt.Errorf("connect to the host: %w", err)
	}
	if progress == nil {
		progress = new(Progress)
	}
	r := &run{target: t.orDefault(), plan: p, progress: progress, began: time.Now()}
	defer context.AfterFunc(ctx, func() {
		for _, c := range conns {
			_ = c.SetDeadline(time.Unix(1, 0))
		}
	})()
	var group sync.WaitGroup
	for i, c := range conns {
		if p.rate == 0 {
			group.Go(func() { r.exchange(ctx, c, p.lines[i]) })
			continue
		}
		group.Go(func() { r.send(ctx, c, p.lines[i]) })
		group.Go(func() { r.receive(c, p.lines[i]) })
	}
	group.Wait()
	return r.result(time.Since(r.began)), ctx.Err()
}

// connect opens connections. Where one fails, those before it are returned too.
func connect(ctx context.Context, address string, count int) (conns []net.Conn, err error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	for range count {
		c, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return conns, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// send sends the requests of a terminal when their time has come.
func (r *run) send(ctx context.Context, c net.Conn, shots []shot) {
	if len(shots) == 0 || c.SetDeadline(r.began.Add(shots[len(shots)-1].at+r.target.Patience)) != nil {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range shots {
		timer.Reset(time.Until(r.began.Add(shots[i].at)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			_ = c.SetDeadline(time.Unix(1, 0)) // receive waits no longer
			return
		}
		if r.target.Framing.WriteMessage(c, shots[i].packed) != nil {
			return // what is not answered is counted in the end
		}
		r.progress.Sent.Add(1)
	}
}

// receive reads the answers of a terminal, which come in the order of its requests.
// send bounds its time.
func (r *run) receive(c net.Conn, shots []shot) {
	reader := bufio.NewReader(c)
	for i := range shots {
		answer, err := r.target.Framing.ReadMessage(reader)
		if err != nil {
			return
		}
		shots[i].answer, shots[i].latency = answer, time.Since(r.began)-shots[i].at
		r.progress.Answered.Add(1)
	}
}

// exchange sends each request of a terminal once the one before is answered.
func (r *run) exchange(ctx context.Context, c net.Conn, shots []shot) {
	reader := bufio.NewReader(c)
	for i := range shots {
		shots[i].at = time.Since(r.began)
		if ctx.Err() != nil || c.SetDeadline(time.Now().Add(r.target.Patience)) != nil || r.target.Framing.WriteMessage(c, shots[i].packed) != nil {
			return
		}
		r.progress.Sent.Add(1)
		answer, err := r.target.Framing.ReadMessage(reader)
		if err != nil {
			return
		}
		shots[i].answer, shots[i].latency = answer, time.Since(r.began)-shots[i].at
		r.progress.Answered.Add(1)
	}
}
