package conformance_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/f510b0cf/till/emv"
)

// goTests carry out the cases that are no single dialogue. They return what is
// wrong.
var goTests = map[string]func(t *testing.T, l *library) []string{
	"randomSelectionRates": randomSelectionRates,
	"unpredictableNumbers": unpredictableNumbers,
	"cvmOracle":            cvmOracle,
	"usageControl":         usageControl,
	"actionCodeBits":       actionCodeBits,
	"statusWordSweep":      statusWordSweep,
	"counterStatusWords":   counterStatusWords,
	"pulledAnywhere":       pulledAnywhere,
	"fileLocators":         fileLocators,
	"priorities":           priorities,
	"dates":                dates,
	"velocities":           velocities,
	"scriptsDrawn":         scriptsDrawn,
}

// repeated is the dialogue of an offline approval whatever random selection does.
func repeated(l *library, id string) (*definition, error) {
	d, err := l.define(source{id: id, statements: []statement{{verb: "like", rest: "trm"}}})
	if err == nil {
		d.values["tvr"] = "800000 ?? 00"
	}
	return d, err
}

// randomSelectionRates counts how often amounts are drawn, where the floor limit
// is 20.00, the threshold 10.00, the target 20 and the maximum 60 percent. The
// number that is drawn is 1 to 99, so n percent are n of 99. EMV Book 3, 10.6.2.
func randomSelectionRates(_ *testing.T, l *library) (problems []string) {
	const runs = 1000
	for amount, percent := range map[int]float64{500: 20, 999: 20, 1000: 20, 1500: 40, 1750: 50, 1999: 59.96} {
		drawn := 0
		for n := range runs {
			d, err := repeated(l, "TRM.RATE")
			if err != nil {
				return []string{err.Error()}
			}
			d.terminal["target"], d.terminal["maximum"], d.terminal["threshold"] = "20", "60", "1000"
			d.terminal["random"], d.tx["amount"] = fmt.Sprint("rate", n), fmt.Sprint(amount)
			d.values["amount"] = fmt.Sprintf("%012d", amount)
			o := d.run()
			if len(o.problems) > 0 {
				return o.problems
			}
			if o.result.TVR.Has(emv.TVRSelectedRandomly) {
				drawn++
			}
		}
		want := math.Floor(percent) / 99
		tolerance := 4 * math.Sqrt(want*(1-want)/runs)
		if have := float64(drawn) / runs; math.Abs(have-want) > tolerance {
			problems = append(problems, fmt.Sprintf("amount %d: drawn %.3f, want %.3f +- %.3f", amount, have, want, tolerance))
		}
	}
	return problems
}

// unpredictableNumbers looks for one that comes twice from one generator.
func unpredictableNumbers(_ *testing.T, l *library) (problems []string) {
	seen := map[string]int{}
	for n := range 500 {
		d, err := repeated(l, "TRM.NUMBER")
		if err != nil {
			return []string{err.Error()}
		}
		d.terminal["random"] = fmt.Sprint("number", n)
		o := d.run()
		if len(o.problems) > 0 {
			return o.problems
		}
		value, _ := o.result.Data.Value(0x9F37)
		if before, twice := seen[string(value)]; twice {
			problems = append(problems, fmt.Sprintf("transactions %d and %d have the same number", before, n))
		}
		seen[string(value)] = n
	}
	return problems
}
