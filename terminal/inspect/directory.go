package inspect

import (
	"bytes"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data objects of directories. EMV Book 1, Annex B.
const (
	tagADFName        emv.Tag = 0x4F
	tagDirectoryEntry emv.Tag = 0x61
	tagDFName         emv.Tag = 0x84
	tagSFI            emv.Tag = 0x88
)

// The names of the payment system environments. EMV Book 1, 12.2.2; EMV
// Contactless Book B, 3.3.
const (
	paymentSystemEnvironment          = "1PAY.SYS.DDF01"
	proximityPaymentSystemEnvironment = "2PAY.SYS.DDF01"
)

// directorySFIMax is the highest short file identifier of a directory. EMV Book 1,
// 12.2.3.
const directorySFIMax = 10

// directoryRecordsMax is the number of records of a directory that are read.
const directoryRecordsMax = 32

// directory reads the payment system environment and returns the names in it.
func (l *look) directory() ([][]byte, error) {
	d := &l.card.Directory
	d.Name = paymentSystemEnvironment
	if l.config.Contactless {
		d.Name = proximityPaymentSystemEnvironment
	}
	r, err := l.exchange(apdu.Select([]byte(d.Name), apdu.First))
	if err != nil {
		return nil, err
	}
	if d.SW = r.SW; r.SW != apdu.SWSuccess {
		return nil, nil
	}
	d.FCI = secret.New(r.Data)
	names := namesIn(r.Data)
	sfi := tlv.FindDeep(r.Data, tagSFI)
	if l.config.Contactless || len(sfi) != 1 || sfi[0] < 1 || sfi[0] > directorySFIMax {
		return names, nil
	}
	for n := byte(1); n <= directoryRecordsMax; n++ {
		r, err := l.exchange(apdu.ReadRecord(sfi[0], n))
		if err != nil || r.SW == apdu.SWRecordNotFound {
			return names, err
		}
		d.Records = append(d.Records, Record{SFI: sfi[0], Number: n, SW: r.SW, Content: secret.New(r.Data)})
		names = join(names, namesIn(r.Data))
	}
	return names, nil
}

// tryAIDs selects AIDs and, as long as the names that the card answers with begin
// with one and are longer, their next occurrences. EMV Book 1, 12.3.3.
func (l *look) tryAIDs() (names [][]byte, err error) {
	for _, aid := range l.config.AIDs {
		occurrence := apdu.First
		for range applicationsMax {
			r, err := l.exchange(apdu.Select(aid, occurrence))
			if err != nil {
				return nil, err
			}
			name := tlv.FindDeep(r.Data, tagDFName)
			if r.SW.Class() == apdu.Error || !bytes.HasPrefix(name, aid) {
				break
			}
			names = join(names, [][]byte{name})
			if len(name) == len(aid) {
				break
			}
			occurrence = apdu.Next
		}
	}
	return names, nil
}

// aidBytesMax is the longest name that SELECT can have. EMV Book 1, 12.2.1.
const aidBytesMax = 16

// namesIn returns the names of the directory entries at any depth. What can not be
// parsed has none.
func namesIn(b []byte) (names [][]byte) {
	nodes, err := tlv.Parse(b)
	if err != nil {
		return nil
	}
	var visit func(nodes []tlv.Node)
	visit = func(nodes []tlv.Node) {
		for _, n := range nodes {
			if name := tlv.FindDeep(n.Value, tagADFName); n.Tag == tagDirectoryEntry && len(name) > 0 && len(name) <= aidBytesMax {
				names = append(names, name)
				continue
			}
			visit(n.Children)
		}
	}
	visit(nodes)
	return names
}

// join adds the names that are not there yet.
func join(names, more [][]byte) [][]byte {
	for _, m := range more {
		if len(m) <= aidBytesMax && !slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, m) }) {
			names = append(names, m)
		}
	}
	return names
}
