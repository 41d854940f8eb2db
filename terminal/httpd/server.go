package httpd

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Bounds of a connection. The clock of the sockets is the machine's.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerMax     = 16 << 10 // bytes
	drainTimeout  = 5 * time.Second
)

// Serve serves a door until ctx ends, and then lets requests that have begun come to
// their end. It closes the listener.
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
		stopped <- server.Shutdown(drain)
	})
	err := server.Serve(l)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
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
