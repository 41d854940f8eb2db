package calc

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// inputBytesMax bounds the JSON input, in bytes.
const inputBytesMax = 64 << 20

// failed is the result of a failed check.
type failed struct {
	Failure emv.Failure `json:"failure"`
}

// errNoPIN says that a case lacks the PIN that its calculation needs.
var errNoPIN = errors.New("a PIN is missing")

// runJSON calculates each case of the input and writes the results in order.
// Nothing is written where any case can not be read.
func runJSON(prototype Calculator, streams cli.Streams) error {
	input, err := io.ReadAll(io.LimitReader(streams.In, inputBytesMax+1))
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if len(input) > inputBytesMax {
		return fmt.Errorf("read input: more than %d MiB: split it", inputBytesMax>>20)
	}
	input = bytes.TrimSpace(input)
	if len(input) == 0 {
		return errors.New("read input: nothing on standard input, want a JSON object or an array of them")
	}
	if input[0] != '[' {
		result, failure, err := calculateJSON(prototype, input)
		if err != nil {
			return err
		}
		return writeJSON(streams.Out, result, failure)
	}
	return runJSONArray(prototype, input, streams.Out)
}

// runJSONArray does what runJSON does for an array.
func runJSONArray(prototype Calculator, input []byte, w io.Writer) error {
	var cases []json.RawMessage
	if err := json.Unmarshal(input, &cases); err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	results := make([]any, len(cases))
	anyFailed := false
	for i, c := range cases {
		result, failure, err := calculateJSON(prototype, c)
		if err != nil {
			return fmt.Errorf("case %d: %w", i+1, err)
		}
		results[i] = result
		anyFailed = anyFailed || failure
	}
	return writeJSON(w, results, anyFailed)
}

// calculateJSON reads one case into a fresh calculator of the prototype's type.
func calculateJSON(prototype Calculator, in []byte) (result any, failure bool, err error) {
	calculator := reflect.New(reflect.TypeOf(prototype).Elem()).Interface().(Calculator)
	decoder := json.NewDecoder(bytes.NewReader(in))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(calculator); err != nil {
		return nil, false, fmt.Errorf("read input: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false, errors.New("read input: more follows behind the object; put several into an array")
	}
	env := Env{Rand: rand.Reader, pin: func(cli.PINSource, string) (secret.Value, error) {
		return secret.Value{}, errNoPIN
	}}
	out, err := calculator.Calculate(env)
	if err == nil {
		return out, false, nil
	}
	var class emv.Failure
	if errors.As(err, &class) {
		return failed{Failure: class}, true, nil
	}
	return nil, false, fmt.Errorf("calculate: %w", err)
}

// writeJSON writes the result on one line. A failed check is an error without
// text: the result has said it.
func writeJSON(w io.Writer, result any, failure bool) error {
	if err := json.NewEncoder(w).Encode(result); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if failure {
		return cli.Failed{}
	}
	return nil
}
