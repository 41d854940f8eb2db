package profile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// reader reads the value of a key into a variable.
type reader = func(*yaml.Node) error

// flag reads true or false.
func flag(into *bool) reader {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			return errors.New("want true or false")
		}
		return n.Decode(into)
	}
}

// count reads a whole number from 0 to most.
func count(into *uint8, most uint8) reader {
	return func(n *yaml.Node) error {
		value, err := strconv.ParseUint(n.Value, 10, 8)
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || value > uint64(most) {
			return fmt.Errorf("want a number from 0 to %d", most)
		}
		*into = uint8(value)
		return nil
	}
}

// text reads printable ASCII characters, between least and most of them.
func text(into *string, least, most int) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil {
			return err
		}
		if len(s) < least || len(s) > most || strings.ContainsFunc(s, notPrintable) {
			return fmt.Errorf("want %s printable characters", span(least, most))
		}
		*into = s
		return nil
	}
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }

// span says how many of something are wanted.
func span(least, most int) string {
	if least == most {
		return strconv.Itoa(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

// decimal reads between least and most decimal digits.
func decimal[T uint16 | uint64](into *T, least, most int) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil {
			return err
		}
		value, err := strconv.ParseUint(s, 10, 64)
		if len(s) < least || len(s) > most || err != nil || strings.HasPrefix(s, "+") {
			return fmt.Errorf("want %s decimal digits", span(least, most))
		}
		*into = T(value)
		return nil
	}
}

// hexadecimal reads least to most bytes as pairs of hexadecimal digits. Folded
// lines may break them.
func hexadecimal(into *[]byte, least, most int) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil {
			return err
		}
		b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
		if err != nil || len(b) < least || len(b) > most {
			return fmt.Errorf("want %s bytes as pairs of hexadecimal digits", span(least, most))
		}
		*into = b
		return nil
	}
}

// bitField is a field whose bits have names.
type bitField[F emv.Field] interface {
	emv.Field
	Bits() []emv.Bit[F]
}

// bits reads a bit field: all its bytes as hexadecimal digits, or a list of the
// names of its bits.
func bits[F bitField[F]](into *F) reader {
	return func(n *yaml.Node) error {
		if n.Kind == yaml.SequenceNode {
			return readList(n, func(item *yaml.Node) error { return setNamed(into, item) })
		}
		var b []byte
		if err := hexadecimal(&b, len(*into), len(*into))(n); err != nil {
			return fmt.Errorf("%w, or a list of names of bits", err)
		}
		field, err := emv.ParseField[F](b)
		*into = field
		return err
	}
}

// setNamed sets the bit that a node names.
func setNamed[F bitField[F]](into *F, n *yaml.Node) error {
	var all F
	for i := range len(all) {
		all[i] = 0xFF
	}
	var names []string
	for _, bit := range all.Bits() {
		if n.Kind == yaml.ScalarNode && bit.String() == n.Value {
			(*into)[bit.Byte()-1] |= bit.Mask()
			return nil
		}
		names = append(names, bit.String())
	}
	return fmt.Errorf("no such bit, want one of %s", strings.Join(names, ", "))
}

// actionCode reads an action code, whose bits have the names of those of the
// TVR.
func actionCode(into *emv.ActionCode) reader {
	return func(n *yaml.Node) error {
		return bits((*emv.TVR)(into))(n)
	}
}

// dol reads a data object list as hexadecimal digits.
func dol(into *tlv.DOL) reader {
	return func(n *yaml.Node) error {
		var b []byte
		if err := hexadecimal(&b, 0, dolBytesMax)(n); err != nil {
			return err
		}
		list, err := tlv.ParseDOL(b)
		*into = list
		return err
	}
}

// dolBytesMax is the longest data object list, in bytes: what one data object
// of a card holds.
const dolBytesMax = 252

// amount reads an amount such as "12.34", in the smallest unit of a currency
// with that exponent.
func amount(into *uint64, exponent uint8) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil {
			return err
		}
		*into, err = ParseAmount(s, exponent)
		return err
	}
}
