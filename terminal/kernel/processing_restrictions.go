package kernel

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// processingRestrictions compares what the application is for with what is asked
// of it. EMV Book 3, 10.4.
func (t *transaction) processingRestrictions() error {
	t.checkApplicationVersion()
	if err := t.checkApplicationUsage(); err != nil {
		return err
	}
	return t.checkDates()
}

// checkApplicationVersion compares version numbers. A card without one is taken
// to be of the right version. EMV Book 3, 10.4.1.
func (t *transaction) checkApplicationVersion() {
	version, ok := t.data.Value(tagCardVersion)
	if !ok {
		return
	}
	known := slices.ContainsFunc(t.app.Versions, func(v uint16) bool {
		return bytes.Equal(version, binary.BigEndian.AppendUint16(nil, v))
	})
	if !known {
		t.found(ProcessingRestrictions, emv.TVRApplicationVersionsDiffer, "Book 3, 10.4.1",
			"application version %X of the card is none of the terminal's %04X", version, t.app.Versions)
		return
	}
	t.note(ProcessingRestrictions, "application version %X is the terminal's too", version)
}

// checkApplicationUsage checks where and for what the issuer allows the
// application. EMV Book 3, 10.4.2.
func (t *transaction) checkApplicationUsage() error {
	raw, ok := t.data.Value(tagAUC)
	if !ok {
		return nil
	}
	auc, err := emv.ParseField[emv.AUC](raw)
	if err != nil {
		return notAccepted("data object %s malformed", tagAUC)
	}
	for _, wanted := range [][]emv.Bit[emv.AUC]{{t.placeOfUse()}, t.serviceOfUse(), t.cashbackUse()} {
		switch {
		case len(wanted) == 0:
		case slices.ContainsFunc(wanted, auc.Has):
			t.note(ProcessingRestrictions, "AUC %s has %s", auc, either(wanted))
		default:
			t.found(ProcessingRestrictions, emv.TVRRequestedServiceNotAllowed, "Book 3, 10.4.2", "AUC %s does not have %s", auc, either(wanted))
		}
	}
	return nil
}

// either names bits of which one will do.
func either(wanted []emv.Bit[emv.AUC]) string {
	names := make([]string, len(wanted))
	for i, b := range wanted {
		names[i] = b.String()
	}
	return strings.Join(names, " or ")
}

// placeOfUse is what the AUC has to allow for a terminal of this kind.
func (t *transaction) placeOfUse() emv.Bit[emv.AUC] {
	if t.profile.Type.ATM(t.profile.AdditionalCapabilities) {
		return emv.AUCATMs
	}
	return emv.AUCOtherThanATMs
}

// usage are the bits of the AUC about one country or all others.
type usage struct{ cash, goods, services, cashback emv.Bit[emv.AUC] }

var (
	domesticUsage      = usage{emv.AUCDomesticCash, emv.AUCDomesticGoods, emv.AUCDomesticServices, emv.AUCDomesticCashback}
	internationalUsage = usage{emv.AUCInternationalCash, emv.AUCInternationalGoods, emv.AUCInternationalServices, emv.AUCInternationalCashback}
)

// usage returns the bits that count here. They do only where the card names its
// issuer's country. EMV Book 3, 10.4.2.
func (t *transaction) usage() (u usage, ok bool) {
	issuer, ok := t.data.Value(tagIssuerCountryCode)
	country, _ := t.data.Value(tagCountryCode)
	if bytes.Equal(issuer, country) {
		return domesticUsage, ok
	}
	return internationalUsage, ok
}

// serviceOfUse is what the AUC has to allow for the kind of the transaction. A
// purchase may be of goods or of services, so either will do; for what is neither
// a purchase nor cash there is no bit. EMV Book 3, 10.4.2.
func (t *transaction) serviceOfUse() []emv.Bit[emv.AUC] {
	u, ok := t.usage()
	if !ok {
		return nil
	}
	switch t.tx.Kind {
	case emv.ManualCash, emv.UnattendedCash:
		return []emv.Bit[emv.AUC]{u.cash}
	case emv.Purchase, emv.PurchaseWithCashback:
		return []emv.Bit[emv.AUC]{u.goods, u.services}
	}
	return nil
}

// cashbackUse is what cashback needs beside the purchase. EMV Book 3, 10.4.2.
func (t *transaction) cashbackUse() []emv.Bit[emv.AUC] {
	if u, ok := t.usage(); ok && t.tx.Kind == emv.PurchaseWithCashback {
		return []emv.Bit[emv.AUC]{u.cashback}
	}
	return nil
}

// checkDates compares the day of the transaction with the application's dates.
// EMV Book 3, 10.4.3.
func (t *transaction) checkDates() error {
	today := emv.DateOf(t.tx.Time)
	if raw, ok := t.data.Value(tagEffectiveDate); ok {
		effective, err := emv.ParseDate(raw)
		switch {
		case err != nil:
			return notAccepted("data object %s malformed", tagEffectiveDate)
		case today.Compare(effective) < 0:
			t.found(ProcessingRestrictions, emv.TVRApplicationNotYetEffective, "Book 3, 10.4.3", "effective from %s, today is %s", effective, today)
		default:
			t.note(ProcessingRestrictions, "effective from %s", effective)
		}
	}
	if today.Compare(t.expiration) > 0 {
		t.found(ProcessingRestrictions, emv.TVRExpiredApplication, "Book 3, 10.4.3", "expired on %s, today is %s", t.expiration, today)
		return nil
	}
	t.note(ProcessingRestrictions, "expires on %s", t.expiration)
	return nil
}
