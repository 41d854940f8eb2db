package calc

import (
	"encoding/binary"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// SessionKeys derives the session key of a transaction.
type SessionKeys struct {
	Method string `json:"method" placeholder:"METHOD" help:"emv-csk-ac (from the ATC), emv-csk (from --r), mc-skd (from ATC and unpredictable number) or visa-sm (from the ATC)."`
	MK     Secret `json:"mk" name:"mk" placeholder:"HEX" help:"ICC master key, 16 bytes."`
	Diversifiers
}

// Diversifiers are what session keys are made from, beside a key.
type Diversifiers struct {
	ATC Hex `json:"atc" name:"atc" placeholder:"HEX" help:"Application transaction counter, 2 bytes."`
	UN  Hex `json:"un" name:"un" placeholder:"HEX" help:"Unpredictable number, 4 bytes."`
	R   Hex `json:"r" name:"r" placeholder:"HEX" help:"Diversifier, 8 bytes; for scripts it is the ARQC."`
}

// atc returns the counter.
func (d Diversifiers) atc() (emv.ATC, error) {
	var b [2]byte
	if err := d.ATC.Fixed("atc", b[:]); err != nil {
		return 0, err
	}
	return emv.ATC(binary.BigEndian.Uint16(b[:])), nil
}

// csk returns the common session key of a counter.
func (d Diversifiers) csk(mk secret.Key) (secret.Key, error) {
	atc, err := d.atc()
	return cryptogram.CSK(mk, cryptogram.CSKDiversifier(atc)), err
}

// cskOfR returns the common session key of a given diversifier.
func (d Diversifiers) cskOfR(mk secret.Key) (secret.Key, error) {
	var r [8]byte
	err := d.R.Fixed("r", r[:])
	return cryptogram.CSK(mk, r), err
}

// skd returns the session key by the Mastercard method.
func (d Diversifiers) skd(mk secret.Key) (secret.Key, error) {
	atc, err := d.atc()
	if err != nil {
		return secret.Key{}, err
	}
	var un emv.UnpredictableNumber
	err = d.UN.Fixed("un", un[:])
	return cryptogram.MastercardSKD(mk, atc, un), err
}

// visaSM returns the session key by the Visa method.
func (d Diversifiers) visaSM(mk secret.Key) (secret.Key, error) {
	atc, err := d.atc()
	return cryptogram.VisaSM(mk, atc), err
}

// Help is the text of the help page.
func (*SessionKeys) Help() string {
	return `Derives a session key from an ICC master key and shows it: use test keys only.
The key is shown with odd parity; tools differ in that, so compare check values.
EMV Book 2, Annex A1.3, and the methods of Mastercard and Visa.

Examples:

  $ till calc session-keys --method emv-csk-ac --mk 0123456789ABCDEFFEDCBA9876543210 --atc 001C
  sk   E9FB384AF807B940FEDCEA613461B0C4
  kcv  7DD53C
`
}

// sessionKeysOut is a session key.
type sessionKeysOut struct {
	SK  Hex `json:"sk"`
	KCV Hex `json:"kcv"`
}

// Calculate derives the key.
func (c *SessionKeys) Calculate(Env) (any, error) {
	mk, err := c.MK.TDES("mk")
	if err != nil {
		return nil, err
	}
	methods := map[string]func(secret.Key) (secret.Key, error){
		"emv-csk-ac": c.csk, "emv-csk": c.cskOfR, "mc-skd": c.skd, "visa-sm": c.visaSM,
	}
	derive, ok := methods[c.Method]
	if !ok {
		return nil, fmt.Errorf("method: want emv-csk-ac, emv-csk, mc-skd or visa-sm")
	}
	sk, err := derive(mk)
	if err != nil {
		return nil, err
	}
	return sessionKeysOut{SK: keyBytes(sk), KCV: checkValue(sk)}, nil
}

// SessionInput names the session key of a cryptogram.
type SessionInput struct {
	Session string `json:"session" placeholder:"METHOD" help:"Session key: none, csk (from --atc), csk-r (from --r) or skd (from --atc and --un)."`
	Diversifiers
}

// session derives the key.
func (in SessionInput) session(mk secret.Key) (secret.Key, error) {
	methods := map[string]func(secret.Key) (secret.Key, error){
		"none": func(mk secret.Key) (secret.Key, error) { return mk, nil },
		"csk":  in.csk, "csk-r": in.cskOfR, "skd": in.skd,
	}
	derive, ok := methods[in.Session]
	if !ok {
		return secret.Key{}, fmt.Errorf("session: want none, csk, csk-r or skd")
	}
	return derive(mk)
}
