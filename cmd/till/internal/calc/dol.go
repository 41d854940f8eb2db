package calc

import (
	"fmt"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// DOL reads a data object list and, where values are given, fills it.
type DOL struct {
	DOL     Hex                            `json:"dol" name:"dol" placeholder:"HEX" help:"Data object list."`
	Values  tagValues                      `json:"values" name:"value" placeholder:"TAG=HEX" help:"Value of a data object; may be repeated. Absent ones are filled with zeros."`
	Formats byTag[formatName, *formatName] `json:"formats" name:"format" placeholder:"TAG=FORMAT" help:"Format that rules how a value is cut and filled: n, cn, b, a, an, ans or var. Default is the data element's own."`
}

// formatName is a format by its short name.
type formatName struct{ emv.Format }

// UnmarshalText reads the short name.
func (f *formatName) UnmarshalText(text []byte) (err error) {
	f.Format, err = emv.ParseFormat(string(text))
	return usage(err)
}

// Help is the text of the help page.
func (*DOL) Help() string {
	return `Reads a PDOL, CDOL1, CDOL2, TDOL or DDOL and, where values are given, fills it
as a terminal does: format n is cut and filled on the left, cn filled with F on
the right, all others cut and filled on the right. EMV Book 3, 5.4.

Examples:

  $ till calc dol --dol 9F02065F2A02
  9F02   6
  5F2A   2
  total  8

  $ till calc dol --dol 9F0206950582029F3704 --value 9F02=012000 --value 9F37=327273B9
  9F02   6   000000012000
  95     5   0000000000
  82     2   0000
  9F37   4   327273B9
  total  17  00000001200000000000000000327273B9
`
}

// dolOut is the list and, where values were given, the filled data.
type dolOut struct {
	Entries     []dolEntry `json:"entries"`
	TotalLength int        `json:"total_length"`
	Data        *Hex       `json:"data,omitempty"`
}

type dolEntry struct {
	Tag    string `json:"tag"`
	Length int    `json:"length"`
}

// Calculate parses the list and fills it.
func (c *DOL) Calculate(Env) (any, error) {
	if err := c.DOL.Required("dol"); err != nil {
		return nil, err
	}
	list, err := tlv.ParseDOL(c.DOL)
	if err != nil {
		return nil, err
	}
	out := dolOut{Entries: []dolEntry{}, TotalLength: list.Len()}
	for _, e := range list {
		out.Entries = append(out.Entries, dolEntry{Tag: e.Tag.String(), Length: e.Length})
	}
	if c.Values == nil {
		return out, nil
	}
	elements, err := c.elements()
	if err != nil {
		return nil, err
	}
	data := Hex(list.Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
		e, ok := elements[tag]
		return e.value, e.format, ok
	}))
	out.Data = &data
	return out, nil
}

// dolElement is a value with the format that rules its filling.
type dolElement struct {
	value  []byte
	format emv.Format
}

// elements returns the given values by tag, each with the format given for it or
// else its own.
func (c *DOL) elements() (map[emv.Tag]dolElement, error) {
	elements := map[emv.Tag]dolElement{}
	for name, value := range c.Values {
		tag, err := emv.ParseTag(name)
		if err != nil {
			return nil, about("values", usage(err))
		}
		elements[tag] = dolElement{value: value, format: ownFormat(tag)}
	}
	for name, format := range c.Formats {
		tag, err := emv.ParseTag(name)
		if err != nil {
			return nil, about("formats", usage(err))
		}
		if e, ok := elements[tag]; ok {
			e.format = format.Format
			elements[tag] = e
		}
	}
	return elements, nil
}

// ownFormat returns the format of a data element, binary where it is unknown.
func ownFormat(tag emv.Tag) emv.Format {
	if entry, ok := emv.Describe(tag); ok {
		return entry.Format
	}
	return emv.FormatB
}

// addTo shows each data object on a line, with its part of the data.
func (o dolOut) addTo(table *cli.Table) {
	var data Hex
	if o.Data != nil {
		data = *o.Data
	}
	at := 0
	for _, e := range o.Entries {
		part := ""
		if o.Data != nil {
			part = data[at : at+e.Length].String()
		}
		table.Row(e.Tag, fmt.Sprint(e.Length), part)
		at += e.Length
	}
	table.Row("total", fmt.Sprint(o.TotalLength), data.String())
}

// Explain names the data objects, and says by which format a value is fitted.
func (c *DOL) Explain(x *Explanation) {
	list, err := tlv.ParseDOL(c.DOL)
	if err != nil {
		return
	}
	elements, err := c.elements()
	if err != nil {
		return
	}
	for _, e := range list {
		fitted := "no value: zeros"
		if given, ok := elements[e.Tag]; ok {
			fitted = fmt.Sprintf("%s, format %s", cli.Count(len(given.value), "byte"), given.format)
		}
		x.Step(e.Tag.String(), fitted, elementName(e.Tag))
	}
}
