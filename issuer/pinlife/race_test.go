//go:build race

package pinlife_test

const raceEnabled = true
