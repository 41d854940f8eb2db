package perso

import (
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
)

// The names of the payment system environments. EMV Book 1, 12.2; EMV
// Contactless Book B, 3.3.
const (
	pseName  = "1PAY.SYS.DDF01"
	ppseName = "2PAY.SYS.DDF01"
)

// directorySFI is the file of the payment system directory.
const directorySFI = 1

// environments returns the PSE, unless the profile does without, and the PPSE
// where an application can be reached by a tap.
func (b *builder) environments(apps []image.Application) []image.Environment {
	var all []image.Environment
	if b.profile.PSE == nil || *b.profile.PSE {
		all = append(all, b.pse())
	}
	var entries []byte
	for i, a := range apps {
		if a.Contactless != nil {
			entries = appendEntry(entries, b.profile.Applications[i])
		}
	}
	if entries == nil {
		return all
	}
	discretionary := tlv.Append(nil, tagIssuerDiscretionary, entries)
	return append(all, image.Environment{Name: []byte(ppseName), FCI: fciTemplate([]byte(ppseName), discretionary)})
}

// pse has one record for each application. EMV Book 1, 12.2.3.
func (b *builder) pse() image.Environment {
	file := image.File{SFI: directorySFI}
	for _, text := range b.profile.Applications {
		file.Records = append(file.Records, tlv.Append(nil, tagRecord, appendEntry(nil, text)))
	}
	p := tlv.Append(nil, tagDirectorySFI, []byte{directorySFI})
	if language := b.profile.Applications[0].Language; language != "" {
		p = tlv.Append(p, tagLanguage, []byte(language))
	}
	return image.Environment{Name: []byte(pseName), FCI: fciTemplate([]byte(pseName), p), File: &file}
}

// appendEntry appends the directory entry of an application.
func appendEntry(dst []byte, text application) []byte {
	entry := tlv.Append(nil, tagAID, text.AID)
	entry = tlv.Append(entry, tagLabel, []byte(text.Label))
	return tlv.Append(dst, tagDirectoryEntry, appendPriority(entry, text))
}
