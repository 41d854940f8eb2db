package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/f510b0cf/till/issuer/message"
)

// Plan is requests that are made and have their times.
type Plan struct {
	lines  [][]shot // of each terminal
	warmup time.Duration
	rate   float64 // 0 where each terminal asks as soon as it was answered
	count  int
}

// shot is a request on its way.
type shot struct {
	kind   Kind
	stan   uint32
	chip   *chip         // of a request of the chip
	at     time.Duration // since the load began
	packed []byte

	answer  []byte // nil where none came
	latency time.Duration
}

// PlanOptions say what a load is. Zero values but for the rate, or the requests,
// are defaults.
type PlanOptions struct {
	Dialect  *message.Dialect // nil is message.ISO93
	Rate     float64          // requests of a second, for Duration behind Warmup
	Duration time.Duration
	Warmup   time.Duration // at the same rate; what is answered then is not counted

	// Requests is how many there are where Rate is 0: each terminal sends its next one
	// as soon as it was answered. All of them are measured.
	Requests int

	Mix  Mix
	Seed uint64    // of what comes when
	Now  time.Time // in messages; zero is the system's
}

// RequestsMax bounds a plan: its requests lie in memory.
const RequestsMax = 1_000_000

// ErrTooMany says that a plan would be larger than RequestsMax, or that the cards
// have not so many transactions left.
var ErrTooMany = errors.New("so many requests do not fit: ask for a lower rate or a shorter time, or for more cards")

// Count returns how many requests there are.
func (p *Plan) Count() int { return p.count }

// Plan makes the requests of a load. Their times are those of independent customers:
// the gaps between them are distributed exponentially.
func (f *Fleet) Plan(o PlanOptions) (*Plan, error) {
	if o.Dialect == nil {
		o.Dialect = message.ISO93()
	}
	if o.Mix == (Mix{}) {
		o.Mix = DefaultMix()
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if err := o.Mix.validate(); err != nil {
		return nil, err
	}
	p := &Plan{lines: make([][]shot, len(f.terminals)), warmup: o.Warmup, rate: o.Rate}
	count := float64(o.Requests)
	if o.Rate == 0 {
		p.warmup = 0
	} else {
		count = max(1, o.Rate*(o.Warmup+o.Duration).Seconds())
	}
	if count < 1 || count > RequestsMax {
		return nil, fmt.Errorf("make %.0f requests: %w", count, ErrTooMany)
	}
	random := rand.New(rand.NewPCG(o.Seed, 0))
	var at time.Duration
	for range int(count) {
		if o.Rate > 0 {
			at += time.Duration(random.ExpFloat64() / o.Rate * float64(time.Second))
		}
		n := random.IntN(len(f.cards))
		if err := p.add(f, n, o, random.IntN(o.Mix.total()), at); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// add makes a request of a card and gives it to its terminal.
func (p *Plan) add(f *Fleet, n int, o PlanOptions, lot int, at time.Duration) error {
	c, line := &f.cards[n], n%len(f.terminals)
	if c.atc == 1<<16-1 {
		return fmt.Errorf("make request: %w", ErrTooMany)
	}
	r, err := f.next(c, &f.terminals[line], o.Mix.pick(lot), o.Now)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	packed, err := o.Dialect.Pack(r.message)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	p.lines[line] = append(p.lines[line], shot{kind: r.kind, stan: r.message.Head().STAN, chip: r.chip, at: at, packed: packed})
	p.count++
	return nil
}
