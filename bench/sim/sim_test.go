package sim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/bench/sim"
	"github.com/f510b0cf/till/testdata/need"
)

func acts(t testing.TB, text string) sim.Acts {
	t.Helper()
	a, err := sim.ParseActs(text)
	require.NoError(t, err)
	return a
}

func faults(t testing.TB, text string) plan.Plan {
	t.Helper()
	p, err := plan.ParsePlan(text)
	require.NoError(t, err)
	return p
}

// hold fails the test where a run did not hold.
func hold(t *testing.T, s sim.Summary) {
	t.Helper()
	for _, f := range s.Failures {
		small := sim.Shrink(f)
		t.Errorf("%v %v\nfound with: %s\nagain:      %s", small.Err, small.Violations, f.Config.Command(), small.Config.Command())
	}
}

// TestNoFaults plays a run without faults.
func TestNoFaults(t *testing.T) {
	r := sim.Run(sim.Config{Profile: sim.ProfileDefault, Acts: acts(t, "activate; change; insert 1; insert 1; tap 1; order 2; change; insert 2"), Trace: true, Scan: true})
	require.NoError(t, r.Err)
	assert.Empty(t, r.Violations)
	assert.Equal(t, 3, r.Changes)
	assert.NotEmpty(t, r.Trace)
}

// TestSingles makes every single fault.
func TestSingles(t *testing.T) {
	s := sim.Singles(t.Context(), sim.Options{}, sim.Stories())
	t.Logf("%d runs, %d PINs came to a chip", s.Runs, s.Changes)
	assert.Greater(t, s.Runs, 1000)
	hold(t, s)
}

// TestSeeds plays drawn runs.
func TestSeeds(t *testing.T) {
	s := sim.Seeds(t.Context(), sim.Options{}, 1, need.Nightly(t, 50, 200, 20_000))
	t.Logf("%d runs, %d PINs came to a chip", s.Runs, s.Changes)
	hold(t, s)
}

// TestOtherCards plays drawn runs with cards of other kinds: data authentication,
// longer PINs.
func TestOtherCards(t *testing.T) {
	for _, profile := range []string{"amex-pin", "amex-sda", "amex-cda", "amex-pin-6"} {
		t.Run(profile, func(t *testing.T) {
			hold(t, sim.Seeds(t.Context(), sim.Options{Config: sim.Config{Profile: profile}}, 1, need.Nightly(t, 2, 6, 500)))
		})
	}
}

// TestSameSeedSameHash plays runs twice.
func TestSameSeedSameHash(t *testing.T) {
	hashes := map[string]uint64{}
	for seed := range uint64(40) {
		c := sim.Drawn(sim.Config{}, seed)
		r := sim.Run(c)
		require.NoError(t, r.Err)
		assert.Equal(t, r.Hash, sim.Run(c).Hash, "seed %d", seed)
		other, same := hashes[r.Hash]
		assert.False(t, same, "seeds %d and %d", seed, other)
		hashes[r.Hash] = seed
	}
}

// TestReplay plays what a command line says, and gets the same.
func TestReplay(t *testing.T) {
	c := sim.Drawn(sim.Config{Profile: "sim"}, 24)
	again := sim.Config{Profile: c.Profile, Policy: c.Policy, Seed: c.Seed, Shuffle: c.Shuffle, Acts: acts(t, c.Acts.String()), Plan: faults(t, c.Plan.String())}
	assert.Equal(t, sim.Run(c).Hash, sim.Run(again).Hash)
	assert.Equal(t, c.Command(), again.Command())
	assert.Regexp(t, `^till sim( --policy [a-z0-9,-]+)? --seed 24 --shuffle --acts "activate; .*" --plan ".*"$`, c.Command())
}

// TestFaultsStrike has faults of each kind strike by their words, and what they are to do
// happen.
func TestFaultsStrike(t *testing.T) {
	for text, told := range map[string]string{
		"line lose answer":                                     "1000: declined offline",
		"line drop request":                                    "1000: declined offline",
		"line cut=20 answer":                                   "1000: declined offline",
		"line corrupt=2 answer":                                "1000: declined offline",
		"line delay answer":                                    "1000: declined offline",
		"line double request":                                  "1000: approved online",
		"line reorder request":                                 "1000: declined offline",
		"line lose request stay":                               "no connection",
		"kill host before 3":                                   "host         is killed",
		"kill host after 3":                                    "host         is killed",
		"host disk-full 3":                                     "disk is full",
		"host slow 3":                                          "1000: declined offline",
		"kill terminal after 4":                                "1000: terminal died",
		"terminal disk-full 5":                                 "terminal 1   disk is full",
		"card pull before PIN_CHANGE/UNBLOCK":                  "1000: approved online",
		"card cut script/before":                               "PIN CHANGE/UNBLOCK: the power goes in a write, PIN 1",
		"card cut script/after":                                "PIN CHANGE/UNBLOCK: the power goes in a write, PIN 2",
		"card swallow VERIFY answer 9000":                      "1000: declined online",
		"card delay GENERATE_AC 45s":                           "45.000s",
		"card alter command EXTERNAL_AUTHENTICATE xor 01 at 5": "EXTERNAL AUTHENTICATE: 6300",
	} {
		r := sim.Run(sim.Config{Profile: "sim", Acts: acts(t, "activate; change; insert 1; wait 10s"), Plan: faults(t, text), Trace: true})
		require.NoError(t, r.Err, text)
		assert.Empty(t, r.Violations, text)
		assert.Empty(t, r.Unfired, text)
		assert.Condition(t, func() bool { return contains(r.Trace, told) }, "%s: %q is not told", text, told)
	}
	r := sim.Run(sim.Config{Profile: "sim", Acts: acts(t, "activate"), Plan: faults(t, "line lose answer; kill host after 9")})
	assert.Equal(t, "line lose answer 1; kill host after 9", r.Unfired.String())
}

func TestParseActs(t *testing.T) {
	text := "activate; change; meanwhile unblock; stranger; insert 1; wrong 2; forge 1; tap 1; order 2; wait 1m30s"
	assert.Equal(t, text, acts(t, text).String())
	for _, wrong := range []string{"dance", "insert", "insert 3", "insert one", "wait", "wait -1s", "wait soon", "change 1", "meanwhile", "activate 1"} {
		_, err := sim.ParseActs(wrong)
		assert.ErrorContains(t, err, "want activate, change", wrong)
	}
}

func TestUnknownProfile(t *testing.T) {
	assert.Error(t, sim.Run(sim.Config{Profile: "none-such"}).Err)
	assert.Error(t, sim.Run(sim.Config{Profile: "sim", Terminal: "none-such"}).Err)
}

func contains(lines []string, text string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, text) })
}
