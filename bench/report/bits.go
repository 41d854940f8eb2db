package report

import (
	"github.com/f510b0cf/till/bench/story"
)

// bitPart says what bits mean: of a TVR, a TSI or CVM results.
type bitPart struct {
	Name  string
	Value string
	Means []string
}

// bitsOf explains the bits of a purchase.
func bitsOf(p story.Played) []bitPart {
	if p.Kernel == nil {
		return nil
	}
	tvr := bitPart{Name: "TVR", Value: p.Kernel.TVR, Means: p.Kernel.TVRMeans}
	if len(tvr.Means) == 0 {
		tvr.Means = []string{"nothing stands against the transaction"}
	}
	return []bitPart{tvr, {Name: "TSI", Value: p.Kernel.TSI, Means: p.Kernel.TSIMeans}, {Name: "CVM results", Value: p.Kernel.CVM, Means: []string{p.Kernel.CVMMeans}}}
}
