package kernel_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// apdusMax bounds the APDUs of one transaction: 512 commands, each of at most 16
// transmissions.
const apdusMax = 512 * 16

// hostileCard answers with what the fuzzer makes up: the first byte of each
// answer says whether a right answer is given instead, cut, or the rest of the
// fuzzer's bytes.
type hostileCard struct {
	right quickCard
	bytes []byte
	sent  int
	gone  bool
}

func (c *hostileCard) next() byte {
	if len(c.bytes) == 0 {
		return 0
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return b
}

func (c *hostileCard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.sent++
	right, _ := c.right.Transmit(ctx, command)
	switch kind := c.next(); kind % 8 {
	case 0, 1, 2, 3:
		return right, nil
	case 4: // a status word of its own
		return []byte{c.next(), c.next()}, nil
	case 5: // the right answer with one byte changed
		changed := append([]byte{}, right...)
		changed[int(c.next())%len(changed)] ^= c.next() | 1
		return changed, nil
	case 6: // anything
		n := min(int(c.next()), len(c.bytes))
		answer := c.bytes[:n]
		c.bytes = c.bytes[n:]
		return append(append([]byte{}, answer...), 0x90, 0), nil
	}
	c.gone = true
	return nil, errPulled
}

// FuzzHostileCard holds what is true of a result whatever a card answers.
func FuzzHostileCard(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add([]byte{0, 0, 0, 0, 0, 4, 0x90, 0}, uint16(1))
	f.Add([]byte{6, 3, 0x6F, 1, 0}, uint16(2))
	f.Add([]byte{0, 0, 0, 0, 0, 5, 7, 9}, uint16(7))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 7}, uint16(12))
	f.Add(bytes.Repeat([]byte{4, 0x61, 0x10}, 40), uint16(0)) // endless answers
	f.Add(bytes.Repeat([]byte{4, 0x6C, 0x10}, 40), uint16(0))
	f.Add([]byte{0, 0, 6, 10, 0x80, 8, 0x3C, 0, 0xF0, 1, 0xFF, 0, 0, 0}, uint16(0))                                            // an AFL to records that are not there
	f.Add([]byte{0, 6, 18, 0x6F, 16, 0x84, 8, 0xF0, 0, 0, 0, 0x25, 1, 1, 1, 0xA5, 6, 0x9F, 0x38, 3, 0x9F, 2, 0xFD}, uint16(0)) // a PDOL that fits no command
	f.Add([]byte{0, 0, 0, 0, 6, 4, 0x70, 2, 0x90, 0}, uint16(16))                                                              // an empty certificate
	f.Add([]byte{}, uint16(32))                                                                                                // quick chip
	f.Add([]byte{}, uint16(64))                                                                                                // PIN change
	f.Add([]byte{}, uint16(128))                                                                                               // offline only
	f.Add(bytes.Repeat([]byte{4, 0x62, 0x83}, 40), uint16(2))                                                                  // all blocked
	b := odaBench(f, "7C00")
	b.records[0x8E] = "0000000000000000" + "440341034203" + "5E031F03"
	b.records[0x9F14], b.records[0x9F23] = "01", "02"
	odaKeys(f).personalise(b, "7D00")
	answers := b.card.answers
	answers["80CA9F17"] = []string{threeTries}
	answers["80CA9F36"], answers["80CA9F13"] = []string{"9F360200089000"}, []string{"9F130200079000"}
	answers["0020"], answers["0084"], answers["8424"] = []string{"9000"}, []string{"01020304050607089000"}, []string{"9000"}
	answers["0088"] = []string{digits(tlv.Append(nil, 0x80, make([]byte, 128))) + "9000"}
	answers["80AE90"], answers["80AE50"] = []string{generated("80")}, []string{generated("40")}
	b.online.response.IssuerAuthenticationData = unhexed("11223344556677883030")
	b.online.response.Scripts = [][]byte{script("71", command1), script("72", command2)}
	set := odaKeys(f).set(f)
	right := instantCard(f, answers)
	f.Fuzz(func(t *testing.T, answers []byte, mode uint16) {
		config := b.config()
		config.Rand = &zeros{}
		config.Profile.CAPublicKeys = set
		if mode&1 != 0 {
			config.Profile.CAPublicKeys = oda.CAPublicKeys{}
		}
		config.Profile.SelectByDirectory = mode&2 != 0
		if mode&16 != 0 {
			config.Profile.Capabilities[2] = 0xC0 // no CDA
		}
		online := &fakeOnline{response: b.online.response}
		if mode&4 != 0 {
			online.response = nil
		}
		config.Profile.QuickChip = mode&32 != 0
		tx := kernel.Transaction{Amount: 1200, Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Contactless: mode&8 != 0}
		if mode&64 != 0 {
			tx.Kind = emv.PINChange
		}
		if mode&128 != 0 {
			config.Profile.Type = 0x23
			config.Profile.Applications = slices.Clone(config.Profile.Applications)
			config.Profile.Applications[0].FloorLimit = 5000
			config.Profile.Applications[0].TACDefault = emv.ActionCode{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
		}
		if mode&256 != 0 {
			online.response = &kernel.OnlineResponse{ARC: 0x3035, IssuerAuthenticationData: unhexed("11223344556677883035")}
		}
		k, err := kernel.New(config)
		require.NoError(t, err)
		card := &hostileCard{right: right, bytes: answers}
		r, err := k.Transact(t.Context(), card, &fakeCardholder{entries: manyPINs(t), choices: make([]int, 64)}, online, tx)
		require.NoError(t, err)
		holdTrue(t, r, card, online, tx)
	})
}

func manyPINs(t *testing.T) []kernel.PINEntry {
	entries := make([]kernel.PINEntry, 40)
	for i := range entries {
		entries[i] = enter(t, "1234")
	}
	return entries
}

// holdTrue checks what no card may bring about.
func holdTrue(t *testing.T, r *kernel.Result, card *hostileCard, online *fakeOnline, tx kernel.Transaction) {
	requireFindings(t, r)
	require.NotZero(t, r.Outcome)
	require.LessOrEqual(t, card.sent, apdusMax)
	require.NotNil(t, r.Data)
	require.Equal(t, len(online.requests) > 0, r.RequestSent)
	answered := len(online.requests) > 0 && online.response != nil
	switch r.Outcome {
	case kernel.ApprovedOnline:
		require.True(t, answered && r.Cryptogram && r.ARC == 0x3030, "no approval without the issuer's")
		require.False(t, r.ReversalDue || tx.Kind.PINManagement())
	case kernel.Done:
		require.True(t, answered && tx.Kind.PINManagement() && len(r.ScriptResults) > 0)
	case kernel.ApprovedOffline:
		require.Equal(t, emv.ACTypeTC, r.CID.Type())
		require.True(t, r.ARC == emv.ARCOfflineApproved || r.ARC == emv.ARCUnableToGoOnlineAccept)
		require.False(t, tx.Kind.IssuerOnly())
	case kernel.DeclinedOffline:
		require.True(t, r.ARC == emv.ARCOfflineDeclined || r.ARC == emv.ARCUnableToGoOnlineRefuse)
	case kernel.CardRemoved:
		require.Error(t, r.Cause)
	}
	approved := answered && online.response.ARC == 0x3030
	stands := r.Outcome == kernel.ApprovedOnline || tx.Kind.PINManagement()
	require.Equal(t, r.RequestSent && !answered || approved && !stands, r.ReversalDue)
}
