package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/cmd/till/internal/wire"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/issuer/message"
)

// ISO8583 decodes messages between terminal and issuer.
type ISO8583 struct {
	wire.Look
	Hex Bytes `arg:"" optional:"" help:"A message as hexadecimal digits; with --framing, frames. Default: they are read from standard input."`
}

// Help is the text of the help page.
func (*ISO8583) Help() string {
	return `Prints the data elements of a message, chip data in DE 55 as a tree whatever their
form on the line. Account numbers and track data are masked, a PIN block is never
shown. Where a message is wrong, what stands before the fault is printed, and the
fault names the element. With --framing the bytes are one or more frames, as they
travel.

Examples:

  $ till decode iso8583 1814 0230010002800000 1123140559 000047 261123150558 0831 0800 54494C4C30303031
  MTI      message type identifier                1814  network management request response
    DE 7   date and time, transmission            1123140559
    DE 11  systems trace audit number             000047
    DE 12  date and time, local transaction       261123150558
    DE 24  function code                          831  echo test
    DE 39  action code                            800  network management accepted
    DE 41  card acceptor terminal identification  TILL0001

  $ echo 3030353530383030383232303030303030303030303030303034303030303030303030303030303031313233313430353539303030303437333031 | till decode iso8583 --dialect iso87 --framing ascii
  MTI      message type identifier              0800  network management request
    DE 7   date and time, transmission          1123140559
    DE 11  systems trace audit number           000047
    DE 70  network management information code  301  echo test
`
}

// inputBytesMax bounds what is read from standard input.
const inputBytesMax = 1 << 20

// readFrom takes the digits from a stream where no argument has any.
func (d *ISO8583) readFrom(r io.Reader) error {
	if len(d.Hex) > 0 {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(r, inputBytesMax))
	if err != nil {
		return fmt.Errorf("read bytes: %w", err)
	}
	d.Hex = Bytes{string(text)}
	return nil
}

func (d *ISO8583) decode(view explain.View) (items []explain.Item, err error) {
	dialect, framing, err := d.Open()
	if err != nil {
		return nil, err
	}
	b, err := d.Hex.parse()
	if err != nil {
		return nil, err
	}
	if framing == nil {
		item, err := dialect.Describe(b, view)
		return []explain.Item{item}, err
	}
	return describeFrames(dialect, *framing, b, view)
}

// describeFrames explains one frame after the other.
func describeFrames(d *message.Dialect, f message.Framing, b []byte, view explain.View) (items []explain.Item, err error) {
	for r := bytes.NewReader(b); ; {
		frame, err := f.Read(r)
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		if frame.IsPoll() {
			items = append(items, explain.Item{Label: "poll", Text: "the line is in use"})
			continue
		}
		item, err := d.Describe(frame.Message, view)
		items = append(items, item)
		if err != nil {
			return items, err
		}
	}
}
