package checkout

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/hardware/trace"
)

// traceFile is the file of a trace.
type traceFile struct{ *cli.OutFile }

// createTrace makes sure that a trace can be written before anything is done
// with a card. Without a path there is none.
func createTrace(path string) (traceFile, error) {
	f, err := cli.CreateOutFile("trace", path)
	return traceFile{f}, err
}

// write writes the recording in the format that the name of the file asks for.
func (t traceFile) write(r trace.Recording) error {
	return t.Write(func(w io.Writer) error {
		if !strings.HasSuffix(t.Path(), ".json") {
			return r.WriteText(w)
		}
		return json.NewEncoder(w).Encode(r)
	})
}

// discard removes what is not finished.
func (t traceFile) discard() { t.Discard() }
