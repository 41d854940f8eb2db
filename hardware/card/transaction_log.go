package card

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
)

// log returns the transaction log that the session can read, or nil: that of the
// selected application.
func (s *session) log() *image.Log {
	if s.phase == phaseEnvironment {
		return nil
	}
	return s.application().Log
}

// readLog answers READ RECORD of the log: the values of the log format, without a
// template; record 1 is the latest. EMV Book 3, Annex D.
func (s *session) readLog(number int) ([]byte, apdu.SW) {
	entries := s.remembered().log
	if number > len(entries) {
		return nil, apdu.SWRecordNotFound
	}
	return entries[number-1], apdu.SWSuccess
}

// logEntry returns the entry for the transaction that ends with a cryptogram of
// that type: what the terminal has sent, the latest of it, and what the card
// knows; zeros where neither has it.
func (s *session) logEntry(given emv.ACType, cdol2 []byte) []byte {
	a, t := s.application(), &s.transaction
	atc := t.input.ATC.Bytes()
	return a.Log.Format.Append(nil, func(tag emv.Tag) ([]byte, emv.Format, bool) {
		switch tag {
		case tagATC:
			return atc[:], emv.FormatB, true
		case tagCID:
			return []byte{byte(emv.NewCID(given, false, emv.ReasonNone))}, emv.FormatB, true
		}
		value, ok := s.terminalObject(tag, cdol2)
		return value, emv.FormatB, ok
	})
}

// entry returns the entry of the log, nil where there is no log.
func (s *session) entry(given emv.ACType, cdol2 []byte) []byte {
	if s.application().Log == nil {
		return nil
	}
	return s.logEntry(given, cdol2)
}

// addEntry puts an entry into the log, unless it is nil.
func (s *session) addEntry(a *applicationState, entry []byte) {
	if entry != nil {
		a.logTransaction(entry, s.application().Log.Records)
	}
}

// terminalObject returns the latest value that the terminal has sent of a data
// object in this transaction.
func (s *session) terminalObject(tag emv.Tag, cdol2 []byte) (value []byte, ok bool) {
	a, t := s.application(), &s.transaction
	if cdol2 != nil {
		if value, ok = object(a.CDOL2, cdol2, tag); ok {
			return value, true
		}
	}
	if value, ok = object(a.CDOL1, t.cdol1, tag); ok {
		return value, true
	}
	return object(s.side().PDOL, t.pdol, tag)
}
