package cardcmd

import (
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
)

// clearKeys are the keys of an application in clear, in the form in which profiles
// take them.
type clearKeys struct {
	AC  string       `json:"mk_ac"`
	SMI string       `json:"mk_smi"`
	SMC string       `json:"mk_smc"`
	ICC *clearRSAKey `json:"icc_key,omitempty"`
	PIN *clearRSAKey `json:"pin_key,omitempty"`
}

// clearRSAKey is an RSA key by its primes.
type clearRSAKey struct {
	P        string `json:"p"`
	Q        string `json:"q"`
	Exponent string `json:"exponent"`
}

// addClearKeys adds what was asked for by a flag that says so.
func (c *shownCard) addClearKeys(img image.Image) {
	for i, a := range img.Applications {
		c.Applications[i].Keys.Clear = &clearKeys{
			AC: clearKey(a.Keys.AC), SMI: clearKey(a.Keys.SMI), SMC: clearKey(a.Keys.SMC),
			ICC: clearRSA(a.ICCKey), PIN: clearRSA(a.PINKey),
		}
	}
}

// clearRSA returns the primes of a key, nil where there is no key.
func clearRSA(k oda.PrivateKey) *clearRSAKey {
	if k.IsZero() {
		return nil
	}
	c := clearRSAKey{Exponent: hexadecimal(k.Public().Exponent())}
	k.Open(func(p, q []byte) { c.P, c.Q = hexadecimal(p), hexadecimal(q) })
	return &c
}

func (k *clearKeys) addTo(table *cli.Table) {
	if k == nil {
		return
	}
	table.Row("  mk_ac", k.AC)
	table.Row("  mk_smi", k.SMI)
	table.Row("  mk_smc", k.SMC)
	k.ICC.addTo(table, "  icc_key")
	k.PIN.addTo(table, "  pin_key")
}

func (k *clearRSAKey) addTo(table *cli.Table, name string) {
	if k == nil {
		return
	}
	table.Row(name+" p", k.P)
	table.Row(name+" q", k.Q)
	table.Row(name+" exponent", k.Exponent)
}
