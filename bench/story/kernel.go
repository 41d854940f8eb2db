package story

import (
	"fmt"

	"github.com/f510b0cf/till/terminal/kernel"
)

// Kernel is what the terminal's kernel found in a purchase, in bits and in words.
type Kernel struct {
	TVR      string   `json:"tvr"`
	TVRMeans []string `json:"tvr_means"` // a bit each, with why it was set
	TSI      string   `json:"tsi"`
	TSIMeans []string `json:"tsi_means"`
	CVM      string   `json:"cvm_results"`
	CVMMeans string   `json:"cvm_means"`
}

// kernel returns what the kernel found; nil where there was no purchase with a card.
func (o *outcome) kernel() *Kernel {
	if o.receipt == nil {
		return nil
	}
	r := o.receipt.Result
	k := &Kernel{
		TVR: r.TVR.String(), TSI: r.TSI.String(), TSIMeans: r.TSI.Names(),
		CVM: fmt.Sprintf("%X", r.CVMResults[:]), CVMMeans: o.receipt.Verification(),
	}
	for _, f := range r.Findings {
		k.TVRMeans = append(k.TVRMeans, finding(f))
	}
	return k
}

// finding says in words which bit was set, by which rule, and why.
func finding(f kernel.Finding) string {
	text := fmt.Sprintf("%s (%s)", f.Bit, f.Rule)
	if f.Why != "" {
		text += ": " + f.Why
	}
	return text
}
