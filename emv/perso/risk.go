package perso

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// The tags of limits that a profile gives no other tags for: those of VIS, from
// memory but for the first two.
const (
	tagLowerCount  emv.Tag = 0x9F58
	tagUpperCount  emv.Tag = 0x9F59
	tagLowerAmount emv.Tag = 0x9F54
	tagUpperAmount emv.Tag = 0x9F5C
)

// The lengths of limits in bytes.
const (
	countLimitBytes  = 1
	amountLimitBytes = 6
)

// risk fills in the card risk management of an application. Its limits become
// data objects of GET DATA.
func (a *applicationBuilder) risk(app *image.Application) error {
	t := a.text.Risk
	app.Risk = image.Risk{
		Country: [2]byte(packCode(a.holder.country)),
		Denial:  t.Decline.CVRFlags, Online: t.Online.CVRFlags, Default: t.Default.CVRFlags,
		AuthenticationMandatory: t.IssuerAuthentication == authenticationMandatory,
		AuthenticationAdvisory:  t.IssuerAuthentication == authenticationAdvisory,
		OfflineOnly:             t.OfflineOnly,
	}
	for _, l := range [...]struct {
		name      string
		text      limitText
		tag       tagText
		byDefault emv.Tag
		size      int
		into      *emv.Tag
	}{
		{"offline_count: lower", t.OfflineCount.Lower, t.OfflineCount.LowerTag, tagLowerCount, countLimitBytes, &app.Risk.LowerCount},
		{"offline_count: upper", t.OfflineCount.Upper, t.OfflineCount.UpperTag, tagUpperCount, countLimitBytes, &app.Risk.UpperCount},
		{"offline_amount: lower", t.OfflineAmount.Lower, t.OfflineAmount.LowerTag, tagLowerAmount, amountLimitBytes, &app.Risk.LowerAmount},
		{"offline_amount: upper", t.OfflineAmount.Upper, t.OfflineAmount.UpperTag, tagUpperAmount, amountLimitBytes, &app.Risk.UpperAmount},
	} {
		if !l.text.set {
			continue
		}
		if *l.into = l.tag.Tag; *l.into == 0 {
			*l.into = l.byDefault
		}
		value, err := limitBytes(l.text.value, l.size)
		if err != nil || hasObject(app.Data, *l.into) {
			return fmt.Errorf("risk: %s: want 0 to 255, or an amount of up to 12 digits, under a tag that get_data does not have", l.name)
		}
		app.Data = append(slices.Clip(app.Data), image.Object{Tag: *l.into, Value: value})
		app.Risk.Currency = [2]byte(packCode(a.holder.currency))
	}
	return nil
}

// hasObject reports whether there is an object with the tag.
func hasObject(objects []image.Object, tag emv.Tag) bool { return objectsText(objects).has(tag) }

// limitBytes returns the value of the data object of a limit.
func limitBytes(limit uint64, size int) ([]byte, error) {
	if size == countLimitBytes {
		if limit > 0xFF {
			return nil, errUnreadable
		}
		return []byte{byte(limit)}, nil
	}
	return emv.EncodeN(limit, size)
}

// writable says what scripts may change: the limits, where the profile says
// nothing else, and no records.
func (a *applicationBuilder) writable(app *image.Application) error {
	app.Puts = app.Risk.Limits()
	if a.text.PutData != nil {
		app.Puts = nil
		for _, t := range *a.text.PutData {
			app.Puts = append(app.Puts, t.Tag)
		}
	}
	for _, tag := range app.Puts {
		if tag != tagPINTryCounter && !hasObject(app.Data, tag) {
			return fmt.Errorf("put_data: there is no %s: add it under get_data", tag)
		}
	}
	for _, sfi := range a.text.UpdateRecord {
		i := slices.IndexFunc(app.Files, func(f image.File) bool { return f.SFI == sfi })
		if i < 0 {
			return fmt.Errorf("update_record: there is no file %d", sfi)
		}
		app.Files[i].Updates = true
	}
	return nil
}

// The transaction log of a profile that leaves its fields out: date, time,
// amount, currency and ATC.
const (
	logSFIDefault     = 11
	logRecordsDefault = 10
	logFormatDefault  = "\x9A\x03\x9F\x21\x03\x9F\x02\x06\x5F\x2A\x02\x9F\x36\x02"
)

// fillIn puts defaults into what is empty.
func (l *transactionLog) fillIn() {
	if l.SFI == 0 {
		l.SFI = logSFIDefault
	}
	if l.Records == 0 {
		l.Records = logRecordsDefault
	}
	l.Format = orDefault(l.Format, []byte(logFormatDefault))
}

// Bounds of the SFI of a log. EMV Book 3, Annex D.
const (
	logSFIMin = 11
	logSFIMax = 30
)

// log makes the transaction log.
func (a *applicationBuilder) log(app *image.Application) error {
	l := a.text.Log
	if l == nil {
		return nil
	}
	taken := slices.ContainsFunc(app.Files, func(f image.File) bool { return f.SFI == l.SFI })
	if l.SFI < logSFIMin || l.SFI > logSFIMax || taken {
		return fmt.Errorf("log: sfi %d: want %d to %d, and none that records have", l.SFI, logSFIMin, logSFIMax)
	}
	app.Log = &image.Log{SFI: l.SFI, Records: l.Records, Format: l.Format.list()}
	return nil
}
