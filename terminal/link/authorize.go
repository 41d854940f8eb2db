package link

import (
	"context"
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link/queue"
)

// itemsOfTransaction is the number of items that a transaction may come to need:
// its reversal and its advice.
const itemsOfTransaction = 2

// transaction is what is remembered between a request and Completed.
type transaction struct {
	secret.Opaque
	request  message.AuthorizationRequest // without track data and PIN
	answer   *message.AuthorizationResponse
	sequence uint64 // of its reversal
}

// Authorize sends an authorisation request (1100) and waits for its answer. What
// is due from before goes out first; the reversal of this one is durable before
// its first byte. An error is a kernel.UnableToGoOnlineError; where it says that
// the request was sent the reversal is due already.
func (l *Link) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	l.serving.Lock()
	defer l.serving.Unlock()
	answer, err := l.ask(ctx, func(tx *journal.Tx) (*message.AuthorizationRequest, error) { return l.request(tx, r) })
	if err != nil {
		return nil, err
	}
	response, err := l.onlineResponse(answer)
	if err != nil {
		return nil, l.unanswered(&failure{sent: true, cause: err})
	}
	l.current.answer = answer
	_ = l.event(queue.Answered{}) // an item that it can not send now is sent later
	return response, nil
}

// builder makes a request with the numbers and the PIN key that the journal gives.
type builder func(tx *journal.Tx) (*message.AuthorizationRequest, error)

// ask sends the request that build makes, and waits for its answer. The error is a
// kernel.UnableToGoOnlineError. l.serving is held.
func (l *Link) ask(ctx context.Context, build builder) (*message.AuthorizationResponse, error) {
	l.current = nil // one whose end was not told is reversed
	conn, err := l.ready(ctx)
	if err != nil {
		return nil, notSent(err)
	}
	request, err := l.begin(build)
	if err != nil {
		return nil, notSent(err)
	}
	answer, err := conn.exchange(ctx, request)
	if err != nil {
		if conn.over() {
			l.lost(conn) // before the reversal falls due: it is not tried on a line that is gone
		}
		return nil, l.unanswered(err)
	}
	return answer.(*message.AuthorizationResponse), nil
}

func notSent(cause error) error { return &kernel.UnableToGoOnlineError{Cause: cause} }

// unanswered has the reversal fall due, or erased where the host knows nothing.
func (l *Link) unanswered(cause error) error {
	var f *failure
	sent := !errors.As(cause, &f) || f.sent
	var e queue.Event = queue.NotSent{}
	if sent {
		e = queue.TimedOut{}
	}
	// Where the journal can not be written the reversal stays open in it, and falls
	// due when the next transaction begins or the terminal starts again.
	return &kernel.UnableToGoOnlineError{Sent: sent, Cause: errors.Join(cause, l.event(e))}
}

// ready returns the connection when every reversal that is due has gone out on it.
func (l *Link) ready(ctx context.Context) (*connection, error) {
	if err := l.abandon(); err != nil {
		return nil, err
	}
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	for {
		held, changed := l.held()
		if !held {
			return conn, nil
		}
		switch l.config.Tasks.Await(changed, conn.ended, ctx.Done()) {
		case 1:
			return nil, fmt.Errorf("send reversals: %w", conn.cause)
		case 2:
			return nil, fmt.Errorf("send reversals: %w", ctx.Err())
		}
	}
}

// abandon has a transaction whose end was not told fall due.
func (l *Link) abandon() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.queue.Current(); !ok {
		return nil
	}
	return l.step(queue.Abandoned{})
}

// held reports whether a request has to wait, and how to learn of a change.
func (l *Link) held() (bool, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue.Held(), l.changed
}

// begin builds the request, and writes its reversal, the numbers and the PIN key
// that it uses to the journal.
func (l *Link) begin(build builder) (*message.AuthorizationRequest, error) {
	var request *message.AuthorizationRequest
	var sequence uint64
	err := l.record(func(tx *journal.Tx) (queue.Event, error) {
		if tx.Room() < itemsOfTransaction {
			return nil, fmt.Errorf("begin transaction: %w", journal.ErrFull)
		}
		var err error
		if request, err = build(tx); err != nil {
			return nil, err
		}
		reversal, err := l.reversal(tx, request)
		if err != nil {
			return nil, err
		}
		if sequence, err = tx.NextItem(); err != nil {
			return nil, err
		}
		l.messages[sequence] = reversal
		return queue.Begun{Sequence: sequence}, nil
	})
	if err != nil {
		l.forget(sequence)
		return nil, err
	}
	l.current = &transaction{request: *request, sequence: sequence}
	l.current.request.Track2, l.current.request.PINBlock = account.Track2{}, secret.Value{}
	return request, nil
}

// forget drops the message of an item that did not come to be.
func (l *Link) forget(sequence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.messages, sequence)
}
