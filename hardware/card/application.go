package card

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/tlv"
)

// application is an application of the image with the rows that it names.
type application struct {
	*image.Application
	profile   cryptogram.Profile
	style     script.Style
	logFormat []byte // value of 9F4F
}

// errImage says that an image can not be run.
var errImage = errors.New("image can not be run")

// prepare looks up what the applications of an image name and refuses what the
// card could not answer for later.
func prepare(img *image.Image) ([]application, error) {
	if len(img.Applications) == 0 {
		return nil, fmt.Errorf("no application: %w", errImage)
	}
	prepared := make([]application, len(img.Applications))
	for i := range img.Applications {
		a, err := newApplication(&img.Applications[i])
		if err != nil {
			return nil, fmt.Errorf("application %d: %w", i+1, err)
		}
		prepared[i] = a
	}
	return prepared, nil
}

func newApplication(img *image.Application) (application, error) {
	a := application{Application: img}
	var ok bool
	if a.profile, ok = cryptogram.ProfileByName(img.Cryptogram); !ok {
		return a, fmt.Errorf("no cryptogram row %q: %w", img.Cryptogram, errImage)
	}
	if _, ok := a.profile.Layout.Family(); !ok {
		return a, fmt.Errorf("cryptogram row %q: issuer application data of layout %s is not known well enough to be written: %w", img.Cryptogram, a.profile.Layout, errImage)
	}
	if a.style, ok = script.StyleByName(img.Script); !ok && img.Script != image.NoScripts {
		return a, fmt.Errorf("no script row %q: %w", img.Script, errImage)
	}
	if img.Log != nil {
		for _, e := range img.Log.Format {
			a.logFormat = append(e.Tag.Append(a.logFormat), byte(e.Length))
		}
	}
	return a, errors.Join(a.check(), a.checkMemory())
}

// iadBytes returns the length of the issuer application data.
func (a *application) iadBytes() int {
	family, _ := a.profile.Layout.Family()
	return family.Bytes()
}

// tryLimitMax is the highest PIN try limit: 63Cx has four bits for the tries.
const tryLimitMax = 15

func (a *application) check() error {
	switch {
	case len(a.Name) < nameBytesMin || len(a.Name) > nameBytesMax:
		return fmt.Errorf("DF name of %d bytes, want %d to %d: %w", len(a.Name), nameBytesMin, nameBytesMax, errImage)
	case a.Keys.AC.IsZero() || a.Keys.SMI.IsZero() || a.Keys.SMC.IsZero():
		return fmt.Errorf("a key for cryptograms or scripts is missing: %w", errImage)
	case a.PINTryLimit < 1 || a.PINTryLimit > tryLimitMax:
		return fmt.Errorf("PIN try limit %d, want 1 to %d: %w", a.PINTryLimit, tryLimitMax, errImage)
	case !a.CDOL1.Contains(tagUnpredictableNumber):
		return fmt.Errorf("CDOL1 does not ask for the unpredictable number: %w", errImage)
	}
	for _, list := range []tlv.DOL{a.Contact.PDOL, a.CDOL1, a.CDOL2, a.DDOL} {
		if err := checkList(list); err != nil {
			return err
		}
	}
	if a.Contactless != nil {
		if err := checkList(a.Contactless.PDOL); err != nil {
			return err
		}
	}
	return a.checkCDA()
}

// checkCDA refuses a card that says it has CDA and could never give the signed
// answer.
func (a *application) checkCDA() error {
	promised := a.Contact.AIP.Has(emv.AIPCDASupported) || a.Contactless != nil && a.Contactless.AIP.Has(emv.AIPCDASupported)
	if promised && !a.ICCKey.IsZero() && !signedAnswerFits(a.ICCKey, a.iadBytes()) {
		return fmt.Errorf("AIP has CDA and the signature of the ICC key does not fit into an answer: %w", errImage)
	}
	return nil
}

// pinKey returns the key that deciphers PINs, the zero key where the card has
// none. EMV Book 2, 7.1.
func (a *application) pinKey() oda.PrivateKey {
	if a.PINKey.IsZero() {
		return a.ICCKey
	}
	return a.PINKey
}
