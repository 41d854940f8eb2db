package trace

import "github.com/f510b0cf/till/emv/apdu"

// key says which steps are worth comparing with each other.
type key struct {
	kind             kind
	cla, ins, p1, p2 byte
}

func keysOf(steps []step) []key {
	keys := make([]key, len(steps))
	for i, s := range steps {
		keys[i] = key{kind: s.kind}
		s.command.Open(func(command []byte) {
			c, err := apdu.ParseCommand(command)
			if err != nil {
				return
			}
			keys[i].cla, keys[i].ins = c.CLA, c.INS
			if c.INS == insReadRecord || c.INS == insGetData {
				keys[i].p1, keys[i].p2 = c.P1, c.P2
			}
		})
	}
	return keys
}

// pair is a step of each recording; -1 stands for none.
type pair struct{ a, b int }

// alignWindow is how many steps align looks ahead for the next common one.
const alignWindow = 32

// align pairs the steps of two recordings by their keys.
func align(a, b []key) []pair {
	var pairs []pair
	for i, j := 0, 0; i < len(a) || j < len(b); {
		skipA, skipB := gap(a[i:], b[j:])
		for range skipA {
			pairs = append(pairs, pair{i, -1})
			i++
		}
		for range skipB {
			pairs = append(pairs, pair{-1, j})
			j++
		}
		if skipA == 0 && skipB == 0 {
			pairs = append(pairs, pair{i, j})
			i++
			j++
		}
	}
	return pairs
}

// gap returns how many steps to skip in each until the keys are equal: the
// fewest within the window, else all that the window holds.
func gap(a, b []key) (skipA, skipB int) {
	for skip := range alignWindow {
		for skipA := range skip + 1 {
			skipB := skip - skipA
			if skipA < len(a) && skipB < len(b) && a[skipA] == b[skipB] {
				return skipA, skipB
			}
		}
	}
	return min(alignWindow, len(a)), min(alignWindow, len(b))
}
