package perso

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// sideData is what a terminal reads of one side of an application.
type sideData struct {
	objects map[emv.Tag][]byte
	signed  []byte // of the records that take part in offline data authentication
}

// read reads the records of an interface in the order of its AFL, as a terminal
// does. ok is false where some can not be read. EMV Book 3, 10.2.
func (c *checker) read(a image.Application, i image.Interface) (d sideData, ok bool) {
	d.objects = make(map[emv.Tag][]byte)
	if len(i.AFL) == 0 {
		c.fail("AFL names no record")
		return d, false
	}
	if _, err := emv.ParseAFL(i.AFL.Append(nil)); err != nil {
		c.fail("%v", err)
		return d, false
	}
	ok = true
	for _, entry := range i.AFL {
		for number := int(entry.First); number <= int(entry.Last); number++ {
			signed := number < int(entry.First)+int(entry.ODACount)
			ok = c.readRecord(&d, a.Files, entry.SFI, number, signed) && ok
		}
	}
	return d, ok
}

func (c *checker) readRecord(d *sideData, files []image.File, sfi uint8, number int, signed bool) bool {
	record := recordOf(files, sfi, number)
	if record == nil {
		c.fail("AFL names record %d of SFI %d, which is not there", number, sfi)
		return false
	}
	body, ok := c.record(sfi, number, record)
	if !ok {
		return false
	}
	for e := range tlv.Elements(body) {
		if _, twice := d.objects[e.Tag]; twice {
			c.fail("%s is there twice, the second in record %d of SFI %d", e.Tag, number, sfi)
		}
		d.objects[e.Tag] = e.Value
	}
	if !signed {
		return true
	}
	var err error
	if d.signed, err = oda.AppendRecord(d.signed, sfi, record); err != nil {
		c.fail("record %d of SFI %d: %v", number, sfi, err)
	}
	return err == nil
}

// recordOf returns a record, nil where it is not there.
func recordOf(files []image.File, sfi uint8, number int) []byte {
	for _, f := range files {
		if f.SFI == sfi && number >= 1 && number <= len(f.Records) {
			return f.Records[number-1]
		}
	}
	return nil
}
