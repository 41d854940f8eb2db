package cardcmd

import (
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
)

// face is what a card says of an application to anybody.
type face struct{ label, expires string }

// The data objects that a face is read from. EMV Book 3, Annex A.
const (
	tagLabel          emv.Tag = 0x50
	tagExpirationDate emv.Tag = 0x5F24
)

// faceOf reads the face of an application; what is not there is empty.
func faceOf(a image.Application) (f face) {
	f.label = strings.TrimSpace(string(tlv.FindDeep(a.Contact.FCI, tagLabel)))
	if date, err := emv.ParseDate(findInFiles(a.Files, tagExpirationDate)); err == nil {
		f.expires = fmt.Sprintf("%04d-%02d", date.Year, int(date.Month))
	}
	return f
}
