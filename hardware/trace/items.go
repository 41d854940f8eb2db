package trace

import (
	"fmt"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
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

// responseItem says in words what came back: the status word, and the data
// objects of the answer that is complete now. Of a piece the length is shown.
func (d *dialogue) responseItem(response []byte) explain.Item {
	r, err := apdu.ParseResponse(response)
	if err != nil {
		return explain.Item{Name: "malformed response", Value: hidden(response)}
	}
	whole, ok := d.pieces.whole(r)
	defer secret.Wipe(whole)
	if !ok {
		return pieceItem(r)
	}
	answer := apdu.Response{Data: whole, SW: r.SW}.Encode()
	defer secret.Wipe(answer)
	item, _ := explain.Response(answer, explain.Masked)
	if value, ok := format1(whole); ok {
		item.Items = items(d.format1Elements(value))
	}
	return item
}

func pieceItem(r apdu.Response) explain.Item {
	item, _ := explain.Response(apdu.Response{SW: r.SW}.Encode(), explain.Masked)
	if len(r.Data) > 0 {
		item.Value = hidden(r.Data)
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
