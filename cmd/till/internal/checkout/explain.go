package checkout

import (
	"fmt"
	"io"
	mathbits "math/bits"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/terminal/kernel"
)

// explain writes what was decided, phase by phase, and the bits of the TVR in
// words; then an empty line.
func explain(r *kernel.Result, w io.Writer) error {
	var table cli.Table
	phase := ""
	for _, s := range r.Steps {
		label := ""
		if s.Phase.String() != phase {
			phase = s.Phase.String()
			label = phase
		}
		table.Row(label, s.Text)
	}
	for _, b := range r.TVR.Bits() {
		table.Row(fmt.Sprintf("TVR byte %d bit %d", b.Byte(), mathbits.Len8(b.Mask())), b.Text())
	}
	if err := table.Print(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
