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

// runJSON calculates each case of the input and writes the results in order;
// why checks failed is told in the error. Nothing is written where any case can
// not be read.
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
	if input[0] == '[' {
		return runJSONArray(prototype, input, streams.Out)
	}
	result, reason, err := calculateJSON(prototype, input)
	if err != nil {
		return err
	}
	return writeJSON(streams.Out, result, reason)
}

// runJSONArray does what runJSON does for an array.
func runJSONArray(prototype Calculator, input []byte, w io.Writer) error {
	var cases []json.RawMessage
	if err := json.Unmarshal(input, &cases); err != nil {
		return fmt.Errorf("read input: %w", jsonComplaint(err))
	}
	results := make([]any, len(cases))
	var reasons []error
	for i, c := range cases {
		result, reason, err := calculateJSON(prototype, c)
		if err != nil {
			return fmt.Errorf("case %d: %w", i+1, err)
		}
		if reason != nil {
			reasons = append(reasons, fmt.Errorf("case %d: %w", i+1, reason))
		}
		results[i] = result
	}
	return writeJSON(w, results, errors.Join(reasons...))
}

// calculateJSON reads one case into a fresh calculator of the prototype's type.
// reason is why a check failed.
func calculateJSON(prototype Calculator, input []byte) (result any, reason, err error) {
	calculator := reflect.New(reflect.TypeOf(prototype).Elem()).Interface().(Calculator)
	if input[0] != '{' {
		return nil, nil, errors.New("read input: want a JSON object")
	}
	if err := decodeMembers(input, func(object []byte) error { return decodeStrictly(object, calculator) }); err != nil {
		return nil, nil, fmt.Errorf("read input: %w", err)
	}
	env := Env{Rand: rand.Reader, pin: func(cli.PINSource, string) (secret.Value, error) {
		return secret.Value{}, errNoPIN
	}}
	out, err := calculator.Calculate(env)
	var class emv.Failure
	if errors.As(err, &class) {
		return failed{Failure: class}, err, nil
	}
	return out, nil, err
}

// decodeMembers passes an object on to decode one member at a time, and objects
// in it likewise, so that an error can name the member.
func decodeMembers(object []byte, decode func(object []byte) error) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if t, err := decoder.Token(); err != nil || t != json.Delim('{') {
		return decode(object)
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return jsonComplaint(err)
		}
		member := key.(string) // where no string stands Token has failed
		if seen[member] {
			return about(speakable(member), cli.Complaint("given twice"))
		}
		seen[member] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return jsonComplaint(err)
		}
		err = decodeMembers(value, func(inner []byte) error {
			return decode(fmt.Appendf(nil, "{%s:%s}", quoted(member), inner))
		})
		if err != nil {
			return about(speakable(member), err)
		}
	}
	return endOf(decoder, object, seen, decode)
}

// endOf checks that an object ends and that nothing follows it. An object without
// members is passed on whole, since it is not the same as none.
func endOf(decoder *json.Decoder, object []byte, seen map[string]bool, decode func([]byte) error) error {
	if _, err := decoder.Token(); err != nil {
		return jsonComplaint(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return cli.Complaint("more follows behind the object; put several into an array")
	}
	if len(seen) == 0 {
		return decode(object)
	}
	return nil
}

// quoted returns a JSON string.
func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}

// decodeStrictly reads an object with one member.
func decodeStrictly(object []byte, calculator Calculator) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.DisallowUnknownFields()
	return jsonComplaint(decoder.Decode(calculator))
}

// jsonComplaint says in our words what is wrong with a JSON text: those of
// package json name Go types and quote the input.
func jsonComplaint(err error) error {
	var complaint cli.Complaint
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &complaint):
		return complaint
	case errors.As(err, &kind):
		return cli.Complaint(wanted(kind.Type))
	case errors.As(err, &syntax):
		return cli.Complaint(fmt.Sprintf("no JSON from byte %d on", syntax.Offset))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return cli.Complaint("the JSON text ends too early")
	}
	return cli.Complaint("no such member")
}

// wanted says what a member of that type looks like.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Hex](), reflect.TypeFor[Secret]():
		return "want a string of hexadecimal digits"
	case reflect.TypeFor[PAN](), reflect.TypeFor[PSN](), reflect.TypeFor[PINDigits]():
		return "want a string of digits"
	}
	switch t.Kind() {
	case reflect.String:
		return "want a string"
	case reflect.Slice:
		return "want an array"
	case reflect.Struct, reflect.Map:
		return "want an object"
	}
	return cli.Wanted(t)
}

// speakable returns the name of a member, or what stands for one that may be a
// key, an account number or a PIN.
func speakable(member string) string {
	if cli.Speakable(member) {
		return member
	}
	return "a member"
}

// writeJSON writes the result on one line.
func writeJSON(w io.Writer, result any, reason error) error {
	if err := json.NewEncoder(w).Encode(result); err != nil {
		return err
	}
	if reason != nil {
		return cli.Failed{Err: reason}
	}
	return nil
}
