package explain

import (
	"cmp"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// Command explains a command APDU. The error wraps emv.ErrMalformed.
func Command(b []byte, view View) (Item, error) {
	c, err := apdu.ParseCommand(b)
	if err != nil {
		return Item{}, fmt.Errorf("explain command: %w", err)
	}
	header := c.Header()
	item := Item{Label: hexadecimal(header[:]), Name: c.Name(), Notes: parameters(c)}
	if c.Le > 0 {
		item.Notes = append(item.Notes, "expects up to "+plural(c.Le, "byte"))
	}
	switch {
	case len(c.Data) == 0:
	case c.Sensitive():
		item.Value = hidden(c.Data)
	case showsData(c):
		item.Value = hexadecimal(c.Data)
		if c.INS == apdu.INSSelect {
			item.Text = printable(c.Data)
		}
	default:
		explainData(&item, c.Data, view)
	}
	return item, nil
}

// parameters explains P1 and P2. EMV Book 1, 11.2 and 11.3; Book 3, 6.5.
func parameters(c apdu.Command) []string {
	switch c.INS {
	case apdu.INSSelect:
		if apdu.Occurrence(c.P2) == apdu.Next {
			return []string{"next occurrence"}
		}
	case apdu.INSReadRecord:
		return []string{fmt.Sprintf("record %d of SFI %d", c.P1, c.P2>>3)}
	case apdu.INSGetData, apdu.INSPutData:
		return []string{nameOf(parameterTag(c))}
	case apdu.INSGenerateAC:
		return generateACParameters(c.P1)
	case apdu.INSVerify:
		if c.P2 == verifyEnciphered {
			return []string{"enciphered PIN"}
		}
		return []string{"plaintext PIN"}
	}
	return nil
}

// verifyEnciphered is P2 of VERIFY for an enciphered PIN. EMV Book 3, 6.5.12.2.
const verifyEnciphered = 0x88

// parameterTag returns the tag that P1 and P2 hold: one byte in P2, or two.
func parameterTag(c apdu.Command) emv.Tag { return emv.Tag(c.P1)<<8 | emv.Tag(c.P2) }

func generateACParameters(p1 byte) []string {
	notes := []string{"asks for " + emv.ACType(p1>>6).String()}
	if p1&0x10 != 0 {
		notes = append(notes, "with CDA")
	}
	return notes
}

// showsData reports whether the data field of a command may be shown though it
// is no TLV: it is a name, a cryptogram, or values of a data object list.
func showsData(c apdu.Command) bool {
	switch c.INS {
	case apdu.INSSelect, apdu.INSExternalAuthenticate, apdu.INSInternalAuthenticate, apdu.INSGenerateAC:
		return true
	case apdu.INSPutData:
		entry, known := emv.Describe(parameterTag(c))
		return known && !entry.Sensitive
	}
	return false
}

// Response explains a response APDU that is a whole answer. Where its status
// word says that it is a piece of one, 61xx or 6Cxx, its data is not taken for
// data objects and shown in the clear view alone. The error wraps
// emv.ErrMalformed.
func Response(b []byte, view View) (Item, error) { return explainResponse(b, false, view) }

// ResponseTo does what Response does for the response to a command. To GET
// RESPONSE that is a piece, too: it can begin in the middle of an account number,
// and look like data objects there. The error wraps emv.ErrMalformed.
func ResponseTo(command, b []byte, view View) (Item, error) {
	c, err := apdu.ParseCommand(command)
	return explainResponse(b, err == nil && c.INS == apdu.INSGetResponse, view)
}

func explainResponse(b []byte, piece bool, view View) (Item, error) {
	r, err := apdu.ParseResponse(b)
	if err != nil {
		return Item{}, fmt.Errorf("explain response: %w", err)
	}
	item := Item{Label: fmt.Sprintf("%04X", uint16(r.SW)), Name: cmp.Or(r.SW.Describe(), "unknown status")}
	switch {
	case len(r.Data) == 0:
	case piece || r.SW.BytesAvailable() || r.SW.WrongLe():
		item.Value = bytesValue(r.Data, view)
	default:
		explainData(&item, r.Data, view)
	}
	return item, nil
}

// explainData explains a data field as data objects where it is made of them
// and nothing else. Other bytes could be anything, a piece of a record among
// them, so that they are shown in the clear view alone.
func explainData(item *Item, data []byte, view View) {
	nodes, err := tlv.Parse(data)
	if err == nil && allKnown(nodes) {
		item.Items = explainNodes(nodes, view)
		return
	}
	item.Value = bytesValue(data, view)
}

// bytesValue returns bytes of which nothing is known.
func bytesValue(b []byte, view View) string {
	if view == Masked {
		return hidden(b)
	}
	return hexadecimal(b)
}

// allKnown reports whether each tag of the first level is in the dictionary:
// values of a data object list can look like TLV by chance.
func allKnown(nodes []tlv.Node) bool {
	for _, n := range nodes {
		if _, ok := emv.Describe(n.Tag); !ok {
			return false
		}
	}
	return len(nodes) > 0
}
