package load_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/load"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/issuer"
)

func TestParseMix(t *testing.T) {
	m, err := load.ParseMix("insertion=70,tap=30")
	require.NoError(t, err)
	assert.Equal(t, load.Mix{load.Insertion: 70, load.Tap: 30}, m)
	assert.Equal(t, "insertion=70,tap=30", m.String())
	again, err := load.ParseMix(load.DefaultMix().String())
	require.NoError(t, err)
	assert.Equal(t, load.DefaultMix(), again)
	for _, wrong := range []string{"", "tap", "tap=x", "tap=-1", "swipe=1", "tap=0", "reversal=5", "tap=1,", "tap=10000000"} {
		_, err := load.ParseMix(wrong)
		assert.Error(t, err, wrong)
	}
}

// TestPlanBounds: what does not fit is refused before anything is made or sent.
func TestPlanBounds(t *testing.T) {
	keys, err := issuer.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	f, err := load.NewFleet(keys, 2, 1, 1<<16-3)
	require.NoError(t, err)
	for _, o := range []load.PlanOptions{{}, {Requests: load.RequestsMax + 1}, {Rate: 1e6, Duration: time.Hour}, {Requests: 100}} {
		_, err := f.Plan(o)
		assert.ErrorIs(t, err, load.ErrTooMany)
	}
	assert.EqualValues(t, 1<<16-1, f.HighestATC())
	for _, wrong := range []string{"", "{}", `{"key_sets":[{"number":1,"imk_ac":"00"}]}`, `{"key_sets":[{"number":1,"imk_ac":"xx"}]}`, `{"key_sets":[{"number":2,"imk_ac":"0123456789ABCDEFFEDCBA9876543210"}]}`} {
		_, err := load.NewFleet(strings.NewReader(wrong), 1, 1, 0)
		assert.ErrorContains(t, err, "no file of test keys", wrong)
	}
	for _, n := range [][2]int{{0, 1}, {1, 0}, {load.CardsMax + 1, 1}, {1, load.TerminalsMax + 1}} {
		_, err := load.NewFleet(strings.NewReader("{}"), n[0], n[1], 0)
		assert.ErrorContains(t, err, "want 1 to")
	}
}

func TestFile(t *testing.T) {
	o, err := own()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, o.File.Write(&b))
	again, err := load.ReadFile(&b)
	require.NoError(t, err)
	assert.Equal(t, o.File.Cards, again.Cards)
	assert.JSONEq(t, string(o.File.Keys), string(again.Keys))
	for _, wrong := range []string{"", "{}", `{"keys":{},"cards":0}`, `{"keys":{},"cards":1,"more":2}`} {
		_, err := load.ReadFile(strings.NewReader(wrong))
		assert.Error(t, err, wrong)
	}
}

// held is a host that holds up to a rate.
func held(limit float64, wrong int) func(context.Context, float64) (*load.Result, error) {
	return func(_ context.Context, rate float64) (*load.Result, error) {
		x := &load.Result{Rate: rate, Wrong: wrong, Requests: 10, Latency: load.Latency{Count: 10, P99: 1000}}
		if rate > limit {
			x.Latency.P99 = 9000
		}
		return x, nil
	}
}

// TestSearch: the search ends close below the limit, wherever that is.
func TestSearch(t *testing.T) {
	for _, limit := range []float64{130, 1000, 5000, 70} {
		best, steps, err := load.Search{Bound: 5 * time.Millisecond, First: 100, Steps: 5, Stage: held(limit, 0)}.Run(t.Context())
		require.NoError(t, err)
		assert.LessOrEqual(t, best.Rate, limit)
		assert.InEpsilon(t, limit, best.Rate, 0.05)
		for _, s := range steps {
			assert.Equal(t, s.Rate <= limit, s.Holds)
		}
	}
	best, steps, err := load.Search{Bound: 5 * time.Millisecond, First: 100, Steps: 3, Stage: held(1, 0)}.Run(t.Context())
	require.NoError(t, err)
	assert.Nil(t, best)
	assert.Len(t, steps, 4)
	_, _, err = load.Search{Bound: 5 * time.Millisecond, First: 100, Stage: held(1000, 3)}.Run(t.Context())
	assert.ErrorContains(t, err, "3 of 10 answers were wrong")
}
