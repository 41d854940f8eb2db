package benchcmd

import (
	"fmt"
	"io"
	"time"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// progress tells on a terminal how far a run is. Elsewhere it is quiet.
type progress struct {
	out     io.Writer
	total   int
	endless bool
	began   time.Time
	quiet   bool
}

// clearLine goes to the start of the line and clears it. ECMA-48.
const clearLine = "\r\x1b[K"

func newProgress(w io.Writer, total int, endless bool) *progress {
	return &progress{out: w, total: total, endless: endless, began: time.Now(), quiet: cli.Width(w) == 0}
}

// tell tells how far the run is.
func (p *progress) tell(played, failed int) {
	if p.quiet {
		return
	}
	fmt.Fprint(p.out, clearLine+p.line(played, failed, time.Since(p.began)))
}

// line is what is told.
func (p *progress) line(played, failed int, took time.Duration) string {
	text := fmt.Sprintf("%d of %d", played, p.total)
	if p.endless {
		text = fmt.Sprintf("%d", played)
	}
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if !p.endless && played > 0 {
		left := took / time.Duration(played) * time.Duration(max(0, p.total-played))
		text += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	return text
}

// clear makes room for other lines.
func (p *progress) clear() {
	if !p.quiet {
		fmt.Fprint(p.out, clearLine)
	}
}

func (p *progress) end() { p.clear() }
