package card_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/testdata/need"
)

// commandsPerSeed is how many random commands a seed sends.
const commandsPerSeed = 10_000

// monkey sends commands at random to a card that has everything: noise, headers of
// commands with noise behind, commands that are right, and those altered. It
// presents the card anew now and then.
type monkey struct {
	t      *testing.T
	source io.Reader
	icc    *card.ICC
	d      *dialogue
	t0     bool // a command that has changed something may be answered 61xx
}

func (m *monkey) byte() byte {
	var b [1]byte
	_, err := io.ReadFull(m.source, b[:])
	require.NoError(m.t, err)
	return b[0]
}

func (m *monkey) below(n int) int { return (int(m.byte())<<8 | int(m.byte())) % n }

func (m *monkey) bytes(n int) []byte {
	b := make([]byte, n)
	_, err := io.ReadFull(m.source, b)
	require.NoError(m.t, err)
	return b
}

// headers are those of all commands that the card knows.
var headers = [][4]byte{
	{0x00, 0xA4, 0x04, 0x00}, {0x00, 0xA4, 0x04, 0x02}, {0x00, 0xB2, 0x01, 0x0C}, {0x00, 0xB2, 0x02, 0x0C}, {0x00, 0xB2, 0x01, 0x5C},
	{0x80, 0xA8, 0x00, 0x00}, {0x80, 0xCA, 0x9F, 0x17}, {0x80, 0xCA, 0x9F, 0x4F}, {0x00, 0x84, 0x00, 0x00}, {0x00, 0x20, 0x00, 0x80},
	{0x00, 0x20, 0x00, 0x88}, {0x00, 0x88, 0x00, 0x00}, {0x80, 0xAE, 0x80, 0x00}, {0x80, 0xAE, 0x40, 0x00}, {0x80, 0xAE, 0x50, 0x00},
	{0x80, 0xAE, 0x00, 0x00}, {0x00, 0x82, 0x00, 0x00}, {0x84, 0x24, 0x00, 0x02}, {0x84, 0x24, 0x00, 0x00}, {0x8C, 0x1E, 0x00, 0x00},
	{0x84, 0x18, 0x00, 0x00}, {0x84, 0x16, 0x00, 0x00}, {0x04, 0xDA, 0x9F, 0x58}, {0x04, 0xDC, 0x02, 0x0C}, {0x00, 0xC0, 0x00, 0x00},
}

// next returns a command. Without the keys of the issuer none can be authentic.
func (m *monkey) next() []byte {
	switch m.below(8) {
	case 0:
		return m.bytes(m.below(300))
	case 1, 2:
		h := headers[m.below(len(headers))]
		h[m.below(4)] ^= 1 << m.below(8)
		return append(h[:], m.bytes(m.below(40))...)
	case 3:
		h, n := headers[m.below(len(headers))], m.below(255)
		return append(append(h[:], byte(n)), m.bytes(n)...)
	}
	return m.right()
}

// right returns a command that is right in some phase, now and then with a bit
// turned.
func (m *monkey) right() []byte {
	d := m.d
	all := []func() apdu.Command{
		func() apdu.Command { return apdu.Select(unhex(m.t, testAID), apdu.First) },
		func() apdu.Command { return apdu.Select([]byte(testPSE), apdu.First) },
		func() apdu.Command { return apdu.GetProcessingOptions(unhex(m.t, "830122")) },
		func() apdu.Command { return apdu.GetProcessingOptions(unhex(m.t, "830122")) },
		func() apdu.Command { return plaintext(m.t, []string{"1234", "9999"}[m.below(2)]) },
		func() apdu.Command { return apdu.GetChallenge() },
		func() apdu.Command { return apdu.GenerateAC(2, m.below(2) == 0, d.fill(cdol1, nil)) },
		func() apdu.Command { return apdu.GenerateAC(1, m.below(2) == 0, d.fill(cdol2, nil)) },
		func() apdu.Command { return apdu.ReadRecord(1, 1) },
		func() apdu.Command { return apdu.InternalAuthenticate(make([]byte, 4)) },
	}
	b, err := all[m.below(len(all))]().Encode()
	require.NoError(m.t, err)
	if m.below(4) == 0 {
		b[m.below(len(b))] ^= 1 << m.below(8)
	}
	return b
}

// present puts the card into a reader, or holds it to one.
func (m *monkey) present() {
	p := hardware.Contact
	if m.below(4) == 0 {
		p = hardware.Contactless
	}
	m.d = presented(m.t, m.icc, p)
}

// TestRandomCommands sends 10,000 commands for each seed. Each has a status word;
// an error has no data; what the card remembers changes only as the rules have it;
// and at the end it opens as what it was.
func TestRandomCommands(t *testing.T) {
	base := created(t, everything)
	for seed := range need.Nightly(t, 1, 3, 300) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			memory := base.Clone()
			source := random.Seeded(uint64(seed))
			icc, err := card.Open(card.Config{Medium: memory, Key: storageKey(t, 1), Rand: source.Stream("card")})
			require.NoError(t, err)
			m := &monkey{t: t, source: source.Stream("monkey"), icc: icc}
			m.present()
			for range commandsPerSeed {
				if m.below(64) == 0 {
					m.present()
				}
				m.send(m.next())
			}
			require.Equal(t, icc.Status(), opened(t, memory).Status())
			require.Greater(t, icc.Status()[0].ATC, emv.ATC(100), "it comes to transactions")
			require.True(t, icc.Status()[0].LastOnlineNotCompleted)
		})
	}
}

// TestRandomCommandsInT0 does the same with a card that answers by 61xx and 6Cxx.
func TestRandomCommandsInT0(t *testing.T) {
	source := random.Seeded(1)
	icc, err := card.Open(card.Config{Medium: t0Card(t), Key: storageKey(t, 1), Rand: source.Stream("card")})
	require.NoError(t, err)
	m := &monkey{t: t, source: source.Stream("monkey"), icc: icc, t0: true}
	m.present()
	for range commandsPerSeed {
		if m.below(64) == 0 {
			m.present()
		}
		m.send(m.next())
	}
	require.Greater(t, icc.Status()[0].ATC, emv.ATC(100), "it comes to transactions")
}

// send sends a command and holds what it changes against the rules.
func (m *monkey) send(command []byte) {
	before := m.icc.Status()
	b, err := m.d.card.Transmit(context.Background(), command)
	require.NoError(m.t, err)
	r, err := apdu.ParseResponse(b)
	require.NoError(m.t, err)
	require.True(m.t, r.SW.SW1() == 0x90 || r.SW.SW1()>>4 == 6, "%X", command)
	require.LessOrEqual(m.t, len(r.Data), 256)
	if r.SW.Class() == apdu.Error {
		require.Empty(m.t, r.Data)
	}
	for i, after := range m.icc.Status() {
		if !m.t0 {
			checkChange(m.t, command, r.SW, before[i], after)
		}
		checkUnproven(m.t, command, before[i], after)
	}
}

// checkUnproven holds a change against what can happen without the issuer's keys:
// nothing that only the issuer may do.
func checkUnproven(t *testing.T, command []byte, before, after card.Status) {
	t.Helper()
	require.Equal(t, before.LastOnlineATC, after.LastOnlineATC)
	require.Equal(t, before.ScriptCount, after.ScriptCount)
	require.Equal(t, before.ScriptsApplied, after.ScriptsApplied)
	require.Equal(t, before.ScriptFailed, after.ScriptFailed)
	require.Equal(t, before.GoOnlineNext, after.GoOnlineNext)
	require.GreaterOrEqual(t, after.OfflineCount, before.OfflineCount)
	require.GreaterOrEqual(t, after.OfflineAmount, before.OfflineAmount)
	require.GreaterOrEqual(t, after.Logged, before.Logged)
	if before.LastOnlineNotCompleted {
		require.True(t, after.LastOnlineNotCompleted)
	}
	if before.IssuerAuthenticationFailed {
		require.True(t, after.IssuerAuthenticationFailed)
	}
	if len(command) > 1 && command[1] != 0x20 && command[1] != 0xA8 && command[1] != 0xAE && command[1] != 0x82 {
		require.Equal(t, before, after, "only four instructions change anything here")
	}
}
