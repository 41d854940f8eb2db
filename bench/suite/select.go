package suite

import (
	"errors"
	"strconv"
	"strings"
)

// Shard is a part of all scenarios: number Index, from 1, of Count parts.
type Shard struct{ Index, Count int }

// ParseShard reads a shard such as "2/5".
func ParseShard(text string) (s Shard, err error) {
	index, count, ok := strings.Cut(text, "/")
	s.Index, err = strconv.Atoi(index)
	if err == nil {
		s.Count, err = strconv.Atoi(count)
	}
	if !ok || err != nil || s.Index < 1 || s.Index > s.Count {
		return Shard{}, errors.New("read shard: want a part and the number of parts, such as 1/4")
	}
	return s, nil
}

// Of returns the part: every Count-th of all, so that long ones are spread.
func (s Shard) Of(plays []Play) []Play {
	if s.Count == 0 {
		return plays
	}
	var part []Play
	for i := s.Index - 1; i < len(plays); i += s.Count {
		part = append(part, plays[i])
	}
	return part
}

// Tagged returns the plays that have one of the tags; all where there are none. A tag
// behind "!" leaves those out that have it.
func Tagged(plays []Play, tags []string) []Play {
	var wanted, unwanted []string
	for _, t := range tags {
		if name, not := strings.CutPrefix(t, "!"); not {
			unwanted = append(unwanted, name)
		} else {
			wanted = append(wanted, t)
		}
	}
	var some []Play
	for _, p := range plays {
		if (len(wanted) == 0 || p.Scenario.Has(wanted)) && !p.Scenario.Has(unwanted) {
			some = append(some, p)
		}
	}
	return some
}
