package kernel

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/tlv"
)

// scriptCommands takes the commands out of an issuer script template. Where one of
// them is no command there are none: nothing of such a template is sent. EMV Book
// 3, Annex E.
func scriptCommands(raw []byte) ([]apdu.Command, error) {
	list, err := openTemplate(raw, emv.Tag(raw[0]))
	if err != nil {
		return nil, err
	}
	var commands []apdu.Command
	for _, encoded := range list.all(tagScriptCommand) {
		command, err := apdu.ParseCommand(encoded)
		if err != nil {
			return nil, err
		}
		commands = append(commands, command)
	}
	return commands, nil
}

// scriptIdentifier reads the identifier of a template, if it can be read: also of
// one that is malformed behind it. EMV Book 4, 12.2.4.
func scriptIdentifier(raw []byte) (id [4]byte) {
	for e, err := range tlv.Elements(scriptBody(raw)) {
		if err != nil {
			break
		}
		if e.Tag == tagScriptIdentifier && len(e.Value) == len(id) {
			return [4]byte(e.Value)
		}
	}
	return id
}

// scriptBody returns what is in a template, or what there is of it where it is cut.
func scriptBody(raw []byte) []byte {
	if e, _, err := tlv.Next(raw); err == nil {
		return e.Value
	}
	header := 2 // tag and length
	if len(raw) > 1 && raw[1] > 0x80 {
		header += int(raw[1] & 0x7F)
	}
	return raw[min(header, len(raw)):]
}
