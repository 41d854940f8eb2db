package metrics

import (
	"context"
	"time"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/message"
)

// Authorizer counts what an authorizer answers, and how long that takes.
func (m *Metrics) Authorizer(next host.Authorizer, c clock.Clock) host.Authorizer {
	return authorizer{next, m, c}
}

type authorizer struct {
	next    host.Authorizer
	metrics *Metrics
	clock   clock.Clock
}

// Answer answers a message.
func (a authorizer) Answer(ctx context.Context, m message.Message) ([]byte, error) {
	began, kind := a.clock.Now(), m.Kind().String()
	a.metrics.working.Inc()
	defer a.metrics.working.Dec()
	answer, err := a.next.Answer(ctx, m)
	a.metrics.messages.WithLabelValues(kind, result(err)).Inc()
	a.metrics.took.WithLabelValues(kind).Observe(since(a.clock, began))
	return answer, err
}

// Observe counts what an authorizer decides, and how long the steps of its work take.
func (m *Metrics) Observe(o authorization.Observation) {
	for step, took := range o.Took {
		m.steps[step].Observe(took.Seconds())
	}
	if o.Decision != "" {
		reason := o.Reason
		if o.Decision != "declined" {
			reason = ""
		}
		m.decisions.WithLabelValues(o.Decision, reason).Inc()
	}
	if o.Script != "" {
		m.scripts.WithLabelValues(o.Script).Inc()
	}
}

// since returns the seconds since a moment.
func since(c clock.Clock, began time.Time) float64 { return c.Now().Sub(began).Seconds() }
