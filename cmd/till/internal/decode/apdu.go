package decode

import "github.com/f510b0cf/till/emv/explain"

// APDU decodes a command APDU and the answer to it.
type APDU struct {
	Command  string `arg:"" help:"Command APDU as hexadecimal digits; - for none."`
	Response string `arg:"" optional:"" help:"Response APDU, status word included."`
}

// Help is the text of the help page.
func (*APDU) Help() string {
	return `Prints the name, the parameters and the data of a command, and the status word
and the data of the answer. The data of VERIFY and PIN CHANGE/UNBLOCK is never
shown. A piece of an answer, with 61xx or in answer to GET RESPONSE, is hidden.

Examples:

  $ till decode apdu 0020008008241234FFFFFFFFFF 63C2
  00200080  VERIFY  [8 bytes]
        plaintext PIN
  63C2      wrong PIN, 2 tries left

  $ till decode apdu - 9F360200069000
  9000    success
    9F36  Application Transaction Counter (ATC)  0006
`
}

func (d *APDU) decode(view explain.View) ([]explain.Item, error) {
	var items []explain.Item
	var command []byte
	if d.Command != "-" {
		var err error
		if command, err = (Bytes{d.Command}).parse(); err != nil {
			return nil, err
		}
		item, err := explain.Command(command, view)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	if d.Response != "" || d.Command == "-" {
		b, err := Bytes{d.Response}.parse()
		if err != nil {
			return nil, err
		}
		item, err := explain.ResponseTo(command, b, view)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
