package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/bench/plan"
	"github.com/f510b0cf/till/testdata"
)

// Scenario is a run with a name: one that has shown a mistake once, and must not do so
// again.
type Scenario struct {
	Name   string
	Title  string
	Config Config
}

// Suffix ends the names of files with a Scenario.
const Suffix = ".sim"

// scenarios is the folder of those that are part of the program.
const scenarios = "scenarios/sim"

// Scenarios returns those that are part of the program.
func Scenarios() (all []Scenario, err error) {
	names, err := fs.Glob(testdata.Scenarios, scenarios+"/*"+Suffix)
	for _, name := range names {
		text, err := fs.ReadFile(testdata.Scenarios, name)
		if err != nil {
			return nil, err
		}
		s, err := ParseScenario(path.Base(name), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, err
}

// ParseScenario reads the file of a scenario. Each line has a word and what belongs to
// it: title, profile, terminal, policy, seed, acts and plan; shuffle has nothing behind it. Acts and
// plan may be given in several lines. What follows a # is skipped.
func ParseScenario(name, text string) (s Scenario, err error) {
	s = Scenario{Name: strings.TrimSuffix(name, Suffix), Config: Config{Profile: ProfileDefault, Scan: true, AllStrike: true}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := s.line(word, strings.TrimSpace(rest)); err != nil {
			return s, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	if len(s.Config.Acts) == 0 {
		return s, fmt.Errorf("%s: a scenario needs acts", name)
	}
	return s, nil
}

func (s *Scenario) line(word, rest string) (err error) {
	c := &s.Config
	switch word {
	case "":
	case "title":
		s.Title = rest
	case "profile":
		c.Profile = rest
	case "terminal":
		c.Terminal = rest
	case "seed":
		c.Seed, err = strconv.ParseUint(rest, 10, 64)
		if err != nil {
			err = errors.New("seed wants a number")
		}
	case "policy":
		c.Policy, err = ParsePolicy(rest)
	case "shuffle":
		c.Shuffle = true
	case "acts":
		var more Acts
		more, err = ParseActs(rest)
		c.Acts = append(c.Acts, more...)
	case "plan":
		var more plan.Plan
		more, err = plan.ParsePlan(rest)
		c.Plan = append(c.Plan, more...)
	default:
		err = errors.New("want title, profile, terminal, policy, seed, shuffle, acts or plan")
	}
	return err
}

// String returns the text of a scenario, as ParseScenario reads it.
func (s Scenario) String() string {
	var b strings.Builder
	write := func(word, rest string) {
		if rest != "" {
			fmt.Fprintf(&b, "%s %s\n", word, rest)
		}
	}
	c := s.Config
	write("title", s.Title)
	write("profile", c.Profile)
	write("terminal", c.Terminal)
	write("policy", policyWords(c.Policy))
	write("seed", strconv.FormatUint(c.Seed, 10))
	if c.Shuffle {
		b.WriteString("shuffle\n")
	}
	write("acts", c.Acts.String())
	write("plan", c.Plan.String())
	return b.String()
}
