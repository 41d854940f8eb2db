package cardcmd

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
)

// Issue makes a card.
type Issue struct {
	Profile       string  `required:"" placeholder:"NAME|FILE" help:"Card profile: a name that till card profiles lists, or a file."`
	Out           string  `required:"" placeholder:"FILE" help:"Card file to write."`
	Seed          *uint64 `placeholder:"N" help:"Draw what the profile leaves open from a stream that repeats: the same card each time, with keys that anyone can derive."`
	PAN           panFlag `placeholder:"DIGITS" help:"Account number in place of the profile's. Use test numbers."`
	CAOut         string  `name:"ca-out" placeholder:"FILE" help:"Write the CA public keys that terminals need for the card."`
	IssuerKeysOut string  `placeholder:"FILE" help:"Write the issuer master keys in clear, as JSON, for another issuer host. The file has mode 0600."`
	Force         bool    `help:"Replace files that are there."`

	cli.StorageKey
}

// Help is the text of the help page.
func (*Issue) Help() string {
	return `Personalises a card and writes it as a card file, sealed under the storage key,
which is made at its first use. The file appears as a whole or not at all. What
the profile leaves open, such as the issuer master keys, is drawn. Certificates
are signed by the till test CA; its keys for RID A000000025 come with the
terminals of till. docs/profiles.md describes profiles.

Examples:

  $ till card issue --profile amex --seed 1 --out amex.card --key storage.key
  till: made the storage key storage.key: keep it, cards open with it alone
  amex.card           amex: Amex-style contact and tap card, DDA, PIN not set
  A000000025010801    AMERICAN EXPRESS, contact and contactless
    account           374245*****1007, sequence number 00, expires 2035-12
    PIN               not set, try limit 3
  issuer master keys  throw-away, drawn for this card: --issuer-keys-out FILE hands them to an issuer
                      check values AC 045420, SMI 855524, SMC 845E0B; card keys by option A
  CA public key       A000000025 D2, RSA-1408, exponent 3: terminals need it, --ca-out FILE writes it
`
}

// panFlag is an account number on the command line.
type panFlag struct{ account.PAN }

// UnmarshalText reads decimal digits.
func (p *panFlag) UnmarshalText(text []byte) (err error) {
	if p.PAN, err = account.ParsePAN(text); err != nil {
		return cli.Complaint("want an account number of 8 to 19 digits")
	}
	return nil
}

// Run makes the card and writes it.
func (c *Issue) Run(parent *Command, streams cli.Streams) error {
	profile, err := loadProfile(c.Profile)
	if err != nil {
		return err
	}
	made, err := perso.Personalise(profile, c.options())
	if err != nil {
		return err
	}
	if err := c.write(made, streams); err != nil {
		return err
	}
	summary := c.summary(profile, made)
	if parent.JSON {
		return writeJSON(streams, summary)
	}
	return summary.print(streams)
}

func (c *Issue) options() perso.Options {
	o := perso.Options{Date: today(), PAN: c.PAN.PAN}
	if c.Seed != nil {
		o.Random = random.Seeded(*c.Seed)
	}
	return o
}

// The modes of the files that are written.
const (
	secretMode fs.FileMode = 0o600
	publicMode fs.FileMode = 0o644
)

// write writes the files that were asked for.
func (c *Issue) write(made perso.Card, streams cli.Streams) error {
	if c.IssuerKeysOut != "" && made.IssuerKeys.AC.IsZero() {
		return errors.New("write issuer master keys: the profile gives the keys of the card itself, so there are none: leave out --issuer-keys-out")
	}
	files := []output{{c.Out, func(temporary string) error { return c.writeCard(temporary, made, streams) }}}
	if c.CAOut != "" {
		files = append(files, output{c.CAOut, func(temporary string) error {
			return writeDurable(temporary, publicMode, perso.FormatCAPublicKeys(made.CAPublicKeys...))
		}})
	}
	if c.IssuerKeysOut != "" {
		files = append(files, output{c.IssuerKeysOut, func(temporary string) error { return writeIssuerKeys(temporary, made) }})
	}
	return writeAll(c.Force, files)
}

// writeCard writes the card file. The nonces of its sealing come from the
// system: a seed that is used twice would lay the storage key open.
func (c *Issue) writeCard(path string, made perso.Card, streams cli.Streams) error {
	key, err := c.ReadOrMake(streams)
	if err != nil {
		return err
	}
	f, err := card.CreateFile(path)
	if err != nil {
		return err
	}
	return errors.Join(card.Create(f, key, made.Image, nil), f.Close())
}

// writeIssuerKeys writes the issuer master keys in clear.
func writeIssuerKeys(path string, made perso.Card) error {
	keys := made.IssuerKeys
	content, err := json.Marshal(map[string]string{
		"imk_ac": clearKey(keys.AC), "imk_smi": clearKey(keys.SMI), "imk_smc": clearKey(keys.SMC), "option": made.Option.String(),
	})
	if err != nil {
		return err
	}
	defer secret.Wipe(content)
	return writeDurable(path, secretMode, append(content, '\n'))
}

// clearKey returns the digits of a key that its owner asked for.
func clearKey(k secret.Key) (digits string) {
	k.Open(func(raw []byte) { digits = hexadecimal(raw) })
	return digits
}

func hexadecimal(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// issued is what is told of a card that was made.
type issued struct {
	File         string              `json:"file"`
	Profile      string              `json:"profile"`
	Note         string              `json:"note,omitempty"`
	Applications []issuedApplication `json:"applications"`
	Keys         issuedKeys          `json:"keys"`
	CAPublicKeys []issuedCA          `json:"ca_public_keys"`
	Warnings     []perso.Finding     `json:"warnings"`
}

type issuedApplication struct {
	AID            string `json:"aid"`
	Label          string `json:"label"`
	Contactless    bool   `json:"contactless"`
	PAN            string `json:"pan"` // masked
	SequenceNumber string `json:"sequence_number"`
	Expires        string `json:"expires"`
	PINSet         bool   `json:"pin_set"`
	PINTryLimit    uint8  `json:"pin_try_limit"`
}

// issuedKeys says where the keys of the card come from; check values are of the
// issuer's or, where the profile gives those of the card, of the card's.
type issuedKeys struct {
	Source string `json:"source"` // drawn, issuer or card
	Option string `json:"option,omitempty"`
	AC     string `json:"check_value_ac"`
	SMI    string `json:"check_value_smi"`
	SMC    string `json:"check_value_smc"`
}

type issuedCA struct {
	RID      string `json:"rid"`
	Index    string `json:"index"`
	Key      string `json:"key"`
	CheckSum string `json:"sha1"`
}

// summary says what was made.
func (c *Issue) summary(profile perso.Profile, made perso.Card) issued {
	s := issued{File: c.Out, Profile: profile.Name(), Note: profile.Note(), Keys: sourceOf(made),
		CAPublicKeys: []issuedCA{}, Warnings: append([]perso.Finding{}, made.Warnings...)}
	for _, a := range made.Image.Applications {
		face := faceOf(a)
		s.Applications = append(s.Applications, issuedApplication{
			AID: hexadecimal(a.Name), Label: face.label, Contactless: a.Contactless != nil,
			PAN: a.PAN.String(), SequenceNumber: a.SequenceNumber.String(), Expires: face.expires,
			PINSet: !a.PIN.IsZero(), PINTryLimit: a.PINTryLimit,
		})
	}
	for _, k := range made.CAPublicKeys {
		sum := k.CheckSum()
		s.CAPublicKeys = append(s.CAPublicKeys, issuedCA{RID: k.RID.String(), Index: fmt.Sprintf("%02X", k.Index), Key: k.Key.String(), CheckSum: hexadecimal(sum[:])})
	}
	return s
}

func sourceOf(made perso.Card) issuedKeys {
	keys, source := made.IssuerKeys, "issuer"
	switch {
	case made.Drawn:
		source = "drawn"
	case keys.AC.IsZero():
		source, keys = "card", made.Image.Applications[0].Keys
	}
	s := issuedKeys{Source: source, AC: checkValue(keys.AC), SMI: checkValue(keys.SMI), SMC: checkValue(keys.SMC)}
	if source != "card" {
		s.Option = made.Option.String()
	}
	return s
}
