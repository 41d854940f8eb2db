package cardcmd

import (
	"fmt"

	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/hardware/card"
)

// describe puts a card into words.
func describe(path string, icc *card.ICC) shownCard {
	img, status := icc.Present(), icc.Status()
	shown := shownCard{File: path, ATR: hexadecimal(img.ATR)}
	for i, a := range img.Applications {
		shown.Applications = append(shown.Applications, describeApplication(a, status[i]))
	}
	for _, e := range img.Environments {
		environment := shownEnvironment{Name: string(e.Name), FCI: describeTLV(e.FCI)}
		if e.File != nil {
			environment.Records = describeFiles([]image.File{*e.File})
		}
		shown.Environments = append(shown.Environments, environment)
	}
	return shown
}

func describeApplication(a image.Application, s card.Status) shownApplication {
	face := faceOf(a)
	shown := shownApplication{
		AID: hexadecimal(a.Name), Label: face.label, PAN: a.PAN.String(), SequenceNumber: a.SequenceNumber.String(), Expires: face.expires,
		State:      describeState(a, s),
		Cryptogram: a.Cryptogram, Script: a.Script, DKI: fmt.Sprintf("%02X", a.DKI),
		Keys:    shownKeys{AC: checkValue(a.Keys.AC), SMI: checkValue(a.Keys.SMI), SMC: checkValue(a.Keys.SMC)},
		Contact: describeInterface(a.Contact),
		Records: describeFiles(a.Files),
	}
	if !a.ICCKey.IsZero() {
		shown.Keys.ICC = a.ICCKey.Public().String()
	}
	if !a.PINKey.IsZero() {
		shown.Keys.PIN = a.PINKey.Public().String()
	}
	if a.Contactless != nil {
		tap := describeInterface(*a.Contactless)
		shown.Contactless = &tap
	}
	for _, o := range a.Data {
		shown.Data = append(shown.Data, explain.Element(o.Tag, o.Value, explain.Masked))
	}
	return shown
}

func describeState(a image.Application, s card.Status) shownState {
	return shownState{
		ATC: uint16(s.ATC), LastOnlineATC: uint16(s.LastOnlineATC), PINSet: s.PINSet, TriesLeft: s.TriesLeft, TryLimit: a.PINTryLimit,
		ScriptCount: s.ScriptCount, ScriptFailed: s.ScriptFailed, LastOnlineNotCompleted: s.LastOnlineNotCompleted,
		IssuerAuthenticationFailed: s.IssuerAuthenticationFailed, Blocked: s.Blocked, GoOnlineNext: s.GoOnlineNext,
		Offline: describeOffline(a, s), Logged: s.Logged,
	}
}

// describeOffline returns the offline counters of a card that has limits for them,
// or nil.
func describeOffline(a image.Application, s card.Status) *shownOffline {
	if len(a.Risk.Limits()) == 0 {
		return nil
	}
	return &shownOffline{Count: s.OfflineCount, Amount: s.OfflineAmount}
}

func describeInterface(i image.Interface) shownInterface {
	return shownInterface{AIP: i.AIP.String(), AFL: hexadecimal(i.AFL.Append(nil)), FCI: describeTLV(i.FCI)}
}

func describeFiles(files []image.File) (records []shownRecord) {
	for _, f := range files {
		for i, record := range f.Records {
			records = append(records, shownRecord{SFI: f.SFI, Record: i + 1, Items: describeTLV(record)})
		}
	}
	return records
}

// describeTLV explains data objects; bytes that are none show as their number.
func describeTLV(b []byte) []explain.Item {
	items, err := explain.TLV(b, explain.Masked)
	if err != nil {
		return []explain.Item{{Label: fmt.Sprintf("[%d bytes]", len(b)), Name: err.Error()}}
	}
	return items
}
