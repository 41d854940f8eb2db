//go:build pcsc && cgo

package benchcmd

import (
	"bytes"
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/vpcd"
	"github.com/f510b0cf/till/testdata"
	"github.com/f510b0cf/till/testdata/pcscd"
)

// TestReaderWithEmulatedCards plays a whole scenario of the program through a PC/SC
// daemon: its results are those of an emulated reader.
func TestReaderWithEmulatedCards(t *testing.T) {
	d := pcscd.Start(t)
	at := atReader{Reader: "pcsc:" + pcscd.Reader1, VPCD: d.Address(0)}
	text, err := fs.ReadFile(story.BuiltIn(), "pin/26-create-use-change.till")
	require.NoError(t, err)
	out, code := bench(t, Run{atReader: at}, string(text))
	assert.Equal(t, cli.ExitOK, code, out)
	assert.Equal(t, "1 scenario: all passed\n", out)
}

// TestReaderWithoutCertificates: what cannot show that it is ours gets no PIN, also
// where the scenario has issued it.
func TestReaderWithoutCertificates(t *testing.T) {
	d := pcscd.Start(t)
	at := atReader{Reader: "pcsc:" + pcscd.Reader1, VPCD: d.Address(0)}
	out, code := bench(t, Run{atReader: at}, "include opened.inc profile=amex-no-oda\nenter 1234\ninsert anna 9.50\nexpect approved\n")
	assert.Equal(t, cli.ExitFailed, code)
	assert.Contains(t, out, "1 PIN entries and 0 choices of an application are left over")
}

// somebodys is a card that has no certificate of the test CA, as nobody's own has.
func somebodys(t *testing.T) *card.ICC {
	t.Helper()
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	profile, err := perso.Load(builtIn, "amex-no-oda"+perso.Suffix)
	require.NoError(t, err)
	made, err := perso.Personalise(profile, perso.Options{Random: random.Seeded(9)})
	require.NoError(t, err)
	key, err := secret.NewAES(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, key, made.Image, nil))
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	return icc
}

// lab is a scenario for a card of somebody's own.
const lab = `open
insert reader 9.50
expect declined 118
expect card-saw lacks VERIFY
expect verified signature
expect travelled has 1100
----
`

// TestReaderOfTheLab: a card of somebody's own is taken through a transaction and gets
// no PIN; what it can not do is refused in words.
func TestReaderOfTheLab(t *testing.T) {
	d := pcscd.Start(t)
	port, err := vpcd.New(vpcd.Config{Address: d.Address(0)})
	require.NoError(t, err)
	defer port.Close()
	icc := somebodys(t)
	at := atReader{Reader: "pcsc:" + pcscd.Reader1}
	stop := person(t, port, icc)
	out, code := bench(t, Run{atReader: at, Update: true}, lab)
	stop()
	assert.Equal(t, cli.ExitOK, code, out)
	assert.Equal(t, 3, icc.Status()[0].TriesLeft)
	assert.Equal(t, uint16(1), uint16(icc.Status()[0].ATC))

	for text, want := range map[string]string{
		"issue anna":                       "can not be personalised: use `insert reader`",
		"open\nbackup card reader":         "nobody here can issue it, set its counters or look into its memory",
		"open\nexpect chip reader tries 3": "nobody here can issue it",
		"open\npull before VERIFY\ninsert reader 5\nexpect approved": "must not reach a card of somebody's own",
	} {
		out, code := bench(t, Run{atReader: at}, text+"\n")
		assert.Equal(t, cli.ExitFailed, code, text)
		assert.Contains(t, out, want)
	}
}

// person is who puts the card in, and takes it out when it has been used.
func person(t *testing.T, port *vpcd.Port, icc *card.ICC) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		port.Insert(icc)
		for ctx.Err() == nil && icc.Status()[0].ATC == 0 {
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(3 * time.Second) // the transaction takes a fraction of that
		port.Pull()
	}()
	return func() {
		cancel()
		<-over
	}
}
