package kernel

import (
	"bytes"
	"encoding/binary"
	"slices"

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
		t.tvr.Set(emv.TVRApplicationVersionsDiffer)
		t.note(ProcessingRestrictions, "application version %X of the card is not the terminal's", version)
	}
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
	if t.allowedHere(auc) && t.allowedService(auc) {
		return nil
	}
	t.tvr.Set(emv.TVRRequestedServiceNotAllowed)
	t.note(ProcessingRestrictions, "service not allowed by AUC %s", auc)
	return nil
}

func (t *transaction) allowedHere(auc emv.AUC) bool {
	if t.profile.Type.ATM(t.profile.AdditionalCapabilities) {
		return auc.Has(emv.AUCATMs)
	}
	return auc.Has(emv.AUCOtherThanATMs)
}

// allowedService checks the kind of the transaction, for which the card has to
// name its issuer's country. A purchase may be of goods or of services, so
// either permission will do; cashback needs its own beside it. EMV Book 3,
// 10.4.2.
func (t *transaction) allowedService(auc emv.AUC) bool {
	issuer, ok := t.data.Value(tagIssuerCountryCode)
	if !ok {
		return true
	}
	country, _ := t.data.Value(tagCountryCode)
	cash, goods, services, cashback := emv.AUCInternationalCash, emv.AUCInternationalGoods, emv.AUCInternationalServices, emv.AUCInternationalCashback
	if bytes.Equal(issuer, country) {
		cash, goods, services, cashback = emv.AUCDomesticCash, emv.AUCDomesticGoods, emv.AUCDomesticServices, emv.AUCDomesticCashback
	}
	switch t.tx.Kind {
	case emv.ManualCash, emv.UnattendedCash:
		return auc.Has(cash)
	case emv.PurchaseWithCashback:
		return auc.Has(cashback) && (auc.Has(goods) || auc.Has(services))
	}
	return auc.Has(goods) || auc.Has(services)
}

// checkDates compares the day of the transaction with the application's dates.
// EMV Book 3, 10.4.3.
func (t *transaction) checkDates() error {
	today := emv.DateOf(t.tx.Time)
	if raw, ok := t.data.Value(tagEffectiveDate); ok {
		effective, err := emv.ParseDate(raw)
		if err != nil {
			return notAccepted("data object %s malformed", tagEffectiveDate)
		}
		if today.Compare(effective) < 0 {
			t.tvr.Set(emv.TVRApplicationNotYetEffective)
			t.note(ProcessingRestrictions, "effective from %s", effective)
		}
	}
	if today.Compare(t.expiration) > 0 {
		t.tvr.Set(emv.TVRExpiredApplication)
		t.note(ProcessingRestrictions, "expired on %s", t.expiration)
	}
	return nil
}
