package trace

import (
	"fmt"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
)

// commandItem says in words what a command is.
func (d *dialogue) commandItem(command []byte) explain.Item {
	item, err := explain.Command(command, explain.Masked)
	if err != nil {
		return explain.Item{Name: "malformed command", Value: hidden(command)}
	}
	c, _ := apdu.ParseCommand(command)
	if _, listed := d.listOf(c); listed {
		item.Value, item.Text = "", ""
		item.Items = items(d.commandElements(c))
	}
	return item
}

// responseItem says in words what came back.
func (d *dialogue) responseItem(response []byte) explain.Item {
	item, err := explain.Response(response, explain.Masked)
	if err != nil {
		return explain.Item{Name: "malformed response", Value: hidden(response)}
	}
	r, _ := apdu.ParseResponse(response)
	if value, ok := format1(r.Data); ok {
		item.Items = items(d.format1Elements(value))
	}
	return item
}

func items(parts []element) []explain.Item {
	all := make([]explain.Item, len(parts))
	for i, e := range parts {
		all[i] = e.item()
	}
	return all
}

// hidden stands for bytes that are not shown.
func hidden(b []byte) string { return fmt.Sprintf("[%d bytes]", len(b)) }
