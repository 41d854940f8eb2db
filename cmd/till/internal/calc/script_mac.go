package calc

import (
	"fmt"
	"strings"

	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
)

// ScriptInput names the card, the transaction and the style of a script.
type ScriptInput struct {
	Style string `json:"style" placeholder:"NAME" help:"Style of secure messaging, such as amex-style; see above."`
	MasterKeyInput
	ATC          Hex   `json:"atc" name:"atc" placeholder:"HEX" help:"Application transaction counter, 2 bytes."`
	AC           Hex   `json:"ac" name:"ac" placeholder:"HEX" help:"Cryptogram of the first GENERATE AC, 8 bytes."`
	ContextInMAC *bool `json:"atc_ac_in_mac" name:"atc-ac-in-mac" negatable:"" help:"Put ATC and cryptogram into the MAC input, or not. Default is the style's."`
}

// styleNames lists the styles, for help pages.
func styleNames() string {
	var names []string
	for _, s := range script.Styles() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// style returns the row of the table, altered as the input says.
func (in ScriptInput) style() (script.Style, error) {
	style, ok := script.StyleByName(in.Style)
	if !ok {
		return script.Style{}, aboutf("style", "want one of %s", styleNames())
	}
	if in.ContextInMAC != nil {
		style.ContextInMAC = *in.ContextInMAC
	}
	return style, nil
}

// context returns the transaction. What the style does not use may be missing.
func (in ScriptInput) context(style script.Style) (c script.Context, err error) {
	if in.ATC != nil || style.ContextInMAC || style.SessionKey == cryptogram.MethodVisaSM {
		if c.ATC, err = in.ATC.atc(); err != nil {
			return c, err
		}
	}
	if in.AC != nil || style.ContextInMAC || style.SessionKey == cryptogram.MethodCSK {
		err = in.AC.Fixed("ac", c.AC[:])
	}
	return c, err
}

// explainMAC shows how a MAC comes about and, where the given one differs, which
// variants it would match.
func (in ScriptInput) explainMAC(x *Explanation, s script.Session, k scriptKeys, header, data, given Hex) {
	x.Step("session key", checkValue(s.SMI).String(), "for MACs, method "+s.Style.SessionKey.String()+"; check value")
	x.Step("header", header.String(), "CLA INS P1 P2 Lc; Lc counts the MAC")
	if s.Style.ContextInMAC {
		x.Step("ATC, AC", in.ATC.String()+in.AC.String(), "not sent, but covered by the MAC")
	}
	x.Step("data", data.String(), "")
	x.Step("MAC input", Hex(s.MACInput(header, data)).String(), fmt.Sprintf("padding method %d", s.Style.Padding))
	mac := s.MAC(header, data)
	x.Step("MAC", Hex(mac[:]).String(), "ISO/IEC 9797-1 algorithm 3")
	if len(given) == 0 || s.CheckMAC(header, data, given) == nil {
		return
	}
	x.Step("given", given.String(), "differs")
	search := script.Search{
		Key: k.card, Context: s.Context, Header: header, Data: data, MAC: given,
		Issuer: k.issuer, PAN: in.PAN.PAN, SequenceNumber: in.PSN.SequenceNumber,
	}
	search.Option, _ = in.option()
	explainScriptMatches(x, search.Matches())
}

// scriptKeys are the keys for MACs that a session key is derived from.
type scriptKeys struct {
	issuer secret.Key // zero where the session key is given
	card   secret.Key // the session key itself where that is given
}

// explainScriptMatches shows the variants found.
func explainScriptMatches(x *Explanation, found []script.Variant) {
	if len(found) == 0 {
		x.Step("matches with", "none of the known variants: another key, transaction or data", "")
	}
	for _, v := range found {
		words := v.String()
		if names := v.Styles(); len(names) > 0 {
			words += " (as " + strings.Join(names, ", ") + ")"
		}
		x.Step("matches with", words, "")
	}
}

// ScriptMAC computes and checks the MAC of a script command.
type ScriptMAC struct {
	ScriptInput
	IMKSMI  Secret `json:"imk_smi" name:"imk-smi" placeholder:"HEX" help:"Issuer master key for script MACs, 16 bytes."`
	SKSMI   Secret `json:"sk_smi" name:"sk-smi" placeholder:"HEX" help:"Session key for script MACs; then no issuer key, PAN and sequence number."`
	Padding string `json:"padding" placeholder:"00|80" help:"Padding: 00 is method 1, 80 is method 2. Default is the style's."`
	Header  Hex    `json:"header" placeholder:"HEX" help:"CLA INS P1 P2 Lc; Lc counts the MAC."`
	Data    Hex    `json:"data" placeholder:"HEX" help:"Data of the command without the MAC."`
	MAC     Hex    `json:"mac" name:"mac" placeholder:"HEX" help:"MAC to check, 4 to 8 bytes."`
}

// macOnly is the style for which the session key is given and nothing but header
// and data is covered.
const macOnly = "mac-only"

// Help is the text of the help page.
func (*ScriptMAC) Help() string {
	return `Computes the MAC of a script command, and compares it with --mac where that is
given. With --explain it shows each step and, where the MAC does not match, tries
the known variants of session key, MAC input and padding. EMV Book 2, 9.2.
amex-style is a choice of this program: no script of American Express with a known
key is public.

Styles: ` + styleNames() + `,
mac-only (with --sk-smi; covers header and data alone).

Examples:

  $ till calc script-mac --style amex-style --imk-smi FEDCBA98765432100123456789ABCDEF --pan 374245001741007 --atc 0006 --ac 3E06130846F9A033 --header 04DA9F5809 --data 03
  sk smi kcv  49CB78
  mac input   04DA9F580900063E06130846F9A033038000000000000000
  mac         431206A91058112E
`
}

// scriptMACOut is the right MAC with what it was made from.
type scriptMACOut struct {
	SKSMIKCV Hex     `json:"sk_smi_kcv,omitempty"` // not for mac-only
	MACInput Hex     `json:"mac_input,omitempty"`  // after padding; not for mac-only
	MAC      Hex     `json:"mac"`
	Given    checked `json:"-" show:"given mac"`
}

// Calculate computes the MAC and compares it with the one given.
func (c *ScriptMAC) Calculate(Env) (any, error) {
	s, _, err := c.resolve()
	if err != nil {
		return nil, err
	}
	mac := s.MAC(c.Header, c.Data)
	if len(c.MAC) > 0 {
		if err := s.CheckMAC(c.Header, c.Data, c.MAC); err != nil {
			return nil, about("mac", err)
		}
	}
	out := scriptMACOut{MAC: mac[:], Given: len(c.MAC) > 0}
	if c.Style != macOnly {
		out.SKSMIKCV, out.MACInput = checkValue(s.SMI), s.MACInput(c.Header, c.Data)
	}
	return out, nil
}

// resolve returns the session with the keys that it was derived from.
func (c *ScriptMAC) resolve() (s script.Session, k scriptKeys, err error) {
	if c.Style == macOnly {
		s.Style = script.Style{SessionKey: cryptogram.MethodNone, Padding: secret.Padding2}
		err = onlyTakes(c, "style mac-only", "style", "sk_smi", "padding", "header", "data", "mac")
	} else {
		s, err = c.styled()
	}
	if err == nil && c.Padding != "" {
		s.Style.Padding, err = parsePadding(c.Padding)
	}
	if err == nil {
		k, err = c.keys()
	}
	if err != nil {
		return s, k, err
	}
	s.SMI = k.card
	if !k.issuer.IsZero() {
		s.SMI = script.NewSession(s.Style, cryptogram.MasterKeys{SMI: k.card}, s.Context).SMI
	}
	return s, k, nil
}

// styled returns the session of one of the styles, still without keys.
func (c *ScriptMAC) styled() (s script.Session, err error) {
	if s.Style, err = c.style(); err != nil {
		return s, aboutf("style", "want one of %s, %s", styleNames(), macOnly)
	}
	if s.Context, err = c.context(s.Style); err != nil {
		return s, err
	}
	var header [5]byte
	return s, c.Header.Fixed("header", header[:])
}

// keys returns the keys given.
func (c *ScriptMAC) keys() (k scriptKeys, err error) {
	if !c.SKSMI.IsZero() || c.Style == macOnly {
		if !c.IMKSMI.IsZero() {
			return k, aboutf("imk_smi", "of no use with a session key")
		}
		k.card, err = c.SKSMI.TDES("sk_smi")
		return k, err
	}
	if k.card, err = c.derive("imk_smi", c.IMKSMI); err != nil {
		return k, err
	}
	k.issuer, err = c.IMKSMI.TDES("imk_smi")
	return k, err
}

// Explain shows the keys, what the MAC covers, and, where the given one differs,
// which variant it would match.
func (c *ScriptMAC) Explain(x *Explanation) {
	s, k, err := c.resolve()
	if err != nil {
		return
	}
	if c.SKSMI.IsZero() {
		c.explain(x, k.card)
	}
	c.explainMAC(x, s, k, c.Header, c.Data, c.MAC)
}
