package fault

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv/apdu"
)

// check finds what is wrong with a fault, one made without Parse included.
func (f Fault) check() error {
	if err := f.Point.check(); err != nil {
		return err
	}
	if (f.Action == Delay) != (f.Delay != 0) || f.Delay < 0 || f.Delay > delayMax {
		return fmt.Errorf("a delay is more than 0 and at most %s, and only delay has one", delayMax)
	}
	if f.Offset != 0 && !f.alters() {
		return errors.New("only alter has an offset")
	}
	return f.checkBytes()
}

// alters reports whether the fault changes bytes at an offset.
func (f Fault) alters() bool { return f.Action == AlterCommand || f.Action == AlterResponse }

func (f Fault) checkBytes() error {
	switch f.Action {
	case PullBefore, PullAfter, MuteBefore, MuteAfter, Delay:
		if len(f.Bytes) > 0 {
			return errors.New("bytes that the action does not use")
		}
	case AlterCommand, AlterResponse:
		if len(f.Bytes) == 0 || f.Offset < 0 || f.Offset > apduBytesMax-len(f.Bytes) {
			return fmt.Errorf("a mask has at least 1 byte and ends by byte %d", apduBytesMax)
		}
		if len(bytes.Trim(f.Bytes, "\x00")) == 0 {
			return errors.New("a mask of zeros alters nothing")
		}
	case Status:
		if len(f.Bytes) != statusBytes {
			return errors.New("a status word has 2 bytes")
		}
	case Swallow:
		if len(f.Bytes) < statusBytes || len(f.Bytes) > apdu.MaxLe+statusBytes {
			return fmt.Errorf("an answer has %d to %d bytes", statusBytes, apdu.MaxLe+statusBytes)
		}
	default:
		return errors.New("unknown action")
	}
	return nil
}

// statusBytes is the length of a status word.
const statusBytes = 2

func (p Point) check() error {
	switch {
	case p.Name != "" && !knownName(p.Name):
		return errors.New("no command has this name; names are those of EMV with _ for each space, as GENERATE_AC")
	case p.Every && (p.Name == "" || p.Number != 0):
		return errors.New(`"every" goes with the name of a command`)
	case !p.Every && (p.Number < 1 || p.Number > numberMax):
		return fmt.Errorf("commands are numbered from 1 to %d", numberMax)
	}
	return nil
}

// knownName reports whether there is a command with the name of a point.
func knownName(name string) bool {
	return !strings.Contains(name, " ") && apdu.KnownName(strings.ReplaceAll(name, "_", " "))
}

// pointName returns the name that a command has in points.
func pointName(command []byte) string {
	c, err := apdu.ParseCommand(command)
	if err != nil {
		return "malformed_command"
	}
	return strings.ReplaceAll(c.Name(), " ", "_")
}
