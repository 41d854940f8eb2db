package sim

import "strings"

// Story is what people do in runs whose faults are stepped through.
type Story struct {
	Name    string
	Profile string
	Acts    string
}

// Stories returns those of the simulation: they come by every kind of place at which a
// fault can strike.
func Stories() []Story {
	return []Story{
		{"change", "sim", "activate; change; insert 1; insert 1"},
		{"first", "sim-first", "activate; change; insert 1; insert 2"},
		{"row", "sim", "activate; change; insert 1; change; insert 1; insert 1; change; insert 1"},
		{"busy", "sim", "activate; change; insert 1; tap 1; meanwhile change; wrong 2; order 1; unblock; meanwhile stranger; forge 2"},
	}
}

// config returns the run of a story.
func (s Story) config(c Config) Config {
	acts, err := ParseActs(s.Acts)
	if err != nil {
		panic("sim: " + err.Error()) // the stories are ours
	}
	c.Acts = acts
	if c.Profile == "" {
		c.Profile = s.Profile
	}
	return c
}

// StoryNames returns the names of the stories, with commas between them.
func StoryNames() string {
	var names []string
	for _, s := range Stories() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}
