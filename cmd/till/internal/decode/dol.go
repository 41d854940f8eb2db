package decode

import "github.com/f510b0cf/till/emv/explain"

// DOL decodes a data object list.
type DOL struct {
	Hex Bytes `arg:"" help:"The list as hexadecimal digits."`
}

// Help is the text of the help page.
func (*DOL) Help() string {
	return `Prints what a PDOL, CDOL, TDOL or DDOL asks for. To fill one see
"till calc dol".

Examples:

  $ till decode dol 9F3704 9F3501
  9F37  Unpredictable Number  4 bytes
  9F35  Terminal Type         1 byte
`
}

func (d *DOL) decode(explain.View) ([]explain.Item, error) {
	b, err := d.Hex.parse()
	if err != nil {
		return nil, err
	}
	return explain.DOL(b)
}
