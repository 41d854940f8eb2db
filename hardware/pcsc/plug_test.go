//go:build pcsc && cgo

package pcsc_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/atr"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/hardwaretest"
	"github.com/f510b0cf/till/hardware/pcsc"
	"github.com/f510b0cf/till/hardware/vpcd"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// The answers to reset that make a daemon speak T=0 and T=1, and one whose check byte
// is wrong.
const (
	atrT0  = "3B600000"
	atrT1  = "3BE000FF81312045CA"
	atrBad = "3BE000FF81312045CB"
)

// withATR is a card with another answer to reset.
type withATR struct {
	hardware.Chip
	atr []byte
}

func (w withATR) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	c, err := w.Chip.PowerOn(p)
	return cardWithATR{c, w.atr}, err
}

type cardWithATR struct {
	hardware.Card
	atr []byte
}

func (c cardWithATR) ATR() []byte { return c.atr }

func answering(t testing.TB, atr string, chip hardware.Chip) hardware.Chip {
	t.Helper()
	return withATR{chip, unhex(t, atr)}
}

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	require.NoError(t, err)
	return b
}

// TestProtocols: both protocols, 61xx and 6Cxx in both, and a check byte that is wrong,
// which the daemon lets pass.
func TestProtocols(t *testing.T) {
	d := pcscd.Start(t)
	p, r := port(t, d, 0), open(t, pcscd.Reader1)
	for _, c := range []struct {
		atr    string
		want   atr.Protocol
		sent   string // the command with data, as it arrives
		repeat string
	}{
		{atrT0, atr.T0, "00A4040002AABB", "00B2010C04"},
		{atrT1, atr.T1, "00A4040002AABB00", "00B2010C04"},
	} {
		script := hardwaretest.NewScript(t).
			Expect(c.sent, "6103").Expect("00C0000003", "0102036102").Expect("00C0000002", "04059000").
			Expect("00B2010C00", "6C04").Expect(c.repeat, "700201029000")
		p.Insert(answering(t, c.atr, script))
		card, err := r.WaitCard(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.want, card.(hardware.Protocoler).Protocol())
		assert.Equal(t, c.atr, hexOf(card.ATR()))
		got, err := apdu.Exchange(t.Context(), card, apdu.Select([]byte{0xAA, 0xBB}, apdu.First))
		require.NoError(t, err)
		assert.Equal(t, "01020304059000", hexOf(got.Encode()))
		got, err = apdu.Exchange(t.Context(), card, apdu.ReadRecord(1, 1))
		require.NoError(t, err)
		assert.Equal(t, "700201029000", hexOf(got.Encode()))
	}
	p.Insert(answering(t, atrBad, hardwaretest.NewScript(t)))
	require.NoError(t, r.WaitRemoval(t.Context()))
	_, err := r.WaitCard(t.Context())
	require.ErrorIs(t, err, atr.ErrCheckByte)
}

func hexOf(b []byte) string { return fmt.Sprintf("%X", b) }

// TestHotPlug: the list of readers tells what is in them; each of two readers has its
// own card; and a driver that dials meets a card that listens.
func TestHotPlug(t *testing.T) {
	d := pcscd.Start(t)
	first, second := port(t, d, 0), port(t, d, 1)
	s := pcsc.New(pcsc.Config{})
	infos, err := s.Readers()
	require.NoError(t, err)
	assert.Equal(t, []pcsc.Info{{Name: pcscd.Reader1}, {Name: pcscd.Reader2}}, infos)

	a := hardwaretest.NewScript(t).Expect("00A4", "6A81").Expect("00B2", "6A83")
	b := hardwaretest.NewScript(t).Expect("00A4", "6A82").Expect("00B2", "6A83")
	first.Insert(a)
	second.Insert(answering(t, atrT1, b))
	one, two := open(t, pcscd.Reader1), open(t, pcscd.Reader2)
	cardOne, err := one.WaitCard(t.Context())
	require.NoError(t, err)
	cardTwo, err := two.WaitCard(t.Context())
	require.NoError(t, err)
	for card, want := range map[hardware.Card]string{cardOne: "6A81", cardTwo: "6A82"} {
		got, err := card.Transmit(t.Context(), []byte{0x00, 0xA4})
		require.NoError(t, err)
		assert.Equal(t, want, hexOf(got))
	}
	infos, err = s.Readers()
	require.NoError(t, err)
	require.Len(t, infos, 2)
	for i, atr := range []string{atrT0, atrT1} {
		assert.True(t, infos[i].Card && infos[i].InUse)
		assert.Equal(t, atr, hexOf(infos[i].ATR))
	}
	first.Pull()
	require.NoError(t, one.WaitRemoval(t.Context()))
	infos, err = s.Readers()
	require.NoError(t, err)
	assert.Equal(t, pcsc.Info{Name: pcscd.Reader1}, infos[0])
	_, err = cardTwo.Transmit(t.Context(), []byte{0x00, 0xB2})
	require.NoError(t, err, "the other reader goes on")

	first.Insert(a)
	again, err := one.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = again.Transmit(t.Context(), []byte{0x00, 0xB2})
	require.NoError(t, err)
}

// TestDriverThatDials: the cards listen.
func TestDriverThatDials(t *testing.T) {
	script := hardwaretest.NewScript(t).Expect("00A4", "6A81")
	pcscd.StartDialing(t, func(d *pcscd.Daemon) {
		for slot, chip := range []hardware.Chip{script, hardwaretest.NewScript(t)} {
			p, err := vpcd.New(vpcd.Config{Address: d.Address(slot), Listen: true})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, p.Close()) })
			p.Insert(chip)
		}
	})
	card, err := open(t, pcscd.Reader1).WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xA4})
	require.NoError(t, err)
}

// TestTakenSlot: a second card for a slot learns that it is taken, and comes in when the
// first one has gone.
func TestTakenSlot(t *testing.T) {
	d := pcscd.Start(t)
	first, second := port(t, d, 0), port(t, d, 0)
	first.Insert(hardwaretest.NewScript(t))
	require.NoError(t, first.WaitIn(t.Context()))
	second.Insert(hardwaretest.NewScript(t))
	require.Eventually(t, func() bool { return second.Status().Problem != "" }, 10*time.Second, 10*time.Millisecond)
	assert.Contains(t, second.Status().Problem, "the reader slot already has a card?")
	first.Pull()
	require.NoError(t, second.WaitIn(t.Context()))
}

// TestInUse: a reader that one till has, another one can not have.
func TestInUse(t *testing.T) {
	d := pcscd.Start(t)
	port(t, d, 0).Insert(hardwaretest.NewScript(t))
	_, err := open(t, pcscd.Reader1).WaitCard(t.Context())
	require.NoError(t, err)
	_, err = open(t, pcscd.Reader1).WaitCard(t.Context())
	require.ErrorIs(t, err, pcsc.ErrInUse)
}

// TestDaemonRestart: a daemon that dies takes the card's power. A wait outlives it, and
// a card that stayed in its slot comes back by itself.
func TestDaemonRestart(t *testing.T) {
	d := pcscd.Start(t)
	p, r := port(t, d, 0), open(t, pcscd.Reader1)
	p.Insert(hardwaretest.NewScript(t).Expect("00A4", "6A81").Expect("00B2", "6A83"))
	card, err := r.WaitCard(t.Context())
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xA4})
	require.NoError(t, err)
	d.Kill()
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xB2})
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	_, err = pcsc.New(pcsc.Config{}).Readers()
	require.ErrorIs(t, err, pcsc.ErrNoDaemon)
	_, err = pcsc.New(pcsc.Config{}).Open(pcscd.Reader1)
	require.ErrorContains(t, err, "systemctl start pcscd.socket")

	waits := make(chan hardware.Card, 1)
	go func() {
		card, err := r.WaitCard(t.Context())
		assert.NoError(t, err)
		waits <- card
	}()
	time.Sleep(100 * time.Millisecond) // so that the wait begins without a daemon
	d.Run()
	card = <-waits
	require.NotNil(t, card)
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xB2})
	require.NoError(t, err)
}

// TestWaitEndsWithContext: no daemon, and nobody to wait for.
func TestWaitEndsWithContext(t *testing.T) {
	d := pcscd.Start(t)
	r := open(t, pcscd.Reader1)
	d.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := r.WaitCard(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
