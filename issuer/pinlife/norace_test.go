//go:build !race

package pinlife_test

const raceEnabled = false
