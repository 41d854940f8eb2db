package calc

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

// PINBlock makes and reads PIN blocks.
type PINBlock struct {
	Op        string    `json:"op" placeholder:"NAME" help:"encode or decode a clear block (formats 0 to 3), encrypt or decrypt one (all formats), or pan-field (format 4)."`
	Format    string    `json:"format" placeholder:"0-4" help:"Format of ISO 9564-1."`
	Key       Secret    `json:"key" placeholder:"HEX" help:"PIN key to encrypt or decrypt: TDES of 16 bytes, for format 4 AES of 16, 24 or 32."`
	PAN       PAN       `json:"pan" name:"pan" placeholder:"DIGITS" help:"Account number, for formats 0, 3 and 4."`
	Block     Hex       `json:"block" placeholder:"HEX" help:"Block to decode or decrypt."`
	Random    Hex       `json:"random" placeholder:"HEX" help:"The 8 random bytes of format 4. Default is drawn."`
	PIN       PINDigits `json:"pin" kong:"-"`
	PINSource `json:"-" embed:""`

	clear pin.Block // what was made or to be decoded, for Explain
}

// Help is the text of the help page.
func (*PINBlock) Help() string {
	return `Makes a PIN block, clear or enciphered, or takes one apart. Clear blocks and PINs
show in the result: use test PINs only. With --explain it says in which other
format a block would decode. ISO 9564-1.

Examples:

  $ printf 1234 | till calc pin-block --op encode --format 0 --pan 5555555551234567 --pin-fd 0
  block  041261AAAAEDCBA9

  $ till calc pin-block --op decode --format 2 --block 2534567FFFFFFFFF
  pin  34567

  $ till calc pin-block --op pan-field --format 4 --pan 411111111111111
  pan field  34111111111111110000000000000000
`
}

// pinBlockOut is what the operation gives.
type pinBlockOut struct {
	PIN      string `json:"pin,omitempty"`
	PINField Hex    `json:"pin_field,omitempty"`
	PANField Hex    `json:"pan_field,omitempty"`
	Block    Hex    `json:"block,omitempty"`
}

// Calculate carries out the operation.
func (c *PINBlock) Calculate(env Env) (any, error) {
	f, err := pin.ParseFormat(c.Format)
	if err != nil {
		return nil, about("format", usage(err))
	}
	if len(c.Random) > 0 && f != pin.Format4 {
		return nil, aboutf("random", "format 4 alone takes it")
	}
	if err := c.checkMembers(); err != nil {
		return nil, err
	}
	if f == pin.Format4 {
		return c.calculate4(env)
	}
	switch c.Op {
	case "encode":
		return c.encode(env, f)
	case "decode":
		return c.decode(f)
	case "encrypt":
		return c.encipher(env, f)
	case "decrypt":
		return c.decipher(f)
	}
	return nil, aboutf("op", "want encode, decode, encrypt or decrypt")
}

// checkMembers refuses what the operation does not use. The account number is
// welcome everywhere: Explain tries all formats with it.
func (c *PINBlock) checkMembers() error {
	members, ok := map[string][]string{
		"encode":    {"pin"},
		"decode":    {"block"},
		"encrypt":   {"pin", "key", "random"},
		"decrypt":   {"block", "key"},
		"pan-field": nil,
	}[c.Op]
	if !ok {
		return nil // there is no such operation, which is told later
	}
	if err := onlyTakes(c, "op "+c.Op, append(members, "op", "format", "pan")...); err != nil {
		return err
	}
	if c.Given() && !slices.Contains(members, "pin") {
		return aboutf("pin", "of no use with op %s", c.Op)
	}
	if slices.Contains(members, "block") {
		return c.Block.Required("block")
	}
	return nil
}

// calculate4 carries out the operations of format 4.
func (c *PINBlock) calculate4(env Env) (any, error) {
	switch c.Op {
	case "encrypt":
		return c.encipher4(env)
	case "decrypt":
		return c.decipher4()
	case "pan-field":
		if err := c.PAN.Required(); err != nil {
			return nil, err
		}
		field, err := pin.PANField4(c.PAN.PAN)
		return pinBlockOut{PANField: opened(field)}, err
	}
	return nil, aboutf("op", "want encrypt, decrypt or pan-field, since a format 4 block is never clear")
}

// block returns the clear block of the PIN.
func (c *PINBlock) block(env Env, f pin.Format) (pin.Block, error) {
	p, err := readPIN(env, "pin", c.PIN, c.PINSource, "PIN")
	if err != nil {
		return pin.Block{}, err
	}
	c.clear, err = pin.Encode(f, p, c.PAN.PAN, env.Rand)
	return c.clear, err
}

func (c *PINBlock) encode(env Env, f pin.Format) (any, error) {
	block, err := c.block(env, f)
	if err != nil {
		return nil, err
	}
	return pinBlockOut{Block: opened(block)}, nil
}

func (c *PINBlock) encipher(env Env, f pin.Format) (any, error) {
	key, err := c.Key.TDES("key")
	if err != nil {
		return nil, err
	}
	block, err := c.block(env, f)
	if err != nil {
		return nil, err
	}
	enciphered := block.Encipher(key)
	return pinBlockOut{Block: enciphered[:]}, nil
}

func (c *PINBlock) encipher4(env Env) (any, error) {
	key, err := c.Key.AES("key")
	if err != nil {
		return nil, err
	}
	p, err := readPIN(env, "pin", c.PIN, c.PINSource, "PIN")
	if err != nil {
		return nil, err
	}
	random, err := pinFieldRandom(c.Random, env.Rand)
	if err != nil {
		return nil, err
	}
	block, err := pin.Encipher4(key, p, c.PAN.PAN, bytes.NewReader(random))
	if err != nil {
		return nil, err
	}
	pinField, err := pin.PINField4(p, bytes.NewReader(random))
	if err != nil {
		return nil, err
	}
	panField, err := pin.PANField4(c.PAN.PAN)
	return pinBlockOut{PINField: opened(pinField), PANField: opened(panField), Block: block[:]}, err
}

// pinFieldRandom returns the random bytes of a format 4 PIN field: those given,
// or drawn ones.
func pinFieldRandom(given Hex, source io.Reader) (Hex, error) {
	random := make(Hex, 8)
	if len(given) > 0 {
		return random, given.Fixed("random", random)
	}
	_, err := io.ReadFull(source, random)
	return random, err
}

func (c *PINBlock) decode(f pin.Format) (any, error) {
	block, err := pin.ParseBlock(c.Block)
	if err != nil {
		return nil, err
	}
	return c.read(f, block)
}

func (c *PINBlock) decipher(f pin.Format) (any, error) {
	key, err := c.Key.TDES("key")
	if err != nil {
		return nil, err
	}
	var enciphered [8]byte
	if err := c.fixed(enciphered[:]); err != nil {
		return nil, err
	}
	return c.read(f, pin.DecipherBlock(key, enciphered))
}

// read decodes a clear block.
func (c *PINBlock) read(f pin.Format, block pin.Block) (any, error) {
	c.clear = block
	p, err := pin.Decode(f, block, c.PAN.PAN)
	if err != nil {
		return nil, err
	}
	return pinBlockOut{PIN: string(opened(p))}, nil
}

func (c *PINBlock) decipher4() (any, error) {
	key, err := c.Key.AES("key")
	if err != nil {
		return nil, err
	}
	var enciphered [16]byte
	if err := c.fixed(enciphered[:]); err != nil {
		return nil, err
	}
	p, err := pin.Decipher4(key, enciphered, c.PAN.PAN)
	if err != nil {
		return nil, err
	}
	return pinBlockOut{PIN: string(opened(p))}, nil
}

// fixed copies the enciphered block; one of another length is a bad PIN block.
func (c *PINBlock) fixed(dst []byte) error {
	if err := c.Block.Fixed("block", dst); err != nil {
		return fmt.Errorf("%w: %w", err, emv.ErrBadPINBlock)
	}
	return nil
}

// opened returns the bytes of a secret that the result shows.
func opened(s interface{ Open(use func([]byte)) }) (b Hex) {
	s.Open(func(clear []byte) { b = bytes.Clone(clear) })
	return b
}

// Explain shows the key's check value and the first byte of the clear block, and
// the formats in which it decodes.
func (c *PINBlock) Explain(x *Explanation) {
	if key, err := c.key(); err == nil {
		x.Step("PIN key", checkValue(key).String(), key.Algorithm().String()+"; check value")
	}
	if c.Format == pin.Format4.String() && !c.PAN.IsZero() {
		if field, err := pin.PANField4(c.PAN.PAN); err == nil {
			x.Step("PAN field", opened(field).String(), "")
		}
	}
	if c.clear.IsZero() {
		return
	}
	first := opened(c.clear)[0]
	x.Step("first byte", Hex{first}.String(), fmt.Sprintf("control nibble %X, PIN length %d", first>>4, first&0x0F))
	formats := pin.Formats(c.clear, c.PAN.PAN)
	if len(formats) == 0 {
		x.Step("decodes as", "none of the formats 0 to 3", "another key or PAN")
		return
	}
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = "format " + f.String()
	}
	x.Step("decodes as", strings.Join(names, ", "), "")
}

// key returns the PIN key of the algorithm that the format wants.
func (c *PINBlock) key() (secret.Key, error) {
	if c.Format == pin.Format4.String() {
		return c.Key.AES("key")
	}
	return c.Key.TDES("key")
}
