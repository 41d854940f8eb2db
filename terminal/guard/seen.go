package guard

import (
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// The data objects that say whose a card is, and how many tries it has left. EMV
// Book 3, Annex A.
const (
	tagPAN               emv.Tag = 0x5A
	tagTrack2            emv.Tag = 0x57
	tagCAPublicKeyIndex  emv.Tag = 0x8F
	tagIssuerCertificate emv.Tag = 0x90
	tagIssuerRemainder   emv.Tag = 0x92
	tagIssuerExponent    emv.Tag = 0x9F32
	tagPINTryCounter     emv.Tag = 0x9F17
	tagRecord            emv.Tag = 0x70
)

// triesUnknown is the number of tries of a card that does not tell.
const triesUnknown = -1

// seen is what a card has told since its application was selected.
type seen struct {
	command apdu.Command // that the answers belong to; GET RESPONSE fetches for the one before
	answer  secret.Value // pieces of it that have come
	pan     account.PAN
	public  map[emv.Tag][]byte // index and certificate
	tries   int
}

func nothingSeen() seen { return seen{tries: triesUnknown} }

// answerBytesMax is the longest answer that is put together, in bytes.
const answerBytesMax = 16 * apdu.MaxLe

// hear takes notice of a command that goes to the card. With another application
// nothing is known any more.
func (s *seen) hear(command []byte) {
	c, err := apdu.ParseCommand(command)
	if err == nil && c.INS == apdu.INSGetResponse {
		return
	}
	s.answer = secret.Value{}
	c.Data = nil // a PIN, perhaps
	switch c.INS {
	case apdu.INSSelect:
		*s = nothingSeen()
	case apdu.INSVerify:
		s.tries = triesUnknown // it may be spent though no answer comes
	}
	s.command = c
}

// learn takes notice of an answer, or of a piece of one.
func (s *seen) learn(response []byte) {
	r, err := apdu.ParseResponse(response)
	if err != nil || r.SW.WrongLe() {
		return
	}
	if s.command.INS == apdu.INSVerify {
		if left, counted := r.SW.TriesLeft(); counted {
			s.tries = left
		}
		return
	}
	var answer []byte
	s.answer.Open(func(before []byte) { answer = slices.Concat(before, r.Data) })
	defer secret.Wipe(answer)
	s.answer = secret.Value{}
	switch {
	case r.SW.BytesAvailable() && len(answer) <= answerBytesMax:
		s.answer = secret.New(answer)
	case r.SW == apdu.SWSuccess:
		s.note(answer)
	}
}

// note keeps what is wanted of a whole answer.
func (s *seen) note(data []byte) {
	switch s.command.INS {
	case apdu.INSGetData:
		if value, ok, err := tlv.Find(data, tagPINTryCounter); err == nil && ok && len(value) == 1 {
			s.tries = int(value[0])
		}
	case apdu.INSReadRecord:
		if record, ok, err := tlv.Find(data, tagRecord); err == nil && ok {
			s.noteRecord(record)
		}
	}
}

// noteRecord keeps the first value of each data object, as a terminal does.
func (s *seen) noteRecord(record []byte) {
	for e, err := range tlv.Elements(record) {
		if err != nil {
			return
		}
		switch e.Tag {
		case tagPAN, tagTrack2:
			s.noteAccount(e)
		case tagCAPublicKeyIndex, tagIssuerCertificate, tagIssuerRemainder, tagIssuerExponent:
			if s.public == nil {
				s.public = map[emv.Tag][]byte{}
			}
			if _, ok := s.public[e.Tag]; !ok {
				s.public[e.Tag] = slices.Clone(e.Value)
			}
		}
	}
}

func (s *seen) noteAccount(e tlv.Element) {
	if !s.pan.IsZero() {
		return
	}
	if e.Tag == tagPAN {
		s.pan, _ = account.DecodePAN(e.Value) // zero where it is none
		return
	}
	if track2, err := account.DecodeTrack2(e.Value); err == nil {
		s.pan = track2.PAN()
	}
}

// certifiedBy reports whether the card has an issuer certificate of one of the keys,
// for its account number, and that is a test number. The keys are the same for all
// RIDs. Whether the certificate has expired does not matter.
func (s *seen) certifiedBy(keys []oda.CAPublicKey) bool {
	index := s.public[tagCAPublicKeyIndex]
	if len(index) != 1 || !s.pan.IsTestNumber() {
		return false
	}
	return slices.ContainsFunc(keys, func(key oda.CAPublicKey) bool {
		if key.Index != index[0] {
			return false
		}
		_, err := oda.Chain{CA: key.Key, Data: s.read, Terms: oda.Terms{PAN: s.pan, Skip: oda.CheckExpiry}}.Issuer()
		return err == nil
	})
}

func (s *seen) read(tag emv.Tag) (value []byte, ok bool) {
	value, ok = s.public[tag]
	return value, ok
}
