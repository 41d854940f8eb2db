package profile

import (
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
)

// Lengths of a terminal's own data elements. EMV Book 3, Annex A.
const (
	serialNumberLength       = 8
	terminalIDLength         = 8
	merchantIDLength         = 15
	merchantNameMax          = 64 // no bound of EMV's: what a receipt has room for
	profileNameMax           = 64
	acquirerDigitsMax        = 11
	categoryDigits           = 4
	codeDigits               = 3 // of countries and currencies
	exponentMax        uint8 = 4
)

// decodeProfile reads a profile.
func decodeProfile(r io.Reader, open opener) (Profile, error) {
	root, err := document(r)
	if err != nil {
		return Profile{}, err
	}
	var p Profile
	var keys keyLists
	err = readMapping(root,
		required("name", text(&p.Name, 1, profileNameMax)),
		required("type", terminalType(&p.Type)),
		required("capabilities", bits(&p.Capabilities)),
		required("additional_capabilities", bits(&p.AdditionalCapabilities)),
		required("country", decimal(&p.CountryCode, codeDigits, codeDigits)),
		required("currency", p.readCurrency),
		required("serial_number", text(&p.IFDSerialNumber, serialNumberLength, serialNumberLength)),
		required("terminal_id", text(&p.TerminalIdentification, terminalIDLength, terminalIDLength)),
		required("merchant", p.readMerchant),
		required("acquirer", decimal(&p.AcquirerIdentifier, 1, acquirerDigitsMax)),
		optional("transaction_category", letter(&p.TransactionCategoryCode)),
		optional("select_by_directory", flag(&p.SelectByDirectory)),
		optional("select_automatically", flag(&p.SelectAutomatically)),
		optional("quick_chip", flag(&p.QuickChip)),
		optional("pin_bypass", flag(&p.PINBypass)),
		optional("approval_codes", p.readApprovalCodes),
		required("applications", p.readApplications),
		optional("ca_public_keys", keys.reader(open)),
		optional("exceptions", p.Exceptions.reader(open)),
	)
	if err != nil {
		return Profile{}, err
	}
	p.CAPublicKeys, err = keys.set()
	return p, err
}

func (p *Profile) readCurrency(n *yaml.Node) error {
	return readMapping(n,
		required("code", decimal(&p.CurrencyCode, codeDigits, codeDigits)),
		required("exponent", count(&p.CurrencyExponent, exponentMax)),
	)
}

func (p *Profile) readMerchant(n *yaml.Node) error {
	return readMapping(n,
		required("id", text(&p.MerchantIdentifier, merchantIDLength, merchantIDLength)),
		required("category", decimal(&p.MerchantCategoryCode, categoryDigits, categoryDigits)),
		required("name", text(&p.MerchantNameAndLocation, 1, merchantNameMax)),
	)
}

func (p *Profile) readApprovalCodes(n *yaml.Node) error {
	p.ApprovalCodes = []emv.ARC{}
	return readList(n, func(item *yaml.Node) error {
		s, err := readText(item)
		if err != nil {
			return err
		}
		code, err := emv.ParseARC([]byte(s))
		if err != nil {
			return errors.New(`want an authorisation response code of two letters or digits, as in "00"`)
		}
		p.ApprovalCodes = append(p.ApprovalCodes, code)
		return nil
	})
}

func (p *Profile) readApplications(n *yaml.Node) error {
	err := readList(n, func(item *yaml.Node) error {
		a, err := readApplication(item, p.CurrencyExponent)
		p.Applications = append(p.Applications, a)
		return err
	})
	if err == nil && len(p.Applications) == 0 {
		return errors.New("want one application or more")
	}
	return err
}

func terminalType(into *emv.TerminalType) reader {
	return func(n *yaml.Node) error {
		var b []byte
		if err := hexadecimal(&b, 1, 1)(n); err != nil {
			return err
		}
		t, err := emv.ParseTerminalType(b[0])
		*into = t
		return err
	}
}

// letter reads one upper-case letter.
func letter(into *byte) reader {
	return func(n *yaml.Node) error {
		s, err := readText(n)
		if err != nil || len(s) != 1 || s[0] < 'A' || s[0] > 'Z' {
			return errors.New("want one upper-case letter")
		}
		*into = s[0]
		return nil
	}
}
