package queue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/terminal/link/queue"
)

// run steps through events and returns the effects of the last one.
func run(events ...queue.Event) (s queue.State, effects []queue.Effect) {
	for _, e := range events {
		s, effects = s.Step(e)
	}
	return s, effects
}

// reversal returns an item.
func reversal(sequence uint64, p queue.Phase, why queue.Reason, sent bool) queue.Item {
	return queue.Item{Sequence: sequence, Kind: queue.Reversal, Phase: p, Reason: why, Sent: sent}
}

func TestRows(t *testing.T) {
	up, begun := queue.Connected{}, queue.Begun{Sequence: 1}
	open := reversal(1, queue.Open, queue.NoReason, false)
	noAnswer := reversal(1, queue.Due, queue.NoAnswer, false)
	sent := func(i queue.Item) queue.Item { i.Phase, i.Sent = queue.Await, true; return i }
	advice := queue.Item{Sequence: 2, Kind: queue.Advice, Phase: queue.Due}
	for name, c := range map[string]struct {
		events []queue.Event
		want   []queue.Effect
	}{
		"begun is kept":                   {[]queue.Event{up, begun}, []queue.Effect{queue.Keep{Item: open}}},
		"not sent is erased":              {[]queue.Event{up, begun, queue.NotSent{}}, []queue.Effect{queue.Erase{Sequence: 1}}},
		"completed is erased":             {[]queue.Event{up, begun, queue.Answered{}, queue.Completed{}}, []queue.Effect{queue.Erase{Sequence: 1}}},
		"answered leaves it":              {[]queue.Event{up, begun, queue.Answered{}}, nil},
		"timed out goes out":              {[]queue.Event{up, begun, queue.TimedOut{}}, []queue.Effect{queue.Keep{Item: noAnswer}, queue.Keep{Item: sent(noAnswer)}, queue.Send{Sequence: 1}}},
		"timed out without a connection":  {[]queue.Event{begun, queue.TimedOut{}}, []queue.Effect{queue.Keep{Item: noAnswer}, queue.Dial{}}},
		"completed after a time-out":      {[]queue.Event{up, begun, queue.TimedOut{}, queue.Completed{Reversal: true}}, nil},
		"acknowledged is erased":          {[]queue.Event{up, begun, queue.TimedOut{}, queue.Acknowledged{Sequence: 1}}, []queue.Effect{queue.Erase{Sequence: 1}}},
		"silence waits":                   {[]queue.Event{up, begun, queue.TimedOut{}, queue.Unacknowledged{Sequence: 1}}, []queue.Effect{queue.Wait{Delay: time.Second}}},
		"then it is a repeat":             {[]queue.Event{up, begun, queue.TimedOut{}, queue.Unacknowledged{Sequence: 1}, queue.Waited{}}, []queue.Effect{queue.Send{Sequence: 1, Repeat: true}}},
		"lost waits":                      {[]queue.Event{up, begun, queue.TimedOut{}, queue.Lost{}}, []queue.Effect{queue.Wait{Delay: time.Second}}},
		"lost and waited dials":           {[]queue.Event{up, begun, queue.TimedOut{}, queue.Lost{}, queue.Waited{}}, []queue.Effect{queue.Dial{}}},
		"connected again is a repeat":     {[]queue.Event{up, begun, queue.TimedOut{}, queue.Lost{}, up}, []queue.Effect{queue.Send{Sequence: 1, Repeat: true}}},
		"unreachable waits longer":        {[]queue.Event{begun, queue.TimedOut{}, queue.Unreachable{}, queue.Waited{}, queue.Unreachable{}}, []queue.Effect{queue.Wait{Delay: 2 * time.Second}}},
		"restart with an open one":        {[]queue.Event{queue.Restarted{Items: []queue.Item{open}}}, []queue.Effect{queue.Keep{Item: reversal(1, queue.Due, queue.EndNotRecorded, false)}, queue.Dial{}}},
		"restart with one that was sent":  {[]queue.Event{queue.Restarted{Items: []queue.Item{sent(noAnswer)}}, up}, []queue.Effect{queue.Send{Sequence: 1, Repeat: true}}},
		"restart with nothing":            {[]queue.Event{queue.Restarted{}}, nil},
		"abandoned":                       {[]queue.Event{begun, queue.Abandoned{}}, []queue.Effect{queue.Keep{Item: reversal(1, queue.Due, queue.EndNotRecorded, false)}, queue.Dial{}}},
		"begun over one that is open":     {[]queue.Event{queue.Unreachable{}, begun, queue.Begun{Sequence: 3}}, []queue.Effect{queue.Keep{Item: reversal(1, queue.Due, queue.EndNotRecorded, false)}, queue.Keep{Item: reversal(3, queue.Open, queue.NoReason, false)}}},
		"an advice goes out":              {[]queue.Event{up, begun, queue.Completed{Advice: 2}}, []queue.Effect{queue.Erase{Sequence: 1}, queue.Keep{Item: advice}, queue.Keep{Item: sent(advice)}, queue.Send{Sequence: 2}}},
		"a stale acknowledgement":         {[]queue.Event{up, begun, queue.Acknowledged{Sequence: 9}}, nil},
		"silence to what is not awaited":  {[]queue.Event{up, begun, queue.Unacknowledged{Sequence: 1}}, nil},
		"nothing ends where nothing runs": {[]queue.Event{up, queue.TimedOut{}, queue.Completed{Reversal: true}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := run(c.events...)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReversalBeforeAdvice(t *testing.T) {
	items := []queue.Item{{Sequence: 1, Kind: queue.Advice, Phase: queue.Due}, reversal(4, queue.Due, queue.NoAnswer, false), reversal(3, queue.Due, queue.NoAnswer, false)}
	s, effects := run(queue.Restarted{Items: items}, queue.Connected{})
	for _, want := range []uint64{3, 4, 1} {
		require.Contains(t, effects, queue.Effect(queue.Send{Sequence: want}))
		s, effects = s.Step(queue.Acknowledged{Sequence: want})
	}
	assert.Empty(t, s.Items)
}

// TestSilenceToOneHoldsUpNoOther has a host that does not answer one reversal.
func TestSilenceToOneHoldsUpNoOther(t *testing.T) {
	items := []queue.Item{{Sequence: 1, Kind: queue.Advice, Phase: queue.Due}, reversal(2, queue.Due, queue.NoAnswer, false), reversal(3, queue.Due, queue.NoAnswer, false)}
	s, effects := run(queue.Restarted{Items: items}, queue.Connected{})
	assert.Contains(t, effects, queue.Effect(queue.Send{Sequence: 2}))
	s, effects = s.Step(queue.Unacknowledged{Sequence: 2})
	assert.Contains(t, effects, queue.Effect(queue.Send{Sequence: 3}))
	s, effects = s.Step(queue.Acknowledged{Sequence: 3})
	assert.Contains(t, effects, queue.Effect(queue.Send{Sequence: 1}))
	s, effects = s.Step(queue.Acknowledged{Sequence: 1})
	assert.Equal(t, []queue.Effect{queue.Erase{Sequence: 1}}, effects, "the wait is not over")
	_, effects = s.Step(queue.Waited{})
	assert.Equal(t, []queue.Effect{queue.Send{Sequence: 2, Repeat: true}}, effects)
}

func TestHeld(t *testing.T) {
	s, _ := run(queue.Begun{Sequence: 1})
	assert.False(t, s.Held(), "the one that runs holds nothing")
	s, _ = s.Step(queue.TimedOut{})
	assert.True(t, s.Held())
	s, _ = s.Step(queue.Connected{})
	assert.True(t, s.Held(), "sent, not acknowledged")
	tried, _ := s.Step(queue.Unacknowledged{Sequence: 1})
	assert.False(t, tried.Held(), "tried on this connection")
	lost, _ := tried.Step(queue.Lost{})
	assert.True(t, lost.Held(), "and anew on the next")
	s, _ = s.Step(queue.Acknowledged{Sequence: 1})
	assert.False(t, s.Held())
	s, _ = run(queue.Connected{}, queue.Begun{Sequence: 1}, queue.Completed{Advice: 2})
	assert.False(t, s.Held(), "an advice holds nothing")
}

func TestWaitsGrowToABound(t *testing.T) {
	s, _ := run(queue.Begun{Sequence: 1}, queue.TimedOut{})
	var waits []time.Duration
	for range 70 {
		var effects []queue.Effect
		s, effects = s.Step(queue.Unreachable{})
		waits = append(waits, effects[0].(queue.Wait).Delay)
		s, _ = s.Step(queue.Waited{})
	}
	assert.Equal(t, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 128e9, 256e9, 300e9, 300e9}, waits[:11])
	assert.Equal(t, 5*time.Minute, waits[69])
}

// TestQueueAgainstAJournal makes random events, keeps what the effects say in a map
// and restarts from it now and then. What is owed is never lost, what was
// acknowledged is never sent again, nothing is sent that was not kept as sent
// before, one item at a time, and in the end all goes out.
func TestQueueAgainstAJournal(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := model{t: r, kept: map[uint64]queue.Item{}, owed: map[uint64]bool{}, settled: map[uint64]bool{}}
		m.step(queue.Restarted{})
		for range rapid.IntRange(1, 60).Draw(r, "events") {
			m.random()
		}
		m.drain()
	})
}

type model struct {
	t       *rapid.T
	state   queue.State
	kept    map[uint64]queue.Item
	owed    map[uint64]bool // must reach the host
	settled map[uint64]bool
	last    uint64
	open    uint64
	flying  uint64
	waiting bool
	dialing bool
}

func (m *model) step(e queue.Event) {
	before := m.state
	var effects []queue.Effect
	m.state, effects = m.state.Step(e)
	again, same := before.Step(e)
	require.Equal(m.t, m.state, again, "pure")
	require.Equal(m.t, effects, same)
	for _, effect := range effects {
		m.effect(effect)
	}
	require.Len(m.t, m.state.Items, len(m.kept))
	for _, i := range m.state.Items {
		require.Contains(m.t, m.kept, i.Sequence)
	}
	for sequence := range m.owed {
		require.Contains(m.t, m.kept, sequence, "owed and lost")
	}
}

func (m *model) effect(e queue.Effect) {
	switch e := e.(type) {
	case queue.Keep:
		m.kept[e.Item.Sequence] = e.Item
	case queue.Erase:
		delete(m.kept, e.Sequence)
	case queue.Send:
		require.True(m.t, m.state.Connected)
		require.Zero(m.t, m.flying, "one at a time")
		require.True(m.t, m.kept[e.Sequence].Sent, "kept as sent before it is")
		require.False(m.t, m.settled[e.Sequence], "doubled")
		m.flying = e.Sequence
	case queue.Wait:
		require.False(m.t, m.waiting, "one wait at a time")
		m.waiting = true
	case queue.Dial:
		require.False(m.t, m.dialing || m.state.Connected)
		m.dialing = true
	}
}

// random draws an event that can happen.
func (m *model) random() {
	switch rapid.IntRange(0, 8).Draw(m.t, "event") {
	case 0:
		if m.open == 0 && !m.state.Held() && m.state.Connected {
			m.last++
			m.open = m.last
			m.step(queue.Begun{Sequence: m.open})
		}
	case 1:
		m.end(queue.NotSent{}, false)
	case 2:
		m.end(queue.TimedOut{}, true)
	case 3:
		m.complete()
	case 4:
		m.acknowledge()
	case 5:
		if m.flying != 0 {
			sequence := m.flying
			m.flying = 0
			m.step(queue.Unacknowledged{Sequence: sequence})
		}
	case 6:
		m.connect(rapid.Bool().Draw(m.t, "reached"))
	case 7:
		if m.waiting {
			m.waiting = false
			m.step(queue.Waited{})
		}
	case 8:
		m.restart()
	}
}

func (m *model) end(e queue.Event, due bool) {
	if m.open == 0 {
		return
	}
	if due {
		m.owed[m.open] = true
	}
	m.open = 0
	m.step(e)
}

func (m *model) complete() {
	e := queue.Completed{Reversal: rapid.Bool().Draw(m.t, "reversal")}
	if m.open != 0 && rapid.Bool().Draw(m.t, "advice") {
		m.last++
		e.Advice = m.last
	}
	if m.open == 0 {
		return
	}
	if e.Reversal {
		m.owed[m.open] = true
	}
	m.open = 0
	m.step(e)
	if e.Advice != 0 {
		m.owed[e.Advice] = true
	}
}

func (m *model) acknowledge() {
	if m.flying == 0 {
		return
	}
	sequence := m.flying
	m.flying = 0
	delete(m.owed, sequence)
	m.settled[sequence] = true
	m.step(queue.Acknowledged{Sequence: sequence})
}

// connect makes or loses the connection.
func (m *model) connect(reached bool) {
	switch {
	case m.state.Connected:
		m.flying = 0
		m.step(queue.Lost{})
	case reached:
		m.dialing, m.waiting = false, false
		m.step(queue.Connected{})
	case m.dialing:
		m.dialing = false
		m.step(queue.Unreachable{})
	}
}

// restart begins anew with what was kept.
func (m *model) restart() {
	var items []queue.Item
	for _, i := range m.kept {
		i.Tries = 0
		items = append(items, i)
	}
	if m.open != 0 {
		m.owed[m.open] = true // nobody knows its end
	}
	m.open, m.flying, m.waiting, m.dialing = 0, 0, false, false
	m.step(queue.Restarted{Items: items})
}

// drain lets everything work: all that is owed goes out within a bound.
func (m *model) drain() {
	m.end(queue.Abandoned{}, true)
	for range 4*len(m.kept) + 8 {
		switch {
		case !m.state.Connected:
			m.connect(true)
		case m.flying != 0:
			m.acknowledge()
		case m.waiting:
			m.waiting = false
			m.step(queue.Waited{})
		}
	}
	require.Empty(m.t, m.kept)
	require.Empty(m.t, m.owed)
}
