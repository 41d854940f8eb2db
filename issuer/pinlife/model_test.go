package pinlife_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/pinlife"
)

// happening is one step of a path.
type happening struct {
	name string
	do   func(*run)
}

// happenings is the alphabet of the paths. Each can happen at any time.
func happenings() []happening {
	all := []happening{
		{"create or change", (*run).setPIN},
		{"change back", (*run).setBack},
		{"unblock asked", (*run).askUnblock},
		{"tap with count 0", func(x *run) { x.tap(0) }},
		{"tap with count 1", func(x *run) { x.tap(1) }},
		{"order", func(x *run) { x.order(false) }},
		{"order with PIN block", func(x *run) { x.order(true) }},
		{"repeat", func(x *run) { x.tell(pinlife.Repeat{}) }},
		{"replay", (*run).replay},
		{"late advice", (*run).lateAdvice},
		{"operator retry", (*run).retry},
	}
	insertion := func(t terminal, e entry, fates []fate) {
		for _, f := range fates {
			all = append(all, happening{
				fmt.Sprintf("%s, %s: %s", t.name, e, f.name),
				func(x *run) { x.insert(t, e, f) },
			})
		}
	}
	insertion(checkout, rightPIN, fates)
	insertion(checkout, newPIN, fewFates)
	insertion(checkout, wrongPIN, fewFates)
	insertion(checkout, bypassPIN, fewFates)
	insertion(offlineTill, rightPIN, fewFates)
	insertion(cashMachine, rightPIN, fewFates)
	insertion(cashMachine, newPIN, fewFates)
	return all
}

// canonical renumbers generations and ATCs, keeping their order and what is
// equal, so that worlds that differ in numbers only become one.
func canonical(w world) world {
	w.host = renumber(&w)
	open := uint16(0)
	if w.host.Open {
		open = w.host.Sent[w.host.SentCount-1].ATC
	}
	atc := func(n uint16) uint16 {
		switch n {
		case 0:
			return 0
		case open:
			return 2
		default:
			return 1
		}
	}
	for i := range w.host.SentCount {
		w.host.Sent[i].ATC = atc(w.host.Sent[i].ATC)
	}
	w.late.ATC, w.chip.applied = atc(w.late.ATC), atc(w.chip.applied)
	w.host.HighestATC, w.chip.atc = 2, 2
	return w
}

// renumber gives the generations in use the numbers from 1.
func renumber(w *world) pinlife.State {
	s := w.host
	used := append(s.Live(), w.chip.pin, w.wanted, pinlife.NoPIN)
	slices.Sort(used)
	used = slices.Compact(used)
	rank := func(g pinlife.Generation) pinlife.Generation {
		i, _ := slices.BinarySearch(used, g)
		return pinlife.Generation(i)
	}
	s.Proven, s.Pending = rank(s.Proven), rank(s.Pending)
	for i := range s.SentCount {
		s.Sent[i].Generation = rank(s.Sent[i].Generation)
	}
	s.Newest = pinlife.Generation(len(used) - 1)
	w.chip.pin, w.wanted = rank(w.chip.pin), rank(w.wanted)
	return s
}

// node is a world that was reached, and how first.
type node struct {
	world  world
	parent int
	event  int
}

// walk enumerates all paths of the alphabet, folding equal worlds into one.
type walk struct {
	rig    rig
	events []happening
	nodes  []node
	known  map[world]int
}

func newWalk(r rig, start world) *walk {
	w := &walk{rig: r, events: happenings(), known: map[world]int{}}
	w.add(canonical(start), -1, -1)
	return w
}

func (w *walk) add(reached world, parent, event int) int {
	i, known := w.known[reached]
	if !known {
		i = len(w.nodes)
		w.known[reached] = i
		w.nodes = append(w.nodes, node{reached, parent, event})
	}
	return i
}

// paths walks to a depth and returns the number of paths, or the first path that
// breaks a rule. A world that was reached before behaves as it did then, so that
// it is gone through once and its paths are counted.
func (w *walk) paths(depth int) (uint64, error) {
	level := map[int]uint64{0: 1}
	next := map[int][]int{} // successors of a node
	for range depth {
		following := map[int]uint64{}
		for _, i := range slices.Sorted(maps.Keys(level)) {
			if next[i] == nil {
				successors, err := w.successors(i)
				if err != nil {
					return 0, err
				}
				next[i] = successors
			}
			for _, j := range next[i] {
				following[j] += level[i]
			}
		}
		level = following
	}
	var total uint64
	for _, n := range level {
		total += n
	}
	return total, nil
}

// successors returns the worlds that each event leads to from a node.
func (w *walk) successors(i int) ([]int, error) {
	successors := make([]int, len(w.events))
	for e, event := range w.events {
		x := run{rig: w.rig, world: w.nodes[i].world}
		event.do(&x)
		if err := x.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", w.story(i, e), err)
		}
		before := len(w.nodes)
		successors[e] = w.add(canonical(x.world), i, e)
		if successors[e] < before {
			continue
		}
		if err := x.progress(); err != nil {
			return nil, fmt.Errorf("%s: then good insertions: %w", w.story(i, e), err)
		}
	}
	return successors, nil
}

// story tells how a node was first reached, and the event after it.
func (w *walk) story(i, event int) string {
	told := []string{w.events[event].name}
	for ; w.nodes[i].parent >= 0; i = w.nodes[i].parent {
		told = append(told, w.events[w.nodes[i].event].name)
	}
	slices.Reverse(told)
	return strings.Join(told, " > ")
}

// power returns base to the exponent, the number of paths of that length.
func power(base, exponent int) uint64 {
	n := uint64(1)
	for range exponent {
		n *= uint64(base)
	}
	return n
}

// modelPolicy has few attempts, so that short paths use them up.
func modelPolicy(effective pinlife.Effective, t pinlife.Template) pinlife.Policy {
	p := pinlife.DefaultPolicy()
	p.OnlinePINEffective, p.ScriptTemplate, p.AttemptsMax = effective, t, 2
	return p
}

// Worlds to start from: a chip whose PIN is not set, and one with a PIN.
var (
	newCard    = world{}
	withPIN    = world{host: pinlife.Personalised(), chip: chip{pin: 1, tries: triesMax}, wanted: 1}
	startNames = map[string]world{"PIN not set": newCard, "PIN personalised": withPIN}
)

// Depths of the walk: uint64 holds the number of paths up to 11 events.
const (
	modelDepth      = 9
	modelDepthRace  = 7
	modelDepthShort = 5
)

func TestModel(t *testing.T) {
	depth := modelDepth
	switch {
	case testing.Short():
		depth = modelDepthShort
	case raceEnabled:
		depth = modelDepthRace
	}
	policies := map[string]pinlife.Policy{
		"on_commit": modelPolicy(pinlife.OnCommit, pinlife.Template72),
		"immediate": modelPolicy(pinlife.Immediate, pinlife.Template71),
	}
	for name, policy := range policies {
		for startName, start := range startNames {
			t.Run(name+", "+startName, func(t *testing.T) {
				t.Parallel()
				w := newWalk(newRig(policy), start)
				paths, err := w.paths(depth)
				require.NoError(t, err)
				assert.Equal(t, power(len(w.events), depth), paths)
				t.Logf("%d paths of %d events out of %d, through %d different worlds", paths, depth, len(w.events), len(w.nodes))
			})
		}
	}
}

// TestModelUnfolded walks at random without renumbering and without folding, so
// that neither hides anything.
func TestModelUnfolded(t *testing.T) {
	const walks, length = 2000, 60
	events := happenings()
	for seed := range uint64(walks) {
		random := rand.New(rand.NewPCG(seed, 0))
		x := run{rig: newRig(modelPolicy(pinlife.Effective(seed%2), pinlife.Template72)), world: newCard}
		var told []string
		for range length {
			e := events[random.IntN(len(events))]
			told = append(told, e.name)
			e.do(&x)
			require.NoError(t, x.check(), "seed %d: %s", seed, strings.Join(told, " > "))
		}
		require.NoError(t, x.progress(), "seed %d: %s", seed, strings.Join(told, " > "))
	}
}
