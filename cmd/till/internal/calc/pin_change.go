package calc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
)

// PINChange makes and checks PIN CHANGE/UNBLOCK.
type PINChange struct {
	ScriptInput
	P2          Hex       `json:"p2" name:"p2" placeholder:"HEX" help:"00 unblock, 01 change with the current PIN mixed in, 02 change without it."`
	IMKAC       Secret    `json:"imk_ac" name:"imk-ac" placeholder:"HEX" help:"Issuer master key for application cryptograms, 16 bytes; PIN blocks of the Visa form need it."`
	IMKSMI      Secret    `json:"imk_smi" name:"imk-smi" placeholder:"HEX" help:"Issuer master key for script MACs, 16 bytes."`
	IMKSMC      Secret    `json:"imk_smc" name:"imk-smc" placeholder:"HEX" help:"Issuer master key for script encipherment, 16 bytes."`
	Header      Hex       `json:"header" placeholder:"HEX" help:"CLA INS P1 P2 Lc to use as given, even where Lc does not fit."`
	APDU        Hex       `json:"apdu" name:"apdu" placeholder:"HEX" help:"Command to open as the card does. A new PIN is compared with the one in it, if it is given."`
	NewPIN      PINDigits `json:"new_pin" kong:"-"`
	OldPIN      PINDigits `json:"old_pin" kong:"-"`
	CardPIN     PINDigits `json:"card_pin" kong:"-"`
	NewSource   PINSource `json:"-" embed:"" prefix:"new-" set:"pin=the new PIN"`
	OldSource   PINSource `json:"-" embed:"" prefix:"old-" set:"pin=the current PIN, for P2 01,"`
	CardPINFile string    `json:"-" placeholder:"FILE" help:"With P2 01: read the PIN that the card has, where it is not the one that the issuer believes in, from the first line of FILE."`

	done pinChangeCase // for Explain
}

// Help is the text of the help page.
func (*PINChange) Help() string {
	return `Makes the command PIN CHANGE/UNBLOCK from the issuer master keys and a new PIN; or
opens a given one as the card does, and checks MAC, frame and PIN block. The new
PIN, and with P2 01 the current one, are asked for without echo or read from a
file. The result shows the clear PIN block: use test PINs only. EMV Book 3,
6.5.10 and Book 2, 9. amex-style is a choice of this program: no such command of
American Express is public.

Styles: ` + styleNames() + `.

Examples:

  $ till calc pin-change --style amex-style --imk-smi FEDCBA98765432100123456789ABCDEF --pan 374245001741007 --atc 0006 --ac 3E06130846F9A033 --p2 00
  mac   D29D79579ABA8574
  apdu  8424000008D29D79579ABA8574
`
}

// pinChangeOut is the command and its parts; an unblock has no PIN.
type pinChangeOut struct {
	PINBlock   Hex `json:"pin_block,omitempty"`
	SKSMCKCV   Hex `json:"sk_smc_kcv,omitempty"`
	SKSMIKCV   Hex `json:"sk_smi_kcv,omitempty"`
	Enciphered Hex `json:"enciphered,omitempty"`
	MAC        Hex `json:"mac"`
	APDU       Hex `json:"apdu"`

	NewPIN string  `json:"-" show:"new pin"` // what the card takes from a command given
	Given  checked `json:"-" show:"given new pin"`
}

// The values of P2.
const (
	p2Unblock = 0x00
	p2Knowing = 0x01
	p2Change  = 0x02
)

// pinChangeCase is what the input means and what came of it.
type pinChangeCase struct {
	issuer  secret.Key            // for MACs
	card    cryptogram.MasterKeys // those that are needed
	session script.Session
	p2      byte
	current pin.PIN // for opening
	opened  pin.PIN // what the card takes
	want    pin.PIN // what it should take, if that is given
	header  Hex
	data    Hex // enciphered
	mac     Hex // made, or given
}

// Calculate makes the command, or opens the one given.
func (c *PINChange) Calculate(env Env) (any, error) {
	k := &c.done
	var command apdu.Command
	var err error
	if c.APDU != nil {
		if command, err = apdu.ParseCommand(c.APDU); err != nil {
			return nil, about("apdu", usage(err))
		}
		k.p2 = command.P2
		if c.P2 != nil && !bytes.Equal(c.P2, Hex{k.p2}) {
			return nil, aboutf("p2", "the command has %02X", k.p2)
		}
	} else if k.p2, err = c.parameter(); err != nil {
		return nil, err
	}
	if err := c.checkMembers(k.p2); err != nil {
		return nil, err
	}
	if err := c.resolve(k); err != nil {
		return nil, err
	}
	if c.APDU != nil {
		return c.open(env, k, command)
	}
	return c.build(env, k)
}

// checkMembers refuses what P2 or a command to open makes useless.
func (c *PINChange) checkMembers(p2 byte) error {
	newPIN := !c.NewPIN.IsZero() || c.NewSource.Given()
	oldPIN := !c.OldPIN.IsZero() || c.OldSource.Given()
	cardPIN := !c.CardPIN.IsZero() || c.CardPINFile != ""
	switch {
	case newPIN && p2 == p2Unblock:
		return aboutf("new_pin", "of no use with P2 00")
	case oldPIN && p2 != p2Knowing:
		return aboutf("old_pin", "of no use with P2 %02X", p2)
	case cardPIN && p2 != p2Knowing:
		return aboutf("card_pin", "of no use with P2 %02X", p2)
	case cardPIN && oldPIN && c.APDU != nil:
		return aboutf("old_pin", "of no use beside the PIN that the card has")
	case c.Header != nil && c.APDU != nil:
		return aboutf("header", "of no use with a command to open")
	}
	return nil
}

// parameter returns P2.
func (c *PINChange) parameter() (byte, error) {
	if len(c.P2) != 1 || c.P2[0] > p2Change {
		return 0, aboutf("p2", "want 00, 01 or 02")
	}
	return c.P2[0], nil
}

// resolve derives the keys that P2 and style need.
func (c *PINChange) resolve(k *pinChangeCase) error {
	style, err := c.style()
	if err != nil {
		return err
	}
	if k.p2 == p2Knowing && style.CurrentBlock == 0 && c.APDU == nil {
		return aboutf("p2", "style %s has no PIN block with the current PIN, P2 02 it knows", style.Name)
	}
	context, err := c.context(style)
	if err != nil {
		return err
	}
	if k.card.SMI, err = c.derive("imk_smi", c.IMKSMI); err != nil {
		return err
	}
	if k.issuer, err = c.IMKSMI.TDES("imk_smi"); err != nil {
		return err
	}
	if k.p2 != p2Unblock {
		if k.card.SMC, err = c.derive("imk_smc", c.IMKSMC); err != nil {
			return err
		}
		if blockOf(style, k.p2) == script.BlockVisa || !c.IMKAC.IsZero() {
			if k.card.AC, err = c.derive("imk_ac", c.IMKAC); err != nil {
				return err
			}
		}
	}
	k.session = script.NewSession(style, k.card, context)
	return nil
}

// blockOf returns the PIN block that a style has for P2.
func blockOf(style script.Style, p2 byte) script.BlockForm {
	if p2 == p2Knowing {
		return style.CurrentBlock
	}
	return style.Block
}

// build makes the command and, where the card has another PIN than the issuer
// believes, lets the card open it.
func (c *PINChange) build(env Env, k *pinChangeCase) (any, error) {
	newPIN, oldPIN, err := c.pins(env, k.p2)
	if err != nil {
		return nil, err
	}
	command, err := k.command(newPIN, oldPIN)
	if err != nil {
		return nil, err
	}
	k.split(command)
	if c.Header != nil {
		var header [5]byte
		if err := c.Header.Fixed("header", header[:]); err != nil {
			return nil, err
		}
		mac := k.session.MAC(c.Header, k.data)
		k.header, k.mac = c.Header, mac[:]
	}
	out, err := k.out()
	if err != nil {
		return nil, err
	}
	return out, c.tryOnCard(env, k, command, newPIN)
}

// command makes the command.
func (k *pinChangeCase) command(newPIN, oldPIN pin.PIN) (apdu.Command, error) {
	switch k.p2 {
	case p2Unblock:
		return k.session.PINUnblock()
	case p2Knowing:
		return k.session.PINChangeKnowingPIN(newPIN, oldPIN)
	}
	return k.session.PINChange(newPIN)
}

// split takes the command apart.
func (k *pinChangeCase) split(command apdu.Command) {
	n := max(len(command.Data)-k.session.Style.MACLength, 0)
	header := command.Header()
	k.header, k.data, k.mac = append(header[:], byte(len(command.Data))), command.Data[:n], command.Data[n:]
}

// out returns the command with its parts; an unblock has no PIN.
func (k *pinChangeCase) out() (out pinChangeOut, err error) {
	out.MAC, out.APDU = k.mac, slices.Concat(k.header, k.data, k.mac)
	if k.p2 == p2Unblock {
		return out, nil
	}
	block, err := k.session.DecipherBlock(k.data)
	block.Open(func(clear []byte) { out.PINBlock = bytes.Clone(clear) })
	out.SKSMCKCV, out.SKSMIKCV, out.Enciphered = checkValue(k.session.SMC), checkValue(k.session.SMI), k.data
	return out, err
}

// pins returns the PINs that P2 needs.
func (c *PINChange) pins(env Env, p2 byte) (newPIN, oldPIN pin.PIN, err error) {
	if p2 == p2Unblock {
		return newPIN, oldPIN, nil
	}
	if newPIN, err = c.newPIN(env); err != nil {
		return newPIN, oldPIN, err
	}
	if p2 == p2Knowing {
		oldPIN, err = c.oldPIN(env)
	}
	return newPIN, oldPIN, err
}

func (c *PINChange) newPIN(env Env) (pin.PIN, error) {
	c.NewSource.Prefix = "new-"
	return readPIN(env, "new_pin", c.NewPIN, c.NewSource, "New PIN")
}

func (c *PINChange) oldPIN(env Env) (pin.PIN, error) {
	c.OldSource.Prefix = "old-"
	return readPIN(env, "old_pin", c.OldPIN, c.OldSource, "Current PIN")
}

// readPIN returns a PIN; name is the member that it comes from.
func readPIN(env Env, name string, given PINDigits, source PINSource, prompt string) (p pin.PIN, err error) {
	digits, err := env.PIN(given, source, prompt)
	if err != nil {
		return p, about(name, err)
	}
	digits.Open(func(clear []byte) { p, err = pin.Parse(clear) })
	return p, about(name, usage(err))
}

// cardPIN returns the PIN that the card has; ok is false where none is given.
func (c *PINChange) cardPIN(env Env) (p pin.PIN, ok bool, err error) {
	if c.CardPIN.IsZero() && c.CardPINFile == "" {
		return p, false, nil
	}
	p, err = readPIN(env, "card_pin", c.CardPIN, PINSource{File: c.CardPINFile}, "")
	return p, true, err
}

// tryOnCard opens the command with the PIN that the card has, if one is given.
// Mostly the card finds a bad block; where the two PINs differ in few digits it
// finds a good one with another PIN, which is worse.
func (c *PINChange) tryOnCard(env Env, k *pinChangeCase, command apdu.Command, want pin.PIN) error {
	current, ok, err := c.cardPIN(env)
	if err != nil || !ok {
		return err
	}
	opened, err := k.session.OpenPINChange(command, current)
	if errors.Is(err, emv.ErrBadPINBlock) {
		return fmt.Errorf("open as the card: its PIN is not old_pin, so it sees a bad PIN block: %w", emv.ErrWrongPIN)
	}
	if err == nil && !opened.Equal(want) {
		return fmt.Errorf("open as the card: its PIN is not old_pin, so it takes a PIN that nobody chose: %w", emv.ErrWrongPIN)
	}
	return err
}

// open opens the command given, as the card does.
func (c *PINChange) open(env Env, k *pinChangeCase, command apdu.Command) (any, error) {
	k.split(command)
	var err error
	if k.current, err = c.current(env, k.p2); err != nil {
		return nil, err
	}
	if !c.NewPIN.IsZero() || c.NewSource.Given() {
		if k.want, err = c.newPIN(env); err != nil {
			return nil, err
		}
	}
	if k.opened, err = k.session.OpenPINChange(command, k.current); err != nil {
		return nil, err
	}
	if !k.want.IsZero() && !k.opened.Equal(k.want) {
		return nil, fmt.Errorf("open as the card: it takes another PIN than new_pin: %w", emv.ErrWrongPIN)
	}
	out, err := k.out()
	out.NewPIN, out.Given = string(opened(k.opened)), checked(!k.want.IsZero())
	return out, err
}

// current returns the PIN that the card has, where P2 asks for it.
func (c *PINChange) current(env Env, p2 byte) (pin.PIN, error) {
	if p2 != p2Knowing {
		return pin.PIN{}, nil
	}
	if p, ok, err := c.cardPIN(env); ok {
		return p, err
	}
	return c.oldPIN(env)
}

// Explain shows the keys, the form of block and frame, what the MAC covers, and,
// where the given MAC differs, which variant it would match.
func (c *PINChange) Explain(x *Explanation) {
	k := &c.done
	if k.header == nil {
		return
	}
	c.explain(x, k.card.SMI)
	if k.p2 != p2Unblock {
		k.explainPIN(x)
	}
	c.explainMAC(x, k.session, scriptKeys{k.issuer, k.card.SMI}, k.header, k.data, k.mac)
	if c.APDU != nil {
		k.explainOpened(x)
		c.explainStyles(x)
	}
}

// explainOpened says what is known about the PIN in a command that opens, without
// the PIN.
func (k *pinChangeCase) explainOpened(x *Explanation) {
	if k.opened.IsZero() {
		return
	}
	remark := ""
	if k.p2 == p2Knowing {
		remark = "another current PIN can open it too, to another new PIN: give the new PIN to compare"
	}
	if !k.want.IsZero() {
		remark = "and holds the new PIN given"
	}
	if !k.want.IsZero() && !k.opened.Equal(k.want) {
		remark = "but holds another PIN than the new PIN given: suspect the current PIN"
	}
	x.Step("block", "well formed", remark)
}

// explainStyles shows the styles in which the command opens, where the one given
// is not among them.
func (c *PINChange) explainStyles(x *Explanation) {
	k := &c.done
	command, err := apdu.ParseCommand(c.APDU)
	if err != nil || k.card.SMC.IsZero() || k.card.AC.IsZero() {
		return
	}
	names := script.StylesOpening(k.card, k.session.Context, command, k.current)
	if len(names) > 0 && !slices.Contains(names, c.Style) {
		x.Step("opens with", "style "+strings.Join(names, ", "), "")
	}
}

// explainPIN shows how the PIN is enciphered, without the PIN.
func (k *pinChangeCase) explainPIN(x *Explanation) {
	form := k.session.Style.Block
	if k.p2 == p2Knowing {
		form = k.session.Style.CurrentBlock
	}
	remark := "2, length, digits, filler F"
	if form == script.BlockVisa {
		remark = "0, length, digits, filler F; combined with bytes 5 to 8 of the card key for cryptograms"
		if k.p2 == p2Knowing {
			remark += " and the current PIN"
		}
	}
	x.Step("PIN block", form.String(), remark)
	x.Step("frame", k.session.Style.Frame.String(), "")
	x.Step("session key", checkValue(k.session.SMC).String(), "for encipherment, method "+k.session.Style.SessionKey.String()+"; check value")
	x.Step("enciphered", k.data.String(), "")
}
