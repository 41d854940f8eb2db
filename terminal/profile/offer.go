package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
)

// offers are the additional capabilities that a kind of transaction takes; any one
// of them will do. A refund is for those who sell.
func offers(k emv.TransactionKind) []emv.Bit[emv.AdditionalTerminalCapabilities] {
	switch k {
	case emv.PurchaseWithCashback:
		return []emv.Bit[emv.AdditionalTerminalCapabilities]{emv.AdditionalCashback}
	case emv.ManualCash, emv.UnattendedCash:
		return []emv.Bit[emv.AdditionalTerminalCapabilities]{emv.AdditionalCash}
	case emv.BalanceInquiry:
		return []emv.Bit[emv.AdditionalTerminalCapabilities]{emv.AdditionalInquiry}
	case emv.PINChange, emv.PINUnblock:
		return []emv.Bit[emv.AdditionalTerminalCapabilities]{emv.AdditionalAdministrative}
	}
	return []emv.Bit[emv.AdditionalTerminalCapabilities]{emv.AdditionalGoods, emv.AdditionalServices}
}

// CheckOffer returns an error where the terminal does not offer transactions of
// that kind, as its additional capabilities (tag 9F40) say. EMV Book 4, Annex A3.
func (p Profile) CheckOffer(k emv.TransactionKind) error {
	wanted := offers(k)
	if slices.ContainsFunc(wanted, p.AdditionalCapabilities.Has) {
		return nil
	}
	names := make([]string, len(wanted))
	for i, b := range wanted {
		names[i] = b.String()
	}
	return fmt.Errorf("terminal profile %s does not offer it: its additional_capabilities lack %s", p.Name, strings.Join(names, " or "))
}
