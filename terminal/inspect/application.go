package inspect

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data objects of an application. EMV Book 3, Annex A.
const (
	tagFormat2         emv.Tag = 0x77
	tagFormat1         emv.Tag = 0x80
	tagAIP             emv.Tag = 0x82
	tagCommandTemplate emv.Tag = 0x83
	tagAFL             emv.Tag = 0x94
	tagLastOnlineATC   emv.Tag = 0x9F13
	tagPINTryCounter   emv.Tag = 0x9F17
	tagATC             emv.Tag = 0x9F36
	tagPDOL            emv.Tag = 0x9F38
	tagLogFormat       emv.Tag = 0x9F4F
)

// recordsMax is the number of records of an application that are read.
const recordsMax = 256

// application selects an application and reads what it shows to anybody.
func (l *look) application(name []byte) error {
	r, err := l.exchange(apdu.Select(name, apdu.First))
	if err != nil {
		return err
	}
	a := Application{Name: name, SW: r.SW, FCI: secret.New(r.Data)}
	if r.SW == apdu.SWSuccess {
		err = l.read(&a, tlv.FindDeep(r.Data, tagPDOL))
	}
	l.card.Applications = append(l.card.Applications, a)
	return err
}

func (l *look) read(a *Application, pdol []byte) error {
	if err := l.options(a, pdol); err != nil {
		return err
	}
	for _, e := range a.AFL {
		for n := int(e.First); n <= int(e.Last) && len(a.Records) < recordsMax; n++ {
			r, err := l.exchange(apdu.ReadRecord(e.SFI, byte(n)))
			if err != nil {
				return err
			}
			a.Records = append(a.Records, Record{SFI: e.SFI, Number: byte(n), SW: r.SW, Content: secret.New(r.Data)})
		}
	}
	return l.data(a)
}

// options sends GET PROCESSING OPTIONS. A card that refuses shows no files.
func (l *look) options(a *Application, pdol []byte) error {
	list, err := tlv.ParseDOL(pdol)
	template := tlv.Append(nil, tagCommandTemplate, list.Append(nil, l.lookup))
	if err != nil || len(template) > apdu.DataBytesMax {
		a.Malformed = true
		return nil
	}
	r, err := l.exchange(apdu.GetProcessingOptions(template))
	if err != nil {
		return err
	}
	if a.Options = r.SW; r.SW == apdu.SWSuccess {
		a.Malformed = !a.setOptions(r.Data)
	}
	return nil
}

func (l *look) lookup(tag emv.Tag) (value []byte, format emv.Format, ok bool) {
	if l.config.Terminal == nil {
		return nil, 0, false
	}
	return l.config.Terminal(tag)
}

// setOptions reads AIP and AFL in either format, and reports whether they can be
// read. A tap may come without AFL. EMV Book 3, 6.5.8.4.
func (a *Application) setOptions(b []byte) bool {
	e, rest, err := tlv.Next(b)
	if err != nil || len(rest) != 0 {
		return false
	}
	var aip, afl []byte
	switch {
	case e.Tag == tagFormat1 && len(e.Value) >= len(emv.AIP{}):
		aip, afl = e.Value[:len(emv.AIP{})], e.Value[len(emv.AIP{}):]
	case e.Tag == tagFormat2:
		aip, afl = tlv.FindDeep(e.Value, tagAIP), tlv.FindDeep(e.Value, tagAFL)
	}
	if a.AIP, err = emv.ParseField[emv.AIP](aip); err != nil {
		return false
	}
	if len(afl) > 0 {
		a.AFL, err = emv.ParseAFL(afl)
	}
	return err == nil
}

// data asks for the data objects that a terminal may ask for. EMV Book 3, 6.5.7.
func (l *look) data(a *Application) error {
	for _, tag := range []emv.Tag{tagATC, tagLastOnlineATC, tagPINTryCounter, tagLogFormat} {
		r, err := l.exchange(apdu.GetData(tag))
		if err != nil {
			return err
		}
		if e, _, err := tlv.Next(r.Data); err == nil && r.SW == apdu.SWSuccess && e.Tag == tag {
			a.Data = append(a.Data, Object{Tag: tag, Value: secret.New(e.Value)})
		}
	}
	return nil
}
