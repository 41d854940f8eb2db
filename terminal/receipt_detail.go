package terminal

import (
	"fmt"
	"io"
	"math/bits"
	"text/tabwriter"

	"github.com/f510b0cf/till/terminal/kernel"
)

// WriteDetail writes what the kernel decided, phase by phase, and then each bit of
// the TVR in words with the rule that set it and the values compared.
func (r *Receipt) WriteDetail(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	phase := ""
	for _, s := range r.Result.Steps {
		label := s.Phase.String()
		if label == phase {
			label = ""
		} else {
			phase = label
		}
		fmt.Fprintf(table, "%s\t%s\n", label, s.Text)
	}
	for _, f := range byBit(r.Result) {
		fmt.Fprintf(table, "TVR byte %d bit %d\t%s\n", f.Bit.Byte(), bits.Len8(f.Bit.Mask()), f.Bit.Text())
		fmt.Fprintf(table, "\t%s: %s\n", f.Rule, f.Why)
	}
	return table.Flush()
}

// byBit returns the findings in the order of the TVR.
func byBit(r *kernel.Result) []kernel.Finding {
	var ordered []kernel.Finding
	for _, bit := range r.TVR.Bits() {
		for _, f := range r.Findings {
			if f.Bit == bit {
				ordered = append(ordered, f)
			}
		}
	}
	return ordered
}
