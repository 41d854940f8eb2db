package calc

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
)

// ARQC computes and checks an application cryptogram.
type ARQC struct {
	Profile string `json:"profile" placeholder:"NAME" help:"Cryptogram version, such as amex-style or visa-cvn18, or raw."`
	IMK     Secret `json:"imk_ac" name:"imk-ac" placeholder:"HEX" help:"Issuer master key for application cryptograms, 16 bytes."`
	MasterKeyInput
	Tags tagValues `json:"tags" name:"tag" placeholder:"TAG=HEX" help:"Data element that the cryptogram covers; repeat it for each."`
	IAD  Hex       `json:"iad" name:"iad" placeholder:"HEX" help:"Issuer application data (9F10)."`
	ARQC Hex       `json:"arqc" name:"arqc" placeholder:"HEX" help:"Cryptogram to check, 8 bytes: ARQC, TC or AAC."`
	SessionInput
	Padding string `json:"padding" placeholder:"00|80" help:"Padding: 00 is method 1, 80 is method 2. Default is the profile's."`
	Data    Hex    `json:"data" placeholder:"HEX" help:"With --profile raw: all that the cryptogram covers, before padding."`
}

// rawProfile is the profile for which session, padding and data are given.
const rawProfile = "raw"

// Help is the text of the help page.
func (*ARQC) Help() string {
	var names []string
	for _, p := range cryptogram.Profiles() {
		names = append(names, p.Name)
	}
	return `Computes an application cryptogram from the issuer master key, and compares it
with --arqc where that is given. With --explain it shows each step and, where the
cryptogram does not match, tries the known variants of key, tail and padding.
EMV Book 2, 8.1. amex-style is a choice of this program, proven by no published
cryptogram of American Express.

Profiles: ` + strings.Join(names, ", ") + `,
raw (with --session, --padding and --data).

Examples:

  $ till calc arqc --explain --profile amex-style --imk-ac 0123456789ABCDEFFEDCBA9876543210 --pan 374245001741007 --tag 9F02=000000001234 --tag 9F1A=0826 --tag 95=0000008000 --tag 5F2A=0826 --tag 9A=261123 --tag 9C=00 --tag 9F37=ABCDEF12 --tag 82=7C00 --tag 9F36=0006 --iad 06010103A00000 --arqc 6D14EEBA1A72FA42
  card key      39BF04            ICC master key: option A, PAN sequence number 00; check value
  session key   39BF04            method none; check value
  9F02          000000001234      Amount, Authorised (Numeric)
  9F03          000000000000      Amount, Other (Numeric)
  9F1A          0826              Terminal Country Code
  95            0000008000        Terminal Verification Results
  5F2A          0826              Transaction Currency Code
  9A            261123            Transaction Date
  9C            00                Transaction Type
  9F37          ABCDEF12          Unpredictable Number
  82            7C00              Application Interchange Profile
  9F36          0006              Application Transaction Counter (ATC)
  9F10          03A00000          tail: CVR
  padding       000000            method 1
  ARQC          BA6F37919DE129BA
  given         6D14EEBA1A72FA42  differs
  matches with  padding method 2
  till: verify application cryptogram: wrong-mac
`
}

// arqcOut is the right cryptogram with what it was made from.
type arqcOut struct {
	UDKKCV   Hex     `json:"udk_kcv"`
	ACKeyKCV Hex     `json:"ac_key_kcv"`
	MACInput Hex     `json:"mac_input,omitempty"` // after padding; not for raw
	ARQC     Hex     `json:"arqc"`
	Given    checked `json:"-" show:"given arqc"`
}

// arqcCase is what the input means.
type arqcCase struct {
	mk, key secret.Key
	profile cryptogram.Profile // for raw, its padding alone
	input   cryptogram.Input   // for raw, ATC and unpredictable number alone
	data    []byte             // before padding
	ac      emv.AC             // the right one
}

// Calculate computes the cryptogram and compares it with the one given.
func (c *ARQC) Calculate(Env) (any, error) {
	k, err := c.resolve()
	if err != nil {
		return nil, err
	}
	if err := c.check(k); err != nil {
		return nil, err
	}
	out := arqcOut{UDKKCV: checkValue(k.mk), ACKeyKCV: checkValue(k.key), ARQC: k.ac[:], Given: len(c.ARQC) > 0}
	if c.Profile != rawProfile {
		out.MACInput = k.profile.Padding.Pad(k.data, k.key.BlockSize())
	}
	return out, nil
}

// check compares the cryptogram given, if any, with the right one.
func (c *ARQC) check(k arqcCase) error {
	if len(c.ARQC) == 0 {
		return nil
	}
	var given emv.AC
	if err := c.ARQC.Fixed("arqc", given[:]); err != nil {
		return err
	}
	return cryptogram.Verify(k.key, k.profile.Padding, k.data, given)
}

// resolve finds the keys and the data, and computes the cryptogram.
func (c *ARQC) resolve() (k arqcCase, err error) {
	if k.mk, err = c.derive("imk_ac", c.IMK); err != nil {
		return k, err
	}
	if c.Profile == rawProfile {
		err = c.resolveRaw(&k)
	} else {
		err = c.resolveProfile(&k)
	}
	if err != nil {
		return k, err
	}
	k.ac = cryptogram.Compute(k.key, k.profile.Padding, k.data)
	return k, nil
}

// arqcMembers are used with every profile.
var arqcMembers = []string{"profile", "imk_ac", "pan", "psn", "option", "padding", "arqc"}

// resolveRaw takes session key, padding and data as they are given.
func (c *ARQC) resolveRaw(k *arqcCase) (err error) {
	if err := onlyTakes(c, "profile raw", append(arqcMembers, "session", "atc", "un", "r", "data")...); err != nil {
		return err
	}
	if err := c.Data.Required("data"); err != nil {
		return err
	}
	if k.key, err = c.session(k.mk); err != nil {
		return err
	}
	k.profile.Padding, err = parsePadding(c.Padding)
	k.data = c.Data
	k.input.ATC, _ = c.ATC.atc()
	copy(k.input.UnpredictableNumber[:], c.UN)
	return err
}

// resolveProfile takes them from the profile and the data elements.
func (c *ARQC) resolveProfile(k *arqcCase) (err error) {
	var ok bool
	if k.profile, ok = cryptogram.ProfileByName(c.Profile); !ok {
		return aboutf("profile", "unknown; `till calc arqc --help` lists them")
	}
	if err := onlyTakes(c, "profile "+c.Profile+", which takes data elements", append(arqcMembers, "tags", "iad")...); err != nil {
		return err
	}
	if c.Padding != "" {
		if k.profile.Padding, err = parsePadding(c.Padding); err != nil {
			return err
		}
	}
	if k.input, err = c.input(); err != nil {
		return err
	}
	k.key = k.profile.Session(k.mk, k.input.ATC, k.input.UnpredictableNumber).AC
	k.data, err = k.profile.AppendMACInput(nil, &k.input)
	return err
}

// input returns the data elements.
func (c *ARQC) input() (cryptogram.Input, error) {
	var objects []byte
	for name, value := range c.Tags {
		tag, err := emv.ParseTag(name)
		if err != nil {
			return cryptogram.Input{}, about("tags", usage(err))
		}
		objects = tlv.Append(objects, tag, value)
	}
	if c.IAD != nil {
		objects = tlv.Append(objects, 0x9F10, c.IAD)
	}
	input, err := cryptogram.ParseInput(objects)
	return input, about("tags", usage(err))
}

// parsePadding reads the first byte of the padding.
func parsePadding(s string) (secret.Padding, error) {
	switch s {
	case "00":
		return secret.Padding1, nil
	case "80":
		return secret.Padding2, nil
	}
	return 0, aboutf("padding", "want 00 or 80")
}

// Explain shows the keys, what the cryptogram covers piece by piece, and, where
// the given one differs, which variant it would match.
func (c *ARQC) Explain(x *Explanation) {
	k, err := c.resolve()
	if err != nil {
		return
	}
	c.explain(x, k.mk)
	x.Step("session key", checkValue(k.key).String(), "method "+c.sessionName(k)+"; check value")
	if c.Profile == rawProfile {
		x.Step("data", c.Data.String(), "")
	} else {
		explainElements(x, k)
	}
	padding := Hex(k.profile.Padding.Pad(k.data, k.key.BlockSize())[len(k.data):]).String()
	if padding == "" {
		padding = "none"
	}
	x.Step("padding", padding, fmt.Sprintf("method %d", k.profile.Padding))
	x.Step("ARQC", Hex(k.ac[:]).String(), "")
	if c.check(k) != nil && len(c.ARQC) == len(k.ac) {
		x.Step("given", c.ARQC.String(), "differs")
		c.explainSearch(x, k)
	}
}

// sessionName returns the name of the session key method.
func (c *ARQC) sessionName(k arqcCase) string {
	if c.Profile == rawProfile {
		return c.Session
	}
	return k.profile.SessionKey.String()
}

// explainElements shows the common data elements and the tail.
func explainElements(x *Explanation, k arqcCase) {
	covered := 0
	for tag, value := range k.input.Elements() {
		entry, _ := emv.Describe(tag)
		x.Step(tag.String(), Hex(value).String(), entry.Name)
		covered += len(value)
	}
	if tail := k.data[covered:]; len(tail) > 0 {
		x.Step("9F10", Hex(tail).String(), "tail: "+k.profile.Tail.String())
	}
}

// explainSearch shows the variants that give the cryptogram under test.
func (c *ARQC) explainSearch(x *Explanation, k arqcCase) {
	inUse := c.variant()
	inUse.Layout, inUse.Tail, inUse.Padding = k.profile.Layout, k.profile.Tail, k.profile.Padding
	inUse.SessionKey, _ = cryptogram.ParseSessionKeyMethod(c.sessionName(k))
	search := c.search(c.IMK, k.input, emv.AC(c.ARQC))
	if c.Profile == rawProfile {
		search.Data = bytes.Clone(c.Data)
	}
	explainMatches(x, search.Matches(), inUse)
}

// variant returns the part of a variant that says how the card key was made.
func (in MasterKeyInput) variant() cryptogram.Variant {
	option, _ := in.option()
	return cryptogram.Variant{Option: option, SequenceNumber: in.PSN.SequenceNumber}
}

// search returns the search for the way in which a cryptogram was made.
func (in MasterKeyInput) search(key Secret, input cryptogram.Input, ac emv.AC) cryptogram.Search {
	imk, _ := key.TDES("imk_ac")
	return cryptogram.Search{Key: imk, PAN: in.PAN.PAN, SequenceNumber: in.PSN.SequenceNumber, Input: input, AC: ac}
}

// explainMatches shows in what the variants found differ from the one in use.
func explainMatches(x *Explanation, found []cryptogram.Variant, inUse cryptogram.Variant) {
	if len(found) == 0 {
		x.Step("matches with", "none of the known variants: suspect the key, the PAN or the data", "")
	}
	for _, v := range found {
		words := strings.Join(v.Differences(inUse), ", ")
		if names := v.Profiles(); len(names) > 0 {
			words += " (as " + strings.Join(names, ", ") + ")"
		}
		x.Step("matches with", words, "")
	}
}
