package trace

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// The instructions that a dialogue follows. EMV Book 1, 11.3; Book 3, 6.5.
const (
	insVerify               = 0x20
	insExternalAuthenticate = 0x82
	insGetChallenge         = 0x84
	insInternalAuthenticate = 0x88
	insSelect               = 0xA4
	insGetProcessingOptions = 0xA8
	insGenerateAC           = 0xAE
	insReadRecord           = 0xB2
	insGetResponse          = 0xC0
	insGetData              = 0xCA
)

// The lists by which a terminal fills commands. EMV Book 3, Annex A.
const (
	tagCDOL1 emv.Tag = 0x8C
	tagCDOL2 emv.Tag = 0x8D
	tagPDOL  emv.Tag = 0x9F38
	tagDDOL  emv.Tag = 0x9F49
)

// dialogue is what the steps so far tell about the next one.
type dialogue struct {
	lists       map[emv.Tag]tlv.DOL // those of the selected application
	ins         byte                // of the command that answers belong to; GET RESPONSE fetches for the one before
	cryptograms int                 // GENERATE AC that were carried out since GET PROCESSING OPTIONS
	pieces      pieces              // of the answer that is being fetched
}

// hear takes notice of the command of a step, before its answer is looked at.
func (d *dialogue) hear(command []byte) {
	c, err := apdu.ParseCommand(command)
	d.pieces.hear(c)
	if err != nil || c.INS == insGetResponse {
		return
	}
	d.ins = c.INS
	switch c.INS {
	case insSelect:
		d.forget()
	case insGetProcessingOptions:
		d.cryptograms = 0
	}
}

// forget begins anew, after a reset or with another application.
func (d *dialogue) forget() { *d = dialogue{ins: d.ins} }

// learn takes notice of a whole step.
func (d *dialogue) learn(s step) {
	if !s.isCommand() {
		d.forget()
		return
	}
	s.open(func(command, response []byte) {
		d.hear(command)
		c, _ := apdu.ParseCommand(command)
		r, err := apdu.ParseResponse(response)
		if err != nil {
			return
		}
		if c.INS == insGenerateAC && carriedOut(r.SW) {
			d.cryptograms++
		}
		if whole, ok := d.pieces.whole(r); ok {
			defer secret.Wipe(whole)
			if nodes, err := tlv.Parse(whole); err == nil {
				d.note(nodes)
			}
		}
		d.pieces.learn(r)
	})
}

// carriedOut reports whether the card did what it was told; 61xx says so too.
func carriedOut(sw apdu.SW) bool { return sw == apdu.SWSuccess || sw.BytesAvailable() }

// note keeps the lists among data objects.
func (d *dialogue) note(nodes []tlv.Node) {
	for _, n := range nodes {
		switch n.Tag {
		case tagCDOL1, tagCDOL2, tagPDOL, tagDDOL:
			if list, err := tlv.ParseDOL(n.Value); err == nil {
				if d.lists == nil {
					d.lists = map[emv.Tag]tlv.DOL{}
				}
				d.lists[n.Tag] = list
			}
		}
		d.note(n.Children)
	}
}

// listOf returns the tag of the list by which the data of a command is filled.
func (d *dialogue) listOf(c apdu.Command) (tag emv.Tag, ok bool) {
	switch c.INS {
	case insGetProcessingOptions:
		return tagPDOL, true
	case insInternalAuthenticate:
		return tagDDOL, true
	case insGenerateAC:
		if d.cryptograms > 0 {
			return tagCDOL2, true
		}
		return tagCDOL1, true
	}
	return 0, false
}
