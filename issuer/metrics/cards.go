package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/issuer/store"
)

// cardsEvery is how often the cards are counted at most: that reads all of them.
const cardsEvery = 30 * time.Second

// cards counts the cards of a store when it is asked for.
type cards struct {
	store store.Store
	clock clock.Clock

	lock    sync.Mutex
	until   time.Time
	numbers map[state]int
}

// state is how a card and its PIN stand.
type state struct{ status, pin string }

var cardsDesc = prometheus.NewDesc("till_issuer_cards", "Cards by their status and the phase of their PIN, counted at most every 30 seconds.", []string{"status", "pin"}, nil)

// Cards adds the numbers of cards.
func (m *Metrics) Cards(s store.Store, c clock.Clock) {
	m.registry.MustRegister(&cards{store: s, clock: c})
}

// Describe tells what Collect gives.
func (c *cards) Describe(to chan<- *prometheus.Desc) { to <- cardsDesc }

// Collect gives the numbers.
func (c *cards) Collect(to chan<- prometheus.Metric) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if now := c.clock.Now(); !now.Before(c.until) {
		numbers, err := c.count()
		if err != nil {
			to <- prometheus.NewInvalidMetric(cardsDesc, err)
			return
		}
		c.until, c.numbers = now.Add(cardsEvery), numbers
	}
	for s, n := range c.numbers {
		to <- prometheus.MustNewConstMetric(cardsDesc, prometheus.GaugeValue, float64(n), s.status, s.pin)
	}
}

func (c *cards) count() (map[state]int, error) {
	numbers := map[state]int{}
	for card, err := range c.store.Cards(context.Background()) {
		if err != nil {
			return nil, err
		}
		numbers[state{card.Record.Status.String(), card.Record.PIN.Phase().String()}]++
	}
	return numbers, nil
}
