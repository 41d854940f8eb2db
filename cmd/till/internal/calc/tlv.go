package calc

import (
	"strconv"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
)

// TLV takes BER-TLV data objects apart.
type TLV struct {
	Hex Hex `json:"hex" placeholder:"HEX" help:"Data objects."`
}

// Help is the text of the help page.
func (*TLV) Help() string {
	return `Prints the tree of data objects in order. Repeated tags are kept, zero bytes
between data objects are skipped. All values are shown as they are given, account
numbers too; "till decode tlv" masks them, and says what the values mean.

Examples:

  $ till calc tlv --hex 9F02060000000120009C0100
  9F02  000000012000
  9C    00

  $ echo '{"hex":"9C01FF"}' | till calc tlv --json
  {"tlv":[{"tag":"9C","value":"FF"}]}
`
}

// tlvOut is the tree of data objects.
type tlvOut struct {
	TLV []tlvNode `json:"tlv"`
}

// tlvNode is a data object with its value or its children, never both.
type tlvNode struct {
	Tag      string     `json:"tag"`
	Value    *Hex       `json:"value,omitempty"`
	Children *[]tlvNode `json:"children,omitempty"`
}

// Calculate parses the data objects.
func (c *TLV) Calculate(Env) (any, error) {
	if err := c.Hex.Required("hex"); err != nil {
		return nil, err
	}
	nodes, err := tlv.Parse(c.Hex)
	if err != nil {
		return nil, err
	}
	return tlvOut{TLV: tlvNodes(nodes)}, nil
}

func tlvNodes(nodes []tlv.Node) []tlvNode {
	out := make([]tlvNode, len(nodes))
	for i, n := range nodes {
		out[i].Tag = n.Tag.String()
		if n.Tag.Constructed() {
			children := tlvNodes(n.Children)
			out[i].Children = &children
			continue
		}
		value := Hex(n.Value)
		out[i].Value = &value
	}
	return out
}

// addTo shows the tree by indentation.
func (o tlvOut) addTo(table *cli.Table) { addTree(table, o.TLV, 0) }

func addTree(table *cli.Table, nodes []tlvNode, depth int) {
	for _, n := range nodes {
		label := strings.Repeat("  ", depth) + n.Tag
		if n.Children == nil {
			table.Row(label, n.Value.String())
			continue
		}
		table.Row(label)
		addTree(table, *n.Children, depth+1)
	}
}

// Explain names the data objects.
func (c *TLV) Explain(x *Explanation) {
	nodes, err := tlv.Parse(c.Hex)
	if err != nil {
		return
	}
	explainTree(x, nodes, 0)
}

func explainTree(x *Explanation, nodes []tlv.Node, depth int) {
	for _, n := range nodes {
		length := "length " + strconv.Itoa(len(n.Value))
		x.Step(strings.Repeat("  ", depth)+n.Tag.String(), length, elementName(n.Tag))
		explainTree(x, n.Children, depth+1)
	}
}

// elementName returns the dictionary's name of a data element.
func elementName(tag emv.Tag) string {
	if entry, ok := emv.Describe(tag); ok {
		return entry.Name
	}
	return "unknown data object"
}
