package card_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// content returns the bytes of a memory.
func content(t tb, m card.Medium) []byte {
	t.Helper()
	size, err := m.Size()
	require.NoError(t, err)
	b, err := io.ReadAll(io.NewSectionReader(m, 0, size))
	require.NoError(t, err)
	return b
}

// holding returns a memory with that content.
func holding(t tb, b []byte) *card.Memory {
	t.Helper()
	m := card.NewMemory()
	require.NoError(t, m.Append(b))
	return m
}

func open(t tb, b []byte) (*card.ICC, *card.Memory, error) {
	m := holding(t, b)
	c, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 1)})
	return c, m, err
}

// recorded returns the memory of a card after each of its commits, the first
// without any, and what the card remembered then.
func recorded(t tb) (memory []byte, sizes []int, remembered [][]card.Status) {
	m := created(t)
	icc := opened(t, m)
	note := func() {
		memory = content(t, m)
		if n := len(sizes); n == 0 || sizes[n-1] != len(memory) {
			sizes, remembered = append(sizes, len(memory)), append(remembered, icc.Status())
		}
	}
	note()
	for left := range 3 {
		d := inserted(t, icc)
		d.begin()
		note()
		d.refused(apdu.VerifyFailed(2-left), plaintext(t, "9999"))
		note()
	}
	return memory, sizes, remembered
}

// TestTornEnd cuts the memory at every byte, and fills it with zeros as a file
// system may do: the card is as it was after the last whole record, and a
// second opening finds nothing to mend.
func TestTornEnd(t *testing.T) {
	memory, sizes, remembered := recorded(t)
	for n := sizes[0]; n <= len(memory); n++ {
		whole := 0
		for whole+1 < len(sizes) && sizes[whole+1] <= n {
			whole++
		}
		c, m, err := open(t, memory[:n])
		require.NoError(t, err, "%d bytes", n)
		assert.Equal(t, remembered[whole], c.Status(), "%d bytes", n)
		assert.Equal(t, memory[:sizes[whole]], content(t, m), "%d bytes", n)
	}
	last := sizes[len(sizes)-2]
	for n := last; n < len(memory); n++ {
		zeros := append(bytes.Clone(memory[:n]), make([]byte, len(memory)-n)...)
		c, m, err := open(t, zeros)
		if part := memory[last:n]; n < last+17 && !bytes.Equal(part, make([]byte, len(part))) {
			require.ErrorIs(t, err, card.ErrDamaged, "part of a header and zeros: it could be either")
			continue
		}
		require.NoError(t, err, "zeros from byte %d", n)
		assert.Equal(t, remembered[len(sizes)-2], c.Status())
		assert.Equal(t, memory[:last], content(t, m))
	}
}

// TestTornMaking: what is less than an image is no card, and is left alone.
func TestTornMaking(t *testing.T) {
	memory := content(t, created(t))
	for n := range memory {
		_, m, err := open(t, memory[:n])
		require.ErrorIs(t, err, card.ErrNoCard, "%d bytes", n)
		assert.Equal(t, memory[:n], content(t, m))
	}
}

// TestDamage turns each bit of a memory in turn: the card refuses and leaves
// the memory as it is.
func TestDamage(t *testing.T) {
	memory, sizes, _ := recorded(t)
	step := 1
	if testing.Short() {
		step = 11
	}
	for i := 0; i < 8*len(memory); i += step {
		// The image is one long record: a few of its bits will do.
		if at := i / 8; at > 64 && at < sizes[0]-64 && i%101 != 0 {
			continue
		}
		damaged := bytes.Clone(memory)
		damaged[i/8] ^= 1 << (i % 8)
		_, m, err := open(t, damaged)
		require.ErrorIs(t, err, card.ErrDamaged, "bit %d of byte %d", i%8, i/8)
		require.Equal(t, damaged, content(t, m))
	}
}

// TestForgedRecords moves whole records about. Their checksums are right, so it
// is the order or the seal that gives them away.
func TestForgedRecords(t *testing.T) {
	memory, sizes, _ := recorded(t)
	record := func(i int) []byte { return memory[sizes[i-1]:sizes[i]] }
	head := memory[:sizes[0]]
	for name, forged := range map[string][]byte{
		"repeated":     bytes.Join([][]byte{head, record(1), record(1)}, nil),
		"exchanged":    bytes.Join([][]byte{head, record(2), record(1)}, nil),
		"left out":     bytes.Join([][]byte{head, record(1), record(3)}, nil),
		"without head": bytes.Join([][]byte{record(1), record(2)}, nil),
		"two heads":    bytes.Join([][]byte{head, head}, nil),
		"garbage":      append(bytes.Clone(memory), bytes.Repeat([]byte{0xA5}, 40)...),
		"many zeros":   append(bytes.Clone(memory), make([]byte, 2<<20)...),
		"hidden":       bytes.Join([][]byte{head, make([]byte, 64), record(1)}, nil),
	} {
		_, m, err := open(t, forged)
		require.ErrorIs(t, err, card.ErrDamaged, name)
		assert.Equal(t, forged, content(t, m))
	}

	other := created(t, withoutPIN)
	inserted(t, opened(t, other)).begin()
	foreign := content(t, other)
	require.NotEqual(t, head, foreign[:sizes[0]])
	_, _, err := open(t, append(bytes.Clone(head), foreign[len(content(t, created(t, withoutPIN))):]...))
	require.ErrorIs(t, err, secret.ErrUnseal, "a record of another card")
}

func TestOpenRefuses(t *testing.T) {
	m := created(t)
	before := content(t, m)
	_, err := card.Open(card.Config{Medium: m, Key: storageKey(t, 2)})
	require.ErrorIs(t, err, secret.ErrUnseal)
	assert.Equal(t, before, content(t, m))
	_, err = card.Open(card.Config{Medium: card.NewMemory(), Key: storageKey(t, 1)})
	require.ErrorIs(t, err, card.ErrNoCard)
	_, err = card.Open(card.Config{})
	require.ErrorContains(t, err, "Config")
	require.Error(t, card.Create(m, storageKey(t, 1), testImage(t), nil), "there is a card")
	assert.Equal(t, before, content(t, m))
}

// TestImagesThatCanNotRun: Create refuses them and writes nothing.
func TestImagesThatCanNotRun(t *testing.T) {
	for name, alter := range map[string]func(*image.Application){
		"short name":                   func(a *image.Application) { a.Name = a.Name[:4] },
		"no cryptogram row":            func(a *image.Application) { a.Cryptogram = "none" },
		"layout not known":             func(a *image.Application) { a.Cryptogram = "interac-133" },
		"no script row":                func(a *image.Application) { a.Script = "nothing" },
		"no key":                       func(a *image.Application) { a.Keys.SMC = secret.Key{} },
		"no tries":                     func(a *image.Application) { a.PINTryLimit = 0 },
		"many tries":                   func(a *image.Application) { a.PINTryLimit = 16 },
		"length in CDOL1":              func(a *image.Application) { a.CDOL1 = dol(t, "9F0205") },
		"no 9F37 in CDOL1":             func(a *image.Application) { a.CDOL1 = dol(t, "9F0206") },
		"length of 8A":                 func(a *image.Application) { a.CDOL2 = dol(t, "8A03") },
		"long PDOL":                    func(a *image.Application) { a.Contact.PDOL = dol(t, "DF01FFDF0201") },
		"CDA with a key too long":      func(a *image.Application) { a.ICCKey = rsaKey(t, 1848) },
		"CDA with a key too long, tap": func(a *image.Application) { a.ICCKey, a.Contact.AIP = rsaKey(t, 1848), emv.AIP{0x3C} },
		"conditions":                   func(a *image.Application) { a.Risk.Online = emv.CVRCDAPerformed },
		"limit without object":         func(a *image.Application) { a.Risk.LowerCount = 0x9F58 },
		"limit of another length":      func(a *image.Application) { a.Risk.LowerAmount = 0x9F14 },
		"limit without digits": func(a *image.Application) {
			a.Data = append(a.Data, image.Object{Tag: 0x9F54, Value: make([]byte, 6)})
			a.Data[1].Value[5], a.Risk.LowerAmount = 0x0A, 0x9F54
		},
		"PUT DATA of nothing": func(a *image.Application) { a.Puts = []emv.Tag{0x9F58} },
		"PUT DATA twice":      func(a *image.Application) { a.Puts = []emv.Tag{0x9F14, 0x9F14} },
		"log in a file": func(a *image.Application) {
			a.Files[0].SFI = 11
			a.Log = &image.Log{SFI: 11, Records: 1, Format: dol(t, "9A03")}
		},
		"log without records": func(a *image.Application) { a.Log = &image.Log{SFI: 11, Format: dol(t, "9A03")} },
		"log without format":  func(a *image.Application) { a.Log = &image.Log{SFI: 11, Records: 1} },
		"log of a low SFI":    func(a *image.Application) { a.Log = &image.Log{SFI: 10, Records: 1, Format: dol(t, "9A03")} },
		"long log":            func(a *image.Application) { a.Log = &image.Log{SFI: 11, Records: 255, Format: dol(t, "9A20")} },
		"many records": func(a *image.Application) {
			a.Files[0] = image.File{SFI: 1, Updates: true, Records: make([][]byte, 255)}
			a.Files = append(a.Files, image.File{SFI: 2, Updates: true, Records: make([][]byte, 1)})
		},
		"long PDOL for taps": func(a *image.Application) { a.Contactless.PDOL = dol(t, "DF01FFDF0201") },
	} {
		img, m := testImage(t), card.NewMemory()
		alter(&img.Applications[0])
		require.Error(t, card.Create(m, storageKey(t, 1), img, nil), name)
		assert.Empty(t, content(t, m))
	}
	require.Error(t, card.Create(card.NewMemory(), storageKey(t, 1), image.Image{}, nil), "no application")
}

// TestATCNeverFalls: a state that would turn the ATC back is not committed.
func TestATCNeverFalls(t *testing.T) {
	icc := opened(t, created(t))
	require.NoError(t, card.SetATC(icc, 0, 9))
	require.Error(t, card.SetATC(icc, 0, 8))
	assert.Equal(t, emv.ATC(9), icc.Status()[0].ATC)
}

// hooked is a medium that calls before each Append and may refuse it.
type hooked struct {
	card.Medium
	before func() error
}

func (h *hooked) Append(p []byte) error {
	if err := h.before(); err != nil {
		return err
	}
	return h.Medium.Append(p)
}

// volatile is a medium that knows whether all of it was synced.
type volatile struct {
	card.Medium
	dirty bool
}

func (v *volatile) Append(p []byte) error {
	v.dirty = true
	return v.Medium.Append(p)
}

func (v *volatile) Sync() error {
	v.dirty = false
	return v.Medium.Sync()
}

// TestDurableBeforeAnswer: no answer goes out before what it rests on is synced,
// and nothing is read that a process may have left behind unsynced.
func TestDurableBeforeAnswer(t *testing.T) {
	m := &volatile{Medium: card.NewMemory()}
	require.NoError(t, card.Create(m, storageKey(t, 1), testImage(t), nil))
	require.False(t, m.dirty, "the making of a card")
	m.dirty = true
	icc := opened(t, m)
	require.False(t, m.dirty, "what a killed process has written")
	d := inserted(t, icc)
	for _, act := range []func(){
		func() { d.begin() },
		func() { d.ok(plaintext(t, "1234")) },
		func() { d.refused(0x63C2, plaintext(t, "9999")) },
		func() { d.online() },
		func() { d.authenticated("00").complete(emv.ACTypeTC, "00") },
		func() { d.refused(apdu.SWMACIncorrect, wrongMAC(d)) },
		func() { d.ok(d.pinChange("5678")) },
	} {
		before := len(content(t, m))
		act()
		require.Greater(t, len(content(t, m)), before)
		require.False(t, m.dirty)
	}
}

// TestFailingMedium: after a failed write the card is gone until it is opened
// again.
func TestFailingMedium(t *testing.T) {
	m := created(t)
	var fail error
	icc := opened(t, &hooked{m, func() error { return fail }})
	d := inserted(t, icc).begin()
	fail = errors.New("no space")
	command, err := plaintext(t, "1234").Encode()
	require.NoError(t, err)
	for range 2 {
		_, err = d.card.Transmit(t.Context(), command)
		require.ErrorIs(t, err, hardware.ErrCardRemoved)
		require.ErrorIs(t, err, fail)
	}
	_, err = icc.PowerOn(hardware.Contact)
	require.ErrorIs(t, err, fail)
	assert.Equal(t, 3, opened(t, m).Status()[0].TriesLeft)
}

// TestPowerOffWithinCommand: power that goes between the two commits of a right
// VERIFY costs the try, and nothing is committed after it; meanwhile there is no
// second session.
func TestPowerOffWithinCommand(t *testing.T) {
	m := created(t)
	writes := 0
	var d *dialogue
	var icc *card.ICC
	icc = opened(t, &hooked{m, func() error {
		if writes++; writes == 2 {
			require.NoError(t, d.card.PowerOff())
			_, err := icc.PowerOn(hardware.Contact)
			require.ErrorContains(t, err, "still being carried out")
		}
		return nil
	}})
	d = inserted(t, icc).begin()
	command, err := plaintext(t, "1234").Encode()
	require.NoError(t, err)
	_, err = d.card.Transmit(t.Context(), command)
	require.ErrorIs(t, err, hardware.ErrCardRemoved)
	assert.Equal(t, 2, icc.Status()[0].TriesLeft)
	assert.Equal(t, 2, writes)
	inserted(t, icc).begin().ok(plaintext(t, "1234"))
	assert.Equal(t, 3, opened(t, m).Status()[0].TriesLeft)
}
