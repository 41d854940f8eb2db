package issuertest

import (
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
)

// PINPad is a DUKPT device. It uses each key once.
type PINPad struct {
	secret.Opaque
	tdes *dukpt.TDESDevice
	aes  *dukpt.AESDevice
}

// PINPad returns a device that was just loaded with the initial key of that
// number, of TDES DUKPT or of AES DUKPT.
func (i *Issuer) PINPad(t testing.TB, number byte, aes bool) *PINPad {
	t.Helper()
	if aes {
		initial := dukpt.InitialKeyID{0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, number}
		key, err := i.Module.InitialKeyAES(initial)
		require.NoError(t, err)
		device, err := dukpt.NewAESDevice(key, initial)
		require.NoError(t, err)
		return &PINPad{aes: device}
	}
	initial := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, number, 0xE0}
	key, err := i.Module.InitialKeyTDES(initial)
	require.NoError(t, err)
	device, err := dukpt.NewTDESDevice(key, initial)
	require.NoError(t, err)
	return &PINPad{tdes: device}
}

// Numbers of the devices of Card.EnterPIN.
const (
	padTDES = 0x10
	padAES  = 0x56
)

// EnterPIN puts a PIN block into a request, under the next key of the issuer's
// first TDES or AES device.
func (c *Card) EnterPIN(t testing.TB, m *message.AuthorizationRequest, digits string, aes bool) {
	t.Helper()
	c.issuer.padLock.Lock()
	defer c.issuer.padLock.Unlock()
	pad, number := &c.issuer.tdesPad, byte(padTDES)
	if aes {
		pad, number = &c.issuer.aesPad, padAES
	}
	if *pad == nil {
		*pad = c.issuer.PINPad(t, number, aes)
	}
	(*pad).Enter(t, c, m, digits)
}

// EnterPINInZone puts a PIN block under the key of the zone into a request, as a host
// between terminal and issuer does.
func (c *Card) EnterPINInZone(t testing.TB, m *message.AuthorizationRequest, digits string) {
	t.Helper()
	block, err := pin.Encode(pin.Format0, PIN(t, digits), c.PAN, nil)
	require.NoError(t, err)
	enciphered := block.Encipher(imk(t, zoneKey))
	m.PINBlock, m.SecurityControl = secret.New(enciphered[:]), secret.Value{}
}

// Enter puts a PIN block into a request for a card.
func (p *PINPad) Enter(t testing.TB, c *Card, m *message.AuthorizationRequest, digits string) {
	t.Helper()
	if p.aes != nil {
		p.enterAES(t, c, m, digits)
		return
	}
	ksn, transaction, err := p.tdes.Next()
	require.NoError(t, err)
	block, err := pin.Encode(pin.Format0, PIN(t, digits), c.PAN, nil)
	require.NoError(t, err)
	enciphered := block.Encipher(transaction.PIN())
	m.PINBlock, m.SecurityControl = secret.New(enciphered[:]), secret.New(ksn[:])
}

func (p *PINPad) enterAES(t testing.TB, c *Card, m *message.AuthorizationRequest, digits string) {
	t.Helper()
	ksn, transaction, err := p.aes.Next()
	require.NoError(t, err)
	working, err := transaction.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
	require.NoError(t, err)
	block, err := pin.Encipher4(working, PIN(t, digits), c.PAN, rand.Reader)
	require.NoError(t, err)
	m.PINBlock, m.SecurityControl = secret.New(block[:]), secret.New(ksn[:])
}
