package message

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// freeElements may have another length than the edition gives them: the program
// passes them on.
var freeElements = elements(32, 33, 37, 41, 42, 43, 48, 52, 55, 63)

// readBy returns the elements that the structs of an edition know.
func readBy(e edition) (set elementSet) {
	set = elements(elementMAC, elementMAC2)
	rows := layouts1993
	if e.year() == 1987 {
		rows = layouts1987
	}
	for _, l := range rows {
		for n := range l.all().all() {
			set.add(n)
		}
	}
	return set
}

// all returns the elements that the messages may have.
func (l *layout) all() elementSet {
	return elementSet{l.mandatory[0] | l.optional[0], l.mandatory[1] | l.optional[1]}
}

var formats = map[string]format{"n": formatN, "an": formatAN, "ans": formatANS, "z": formatZ, "b": formatB}

// readElements exchanges rows, and adds some.
func readElements(r *rules, keys map[string]*yaml.Node) error {
	n := keys["elements"]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return atLine(n, "elements: want numbers of elements with their formats")
	}
	r.elements = slices.Clone(r.elements)
	seen := map[int]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		number, err := readNumber(n.Content[i])
		if err != nil {
			return err
		}
		if seen[number] {
			return atLine(n.Content[i], "element %d is there twice", number)
		}
		seen[number] = true
		if err := r.readElement(number, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// readNumber reads the number of an element other than the bitmaps.
func readNumber(n *yaml.Node) (int, error) {
	number, err := strconv.Atoi(n.Value)
	if err != nil || number < 2 || number > elementsMax || number == 65 {
		return 0, atLine(n, "%q is no element: want a number from 2 to %d, and not 65", n.Value, elementsMax)
	}
	return number, nil
}

func (r *rules) readElement(number int, n *yaml.Node) error {
	keys, err := mapping(n, "format", "length", "prefix", "name")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(r.elements, func(e element) bool { return e.number == number })
	row := element{number: number, name: "private"}
	if at >= 0 {
		row = r.elements[at]
	}
	if keys["format"] != nil {
		if row.format, err = oneOf(keys["format"], "format", formats); err != nil {
			return err
		}
	}
	if keys["name"] != nil {
		row.name = keys["name"].Value
	}
	for key, to := range map[string]*int{"length": &row.length, "prefix": &row.prefix} {
		if v := keys[key]; v != nil {
			if *to, err = strconv.Atoi(v.Value); err != nil {
				return atLine(v, "%s: want a number", key)
			}
		}
	}
	if err := r.checkElement(row, n); err != nil {
		return err
	}
	if at >= 0 {
		r.elements[at] = row
	} else {
		r.elements = append(r.elements, row)
	}
	return nil
}

// lengthMax is the longest element, in characters.
const lengthMax = 999

// checkElement checks that the program can work with a row.
func (r *rules) checkElement(row element, n *yaml.Node) error {
	if row.format == 0 || row.length < 1 || row.length > lengthMax || row.prefix < 0 || row.prefix > 3 {
		return atLine(n, "element %d: want a format, a length of 1 to %d, and a prefix of 0 to 3 digits", row.number, lengthMax)
	}
	if !readBy(r.edition).has(row.number) {
		return nil
	}
	rows := r.edition.elements()
	standard := rows[slices.IndexFunc(rows, func(e element) bool { return e.number == row.number })]
	if row.format != standard.format {
		return atLine(n, "element %d: the program reads it as format %s alone", row.number, standard.format)
	}
	if !freeElements.has(row.number) && (row.length != standard.length || row.prefix != standard.prefix) {
		return atLine(n, "element %d: the program reads it with length %d and prefix %d alone", row.number, standard.length, standard.prefix)
	}
	return nil
}

// check checks what no line alone can tell.
func (r *rules) check(root *yaml.Node) error {
	for _, e := range r.elements {
		unit := 1
		if e.format == formatB {
			unit = r.alphabet.bytes.size(1)
		}
		if digits := appendDigits(nil, uint64(e.length*unit), 0); e.prefix > 0 && len(digits) > e.prefix {
			return atLine(root, "element %d: a prefix of %d digits is too short for %d", e.number, e.prefix, e.length*unit)
		}
	}
	return r.checkMessages(root)
}
