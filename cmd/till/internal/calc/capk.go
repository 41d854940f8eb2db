package calc

import (
	"github.com/f510b0cf/till/emv/oda"
)

// CAPublicKeyInput is a certification authority public key.
type CAPublicKeyInput struct {
	RID      Hex `json:"rid" name:"rid" placeholder:"HEX" help:"Registered application provider identifier, 5 bytes."`
	Index    Hex `json:"index" placeholder:"HEX" help:"Certification authority public key index, 1 byte."`
	Modulus  Hex `json:"modulus" placeholder:"HEX" help:"Modulus."`
	Exponent Hex `json:"exponent" placeholder:"HEX" help:"Public exponent, 03 or 010001."`
}

// key returns the key.
func (in CAPublicKeyInput) key() (k oda.CAPublicKey, err error) {
	if err := in.RID.Fixed("rid", k.RID[:]); err != nil {
		return k, err
	}
	var index [1]byte
	if err := in.Index.Fixed("index", index[:]); err != nil {
		return k, err
	}
	k.Index = index[0]
	if k.Key, err = oda.NewPublicKey(in.Modulus, in.Exponent); err != nil {
		return k, about("modulus", usage(err))
	}
	return k, nil
}

// CAPK computes and checks the check sum of a certification authority public
// key.
type CAPK struct {
	CAPublicKeyInput
	Kind string `json:"kind" placeholder:"WORD" help:"A remark, such as live or test. It changes nothing."`
	Bits int    `json:"bits" placeholder:"N" help:"Length that the modulus must have, in bits."`
	SHA1 Hex    `json:"sha1" name:"sha1" placeholder:"HEX" help:"Check sum to compare with, 20 bytes."`
}

// Help is the text of the help page.
func (*CAPK) Help() string {
	return `Computes the check sum that is published with a certification authority public
key, SHA-1 over RID, index, modulus and exponent, and compares it with --sha1
where that is given. With --explain it says of a check sum that differs whether
another index or exponent would match.

Examples:

  $ till calc capk --rid A000000025 --index 04 --exponent 03 --modulus D0F543F03F2517133EF2BA4A1104486758630DCFE3A883C77B4E4844E39A9BD6360D23E6644E1E071F196DDF2E4A68B4A3D93D14268D7240F6A14F0D714C17827D279D192E88931AF7300727AE9DA80A3F0E366AEBA61778171737989E1EE309
  sha1  FDD7139EC7E0C33167FD61AD3CADBD68D66E91C5
`
}

// capkOut is the right check sum.
type capkOut struct {
	SHA1  Hex     `json:"sha1"`
	Given checked `json:"-" show:"given sha1"`
}

// Calculate computes the check sum and compares it with the one given.
func (c *CAPK) Calculate(Env) (any, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	if c.Bits != 0 && c.Bits != 8*key.Key.Size() {
		return nil, aboutf("bits", "the modulus has %d", 8*key.Key.Size())
	}
	if c.SHA1 != nil {
		published, err := c.published()
		if err != nil {
			return nil, err
		}
		if err := key.Verify(published); err != nil {
			return nil, err
		}
	}
	sum := key.CheckSum()
	return capkOut{SHA1: sum[:], Given: c.SHA1 != nil}, nil
}

// published returns the check sum to compare with.
func (c *CAPK) published() (sum oda.Hash, err error) {
	return sum, c.SHA1.Fixed("sha1", sum[:])
}

// Explain shows the right check sum and, where the given one differs, which
// index or exponent it belongs to.
func (c *CAPK) Explain(x *Explanation) {
	key, err := c.key()
	if err != nil {
		return
	}
	sum := key.CheckSum()
	x.Step("key", key.Key.String(), "")
	x.Step("check sum", Hex(sum[:]).String(), "SHA-1 of RID, index, modulus, exponent")
	published, err := c.published()
	if err != nil || key.Verify(published) == nil {
		return
	}
	x.Step("given", c.SHA1.String(), "differs")
	x.Step("matches with", c.otherName(published), "")
}

// otherName says which index and exponent would give the check sum.
func (c *CAPK) otherName(published oda.Hash) string {
	for _, exponent := range []Hex{{0x03}, {0x01, 0x00, 0x01}} {
		for index := range 1 << 8 {
			other := c.CAPublicKeyInput
			other.Index, other.Exponent = Hex{byte(index)}, exponent
			if key, err := other.key(); err == nil && key.CheckSum() == published {
				return "index " + other.Index.String() + ", exponent " + exponent.String()
			}
		}
	}
	return "no other index or exponent: modulus or RID differs"
}
