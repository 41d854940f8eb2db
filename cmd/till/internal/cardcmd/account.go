package cardcmd

import (
	"fmt"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/reader"
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// Account is what is printed on a card, for those who order without it.
type Account struct {
	secret.Opaque
	PAN               account.PAN
	SequenceNumber    account.SequenceNumber
	HasSequenceNumber bool
	Expiry            account.Expiry
}

// ReadAccount returns the account of the first application in a card file, which is
// only read.
func ReadAccount(path string, key cli.StorageKey) (Account, error) {
	if _, err := os.Stat(path); err != nil {
		return Account{}, fmt.Errorf("read account: %w: give the file that `till card issue --out` wrote", err)
	}
	k, err := key.Read()
	if err != nil {
		return Account{}, err
	}
	icc, err := reader.OpenCopy(path, k)
	if err != nil {
		return Account{}, err
	}
	application := icc.Image().Applications[0] // there is one: the card opened
	expires, err := emv.ParseDate(findInFiles(application.Files, tagExpirationDate))
	if err != nil {
		return Account{}, cli.Failed{Err: fmt.Errorf("%s: no expiration date in its records: issue the card anew", path)}
	}
	return Account{
		PAN: application.PAN, SequenceNumber: application.SequenceNumber, HasSequenceNumber: true,
		Expiry: account.Expiry{Year: expires.Year, Month: expires.Month},
	}, nil
}

// findInFiles returns the value of the first data object with the tag.
func findInFiles(files []image.File, tag emv.Tag) []byte {
	for _, f := range files {
		for _, record := range f.Records {
			if value := tlv.FindDeep(record, tag); value != nil {
				return value
			}
		}
	}
	return nil
}
