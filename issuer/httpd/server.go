package httpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/go-kit/log/level"
)

// Bounds of a connection. The clock of the sockets is the machine's.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second // a login may wait for its turn
	idleTimeout   = 2 * time.Minute
	headerMax     = 16 << 10 // bytes
	drainTimeout  = 5 * time.Second
)

// Serve serves a door until ctx ends, and then lets requests that have begun come
// to their end, for drainTimeout at most. It closes the listener.
func Serve(ctx context.Context, l net.Listener, door http.Handler) error {
	server := &http.Server{
		Handler:           door,
		BaseContext:       func(net.Listener) context.Context { return withStopping(context.WithoutCancel(ctx), ctx.Done()) },
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerMax,
		ErrorLog:       log.New(io.Discard, "", 0), // it quotes what peers send
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		err := server.Shutdown(drain)
		if errors.Is(err, context.DeadlineExceeded) { // a browser's connection on which nothing was asked is enough
			err = server.Close()
		}
		stopped <- err
	})
	err := server.Serve(l)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// logged counts each request and writes a line for it: what it was, as the route has it, and
// what became of it. A handler that panics is told by the type of its value, and
// the connection is closed.
func (d *Doors) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, kept := d.Clock.Now(), &statusKeeper{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil {
				d.Count(r.Pattern, http.StatusInternalServerError)
				_ = level.Error(d.Log).Log("event", "panic", "route", r.Pattern, "type", fmt.Sprintf("%T", p))
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(kept, r)
		d.Count(r.Pattern, kept.status)
		_ = level.Debug(d.Log).Log("event", "request", "route", r.Pattern, "status", kept.status, "took", d.Clock.Now().Sub(began))
	})
}

// stoppingKey is where the context of a request has the channel that tells that the
// server stops: a stream ends by it, while other requests come to their end.
type stoppingKey struct{}

func withStopping(c context.Context, stopping <-chan struct{}) context.Context {
	return context.WithValue(c, stoppingKey{}, stopping)
}

// stopping returns that channel, nil of another server.
func stopping(c context.Context) <-chan struct{} {
	done, _ := c.Value(stoppingKey{}).(<-chan struct{})
	return done
}

// statusKeeper remembers the status of an answer.
type statusKeeper struct {
	http.ResponseWriter
	status int
}

// WriteHeader writes the status.
func (k *statusKeeper) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}
