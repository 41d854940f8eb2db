package perso

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
)

// Options is what a card depends on beside its profile.
type Options struct {
	// Random gives what the profile leaves open: digits of the PAN, issuer master
	// keys, RSA keys.
	Random random.Source
	// Date is the day of issue. Where the profile has no dates, the account is
	// effective from the first day of that month and expires four years later.
	Date emv.Date
	// PAN replaces the PAN of the profile's own account, where it is not zero.
	PAN account.PAN
	// IssuerKeys are the issuer master keys for a profile that has no keys, and
	// Option is the derivation for one that names none. Where they are zero, keys
	// are drawn and the option is A.
	IssuerKeys cryptogram.MasterKeys
	Option     cryptogram.Option
}

// Card is a personalised card with what its issuer and its terminals need.
type Card struct {
	secret.Opaque
	Image image.Image
	// IssuerKeys are the issuer master keys, zero where the profile gives the
	// keys of the card itself.
	IssuerKeys cryptogram.MasterKeys
	Option     cryptogram.Option // by which the card's keys are derived from them
	// Drawn says that there were no keys in profile and options, so that the issuer
	// master keys were drawn for this card.
	Drawn bool
	// CAPublicKeys are the keys that terminals need for the card, without repeats.
	CAPublicKeys []oda.CAPublicKey
	// Warnings is what Check finds strange in the card and, where the profile has a
	// section corrupt, what it finds wrong.
	Warnings []Finding
}

// Personalise makes a card. The image has passed Check: what that finds wrong
// is a RefusedError, unless the profile spoils the card on purpose.
func Personalise(p Profile, o Options) (Card, error) {
	b := builder{profile: p.text, options: o, corrupted: map[string]bool{}}
	card, err := b.card()
	if err != nil {
		return Card{}, fmt.Errorf("personalise %s: %w", p.Name(), err)
	}
	findings := check(card.Image, o.Date, card.CAPublicKeys)
	if len(p.text.Corrupt) == 0 && slices.ContainsFunc(findings, Finding.isError) {
		return Card{}, fmt.Errorf("personalise %s: %w", p.Name(), &RefusedError{findings})
	}
	card.Warnings = findings
	return card, nil
}

// builder makes one card.
type builder struct {
	profile   document
	options   Options
	issuer    issuerKeys
	made      Card
	corrupted map[string]bool // what of the section corrupt has found what it spoils
}

// pinTryLimitDefault is the PIN try limit of a profile that has none.
const pinTryLimitDefault = 3

// card makes the parts of a card in their order.
func (b *builder) card() (Card, error) {
	if err := b.checkText(); err != nil {
		return Card{}, err
	}
	var err error
	if b.issuer, err = b.issuerKeys(); err != nil {
		return Card{}, err
	}
	b.made = Card{IssuerKeys: b.issuer.master, Option: b.issuer.option, Drawn: b.issuer.drawn}
	img := image.Image{
		ATR: orDefault([]byte(b.profile.ATR), defaultATR(b.profile.Protocol)),
		T0:  b.profile.Protocol == protocolT0,
	}
	for i, text := range b.profile.Applications {
		app, err := b.application(text, i)
		if err != nil {
			return Card{}, fmt.Errorf("application %d: %w", i+1, err)
		}
		img.Applications = append(img.Applications, app)
	}
	img.Environments = b.environments(img.Applications)
	if err := b.corruptImage(&img); err != nil {
		return Card{}, err
	}
	b.made.Image = img
	return b.made, nil
}

// checkText looks for fields that a profile can not do without.
func (b *builder) checkText() error {
	if b.profile.Name == "" {
		return fmt.Errorf("name is missing: add a line such as `name: my-card`")
	}
	if len(b.profile.Applications) == 0 {
		return fmt.Errorf("applications are missing: add a list with one `- aid: A000000025010801` or more")
	}
	for i, a := range b.profile.Applications {
		if err := a.checkText(); err != nil {
			return fmt.Errorf("application %d: %w", i+1, err)
		}
	}
	return nil
}

func (a application) checkText() error {
	if len(a.AID) < aidBytesMin || len(a.AID) > aidBytesMax {
		return fmt.Errorf("aid: %d bytes, want %d to %d", len(a.AID), aidBytesMin, aidBytesMax)
	}
	if a.Label == "" || len(a.Label) > labelMax || len(a.PreferredName) > labelMax {
		return fmt.Errorf("label: want 1 to %d characters, and no more in preferred_name", labelMax)
	}
	if a.Priority > priorityMax {
		return fmt.Errorf("priority: %d, want 1 (first) to %d, or 0 for none", a.Priority, priorityMax)
	}
	if err := checkRow("cryptogram", a.Cryptogram, cryptogramNames()); err != nil {
		return err
	}
	return checkRow("script", a.Script, scriptNames())
}

// Bounds of data elements. EMV Book 1, 12.2 and Book 3, Annex A.
const (
	aidBytesMin, aidBytesMax = 5, 16
	labelMax                 = 16
	priorityMax              = 15
)

// orDefault returns the value or, where it is empty, the default.
func orDefault(value, byDefault []byte) []byte {
	if len(value) == 0 {
		return byDefault
	}
	return value
}
