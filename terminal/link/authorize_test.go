package link_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
)

func TestRequestAndAnswer(t *testing.T) {
	icc := []byte{0x8A, 2, '0', '0', 0x91, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x72, 3, 0x86, 1, 9, 0x71, 2, 0x86, 0, 0x72, 0}
	h := newHost(t, func(m message.Message) message.Message {
		answer := approve(m).(*message.AuthorizationResponse)
		answer.ICCData = secret.New(icc)
		return answer
	})
	l, j, _ := newLink(t, h, func(c *link.Config) { c.Dial, c.Address, c.BareARPC = nil, h.listen(), true })
	response, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Equal(t, "00", response.ARC.String())
	assert.Equal(t, []byte{1, 2, 3, 4, 5, 6, 7, 8, '0', '0'}, response.IssuerAuthenticationData)
	assert.Equal(t, [][]byte{{0x72, 3, 0x86, 1, 9}, {0x71, 2, 0x86, 0}, {0x72, 0}}, response.Scripts)
	assert.Equal(t, 1, owed(t, j), "its reversal, until it is completed")
	require.NoError(t, l.Completed(t.Context(), approved()))
	assert.Zero(t, owed(t, j))

	r := next[*message.AuthorizationRequest](h)
	want, p := purchase(t), demo(t)
	assert.True(t, r.PAN.Equal(want.PAN))
	assert.True(t, r.Track2.Equal(want.Track2))
	assert.True(t, r.ICCData.Equal(secret.New(want.ChipData)))
	assert.Equal(t, message.TransmissionDateTimeOf(noon), r.Transmission)
	assert.Equal(t, message.LocalDateTimeOf(noon), r.Local)
	assert.Equal(t, "632712000001", r.RetrievalReferenceNumber)
	assert.Equal(t, []any{uint32(1), p.TerminalIdentification, p.MerchantIdentifier, uint64(1234), p.CurrencyCode, "510101511344", "2712", "000000"},
		[]any{r.STAN, r.Terminal, r.CardAcceptor, r.Amount, r.Currency, r.POSDataCode.String(), r.Expiry.String(), r.ProcessingCode.String()})
	assert.True(t, r.PINBlock.IsZero())
	require.NoError(t, l.Close())
	h.nothing()
}

// TestTap: position 7 of DE 22 tells a tap from an insertion.
func TestTap(t *testing.T) {
	h := newHost(t, nil)
	l, _, _ := newLink(t, h, nil)
	tap := purchase(t)
	tap.EntryMode = kernel.EntryChipContactless
	_, err := l.Authorize(t.Context(), tap)
	require.NoError(t, err)
	assert.Equal(t, "M10101M11344", next[*message.AuthorizationRequest](h).POSDataCode.String())
}

func TestResponseCodes(t *testing.T) {
	for code, want := range map[message.ActionCode]string{
		0: "00", 1: "00", 100: "05", 106: "75", 112: "70", 116: "51", 117: "55", 118: "56", 119: "57", 121: "61", 122: "63", 123: "65", 125: "78", 126: "81", 128: "83", 200: "04", 208: "41", 299: "04", 904: "30", 912: "91",
	} {
		h := newHost(t, func(m message.Message) message.Message {
			answer := approve(m).(*message.AuthorizationResponse)
			answer.ActionCode = code
			return answer
		})
		l, _, _ := newLink(t, h, nil)
		response, err := l.Authorize(t.Context(), purchase(t))
		require.NoError(t, err)
		assert.Equal(t, want, response.ARC.String(), code)
		assert.Nil(t, response.IssuerAuthenticationData)
	}
}

// TestBalances: balances of the answer (DE 54) reach the kernel with their sign; other
// additional amounts are none.
func TestBalances(t *testing.T) {
	h := newHost(t, func(m message.Message) message.Message {
		answer := approve(m).(*message.AuthorizationResponse)
		answer.Amounts = []message.AdditionalAmount{
			{AmountType: message.AvailableBalance, Currency: 840, Amount: 5}, {AmountType: message.AmountCash, Currency: 840, Amount: 6},
			{AccountType: 20, AmountType: message.LedgerBalance, Currency: 392, Amount: -7},
		}
		return answer
	})
	l, _, _ := newLink(t, h, nil)
	response, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Equal(t, []kernel.Balance{
		{Kind: kernel.AvailableBalance, Currency: 840, Amount: 5}, {Kind: kernel.LedgerBalance, AccountType: 20, Currency: 392, Amount: -7},
	}, response.Balances)
}

// TestIssuerAuthenticationDataAreLeftAlone holds for a host that does not send the
// ARPC alone: eight bytes may be ARPC and CSU of method 2.
func TestIssuerAuthenticationDataAreLeftAlone(t *testing.T) {
	h := newHost(t, func(m message.Message) message.Message {
		answer := approve(m).(*message.AuthorizationResponse)
		answer.ICCData = secret.New([]byte{0x91, 8, 1, 2, 3, 4, 5, 6, 7, 8})
		return answer
	})
	l, _, _ := newLink(t, h, nil)
	response, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	assert.Len(t, response.IssuerAuthenticationData, 8)
}

var initialKSN = dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0}

// TestOnlinePINs runs the device over restarts of the terminal: the host reads each
// PIN, and no key comes twice. TDES.
func TestOnlinePINs(t *testing.T) {
	bdk, err := secret.NewTDES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	keys, err := dukpt.NewTDESHost(bdk)
	require.NoError(t, err)
	p, err := pin.Parse([]byte("4711"))
	require.NoError(t, err)
	h, j := newHost(t, nil), openJournal(t)
	request := purchase(t)
	request.PIN = p
	for counter := range uint32(5) {
		require.NoError(t, link.LoadTDES(j, keys.InitialKey(initialKSN), initialKSN))
		l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal = j })
		_, err := l.Authorize(t.Context(), request)
		require.NoError(t, err)
		require.NoError(t, l.Completed(t.Context(), approved()))
		require.NoError(t, l.Close())
		got := next[*message.AuthorizationRequest](h)
		got.SecurityControl.Open(func(b []byte) {
			ksn, err := dukpt.ParseTDESKSN(b)
			require.NoError(t, err)
			require.Equal(t, counter+1, ksn.Counter())
			key, err := keys.TransactionKey(ksn)
			require.NoError(t, err)
			got.PINBlock.Open(func(block []byte) {
				decoded, err := pin.Decode(pin.Format0, pin.DecipherBlock(key.PIN(), [8]byte(block)), request.PAN)
				require.NoError(t, err)
				assert.True(t, decoded.Equal(p))
			})
		})
	}
	other := initialKSN
	other[7] ^= 0x20 // another device
	require.NoError(t, link.LoadTDES(j, keys.InitialKey(other), other))
	require.NoError(t, j.View(func(tx *journal.Tx) error {
		state, err := tx.Device(secret.TDES)
		require.NoError(t, err)
		device, err := dukpt.RestoreTDESDevice(state)
		assert.Equal(t, other, device.KSN())
		return err
	}))
}

// TestTwoPINKeys: a terminal has a key for each algorithm, and takes the one that its
// dialect has room for; the other goes on where it was.
func TestTwoPINKeys(t *testing.T) {
	tdes, err := secret.NewTDES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	aes, err := secret.NewAES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	p, err := pin.Parse([]byte("4711"))
	require.NoError(t, err)
	h, j := newHost(t, nil), openJournal(t)
	request := purchase(t)
	request.PIN = p
	load := func() {
		require.NoError(t, link.LoadTDES(j, tdes, initialKSN))
		require.NoError(t, link.LoadAES(j, aes, dukpt.InitialKeyID{1, 2, 3, 4, 5, 6, 7, 8}))
	}
	for n, d := range []*message.Dialect{message.ISO93(), message.ISO93AES(), message.ISO93(), message.ISO93AES()} {
		load()
		h.dialect = d
		l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal, c.Dialect = j, d })
		_, err := l.Authorize(t.Context(), request)
		require.NoError(t, err)
		require.NoError(t, l.Completed(t.Context(), approved()))
		require.NoError(t, l.Close())
		got := next[*message.AuthorizationRequest](h)
		assert.Equal(t, []int{8, 16}[n%2], got.PINBlock.Len())
		got.SecurityControl.Open(func(ksn []byte) { assert.Equal(t, byte(n/2+1), ksn[len(ksn)-1], "used once each") })
	}
}

// TestNoPINKeyOfTheDialect: a key of the other algorithm is none.
func TestNoPINKeyOfTheDialect(t *testing.T) {
	tdes, err := secret.NewTDES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	j := openJournal(t)
	require.NoError(t, link.LoadTDES(j, tdes, initialKSN))
	h := newHost(t, nil)
	h.dialect = message.ISO93AES()
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal, c.Dialect = j, h.dialect })
	request := purchase(t)
	request.PIN, err = pin.Parse([]byte("4711"))
	require.NoError(t, err)
	_, err = l.Authorize(t.Context(), request)
	require.ErrorIs(t, err, link.ErrNoPINKey)
	h.nothing()
}

// TestOnlinePINsAES does the same under AES, in the dialect that has room for it.
func TestOnlinePINsAES(t *testing.T) {
	bdk, err := secret.NewAES([]byte("0123456789abcdef"))
	require.NoError(t, err)
	keys, err := dukpt.NewAESHost(bdk)
	require.NoError(t, err)
	id := dukpt.InitialKeyID{1, 2, 3, 4, 5, 6, 7, 8}
	p, err := pin.Parse([]byte("471108"))
	require.NoError(t, err)
	h, j := newHost(t, nil), openJournal(t)
	h.dialect = message.ISO93AES()
	request := purchase(t)
	request.PIN = p
	for counter := range uint32(3) {
		require.NoError(t, link.LoadAES(j, keys.InitialKey(id), id))
		l, _, _ := newLink(t, h, func(c *link.Config) { c.Journal, c.Dialect = j, h.dialect })
		_, err := l.Authorize(t.Context(), request)
		require.NoError(t, err)
		require.NoError(t, l.Completed(t.Context(), approved()))
		require.NoError(t, l.Close())
		got := next[*message.AuthorizationRequest](h)
		got.SecurityControl.Open(func(b []byte) {
			ksn, err := dukpt.ParseAESKSN(b)
			require.NoError(t, err)
			require.Equal(t, counter+1, ksn.Counter())
			key, err := keys.TransactionKey(ksn)
			require.NoError(t, err)
			pinKey, err := key.WorkingKey(dukpt.PINEncryption, dukpt.AES128)
			require.NoError(t, err)
			got.PINBlock.Open(func(block []byte) {
				decoded, err := pin.Decipher4(pinKey, [16]byte(block), request.PAN)
				require.NoError(t, err)
				assert.True(t, decoded.Equal(p))
			})
		})
	}
}

func TestNothingIsSentWithout(t *testing.T) {
	p, err := pin.Parse([]byte("4711"))
	require.NoError(t, err)
	t.Run("a PIN key", func(t *testing.T) {
		h := newHost(t, nil)
		l, j, _ := newLink(t, h, nil)
		request := purchase(t)
		request.PIN = p
		_, err := l.Authorize(t.Context(), request)
		unable(t, err, false)
		require.ErrorIs(t, err, link.ErrNoPINKey)
		assert.Zero(t, owed(t, j))
		h.nothing()
	})
	t.Run("a connection", func(t *testing.T) {
		h := newHost(t, nil)
		refused := errors.New("refused")
		l, j, _ := newLink(t, h, func(c *link.Config) {
			c.Dial = func(context.Context) (net.Conn, error) { return nil, refused }
		})
		_, err := l.Authorize(t.Context(), purchase(t))
		unable(t, err, false)
		require.ErrorIs(t, err, refused)
		assert.Zero(t, owed(t, j))
	})
	t.Run("a journal", func(t *testing.T) {
		h := newHost(t, nil)
		l, j, _ := newLink(t, h, nil)
		require.NoError(t, j.Close())
		_, err := l.Authorize(t.Context(), purchase(t))
		unable(t, err, false)
		h.nothing()
	})
	t.Run("room in the journal", func(t *testing.T) {
		h := newHost(t, silentTo(message.KindAdvice))
		l, j, _ := newLink(t, h, nil)
		require.NoError(t, j.Update(func(tx *journal.Tx) error {
			for range journal.ItemsMax - 1 {
				sequence, err := tx.NextItem()
				if err := errors.Join(err, tx.Put(sequence, []byte{0})); err != nil {
					return err
				}
			}
			return nil
		}))
		_, err := l.Authorize(t.Context(), purchase(t))
		unable(t, err, false)
		require.ErrorIs(t, err, journal.ErrFull)
		h.nothing()
	})
	t.Run("an open link", func(t *testing.T) {
		h := newHost(t, nil)
		l, _, _ := newLink(t, h, nil)
		require.NoError(t, l.Close())
		_, err := l.Authorize(t.Context(), purchase(t))
		unable(t, err, false)
		require.ErrorIs(t, err, link.ErrClosed)
	})
}

func TestSetUp(t *testing.T) {
	_, err := link.New(link.Config{Address: "localhost:1"})
	require.ErrorContains(t, err, "Config wants a Journal, and an Address or Dial")
	j := openJournal(t)
	require.NoError(t, j.Update(func(tx *journal.Tx) error {
		sequence, err := tx.NextItem()
		require.NoError(t, err)
		return tx.Put(sequence, []byte{9, 9})
	}))
	_, err = link.New(link.Config{Address: "localhost:1", Journal: j})
	require.ErrorIs(t, err, emv.ErrMalformed)
}

func TestTimeOutLateAnswerAndReversal(t *testing.T) {
	h := newHost(t, silentTo(message.KindAuthorizationRequest))
	strays := make(chan message.Message, 1)
	l, j, v := newLink(t, h, func(c *link.Config) { c.Unmatched = func(m message.Message) { strays <- m } })
	done := authorize(t, l)
	request := next[*message.AuthorizationRequest](h)
	assert.Equal(t, 1, owed(t, j), "the reversal is durable when the host sees the request")
	v.Advance(20*time.Second - 1)
	select {
	case err := <-done:
		require.Fail(t, "too early", "%v", err)
	case <-time.After(20 * time.Millisecond):
	}
	v.Advance(1)
	unable(t, wait(t, done), true)

	reversal := next[*message.Reversal](h)
	assert.Equal(t, message.TimeoutWaitingForResponse, reversal.ReasonCode)
	assert.Equal(t, message.FullReversal, reversal.FunctionCode)
	assert.Equal(t, originalOf(request), reversal.Original)
	assert.Equal(t, request.Amount, reversal.Amount)
	assert.NotEqual(t, request.STAN, reversal.STAN)
	assert.False(t, reversal.Repeat || reversal.HasActionCode)
	assert.True(t, reversal.ICCData.IsZero())
	settled(t, j)

	h.send(h.last(), approve(request))
	select {
	case m := <-strays:
		assert.Equal(t, message.KindAuthorizationResponse, m.Kind())
	case <-time.After(patience):
		require.Fail(t, "the late answer goes to the hook")
	}
	require.NoError(t, l.Completed(t.Context(), reversed()))
	assert.Zero(t, owed(t, j))
	require.NoError(t, l.Close())
	h.nothing()
}

// TestAnswersOfOthers alters each element by which an answer finds its request.
func TestAnswersOfOthers(t *testing.T) {
	for name, alter := range map[string]func(*message.AuthorizationResponse) message.Message{
		"transmission time": func(m *message.AuthorizationResponse) message.Message { m.Transmission.Second++; return m },
		"STAN":              func(m *message.AuthorizationResponse) message.Message { m.STAN++; return m },
		"acquirer":          func(m *message.AuthorizationResponse) message.Message { m.AcquiringInstitution = "99"; return m },
		"terminal":          func(m *message.AuthorizationResponse) message.Message { m.Terminal = "TILL0002"; return m },
		"kind": func(m *message.AuthorizationResponse) message.Message {
			return &message.ReversalResponse{Acknowledgement: message.Acknowledgement{Header: m.Header}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, func(m message.Message) message.Message {
				if r, ok := m.(*message.AuthorizationRequest); ok {
					return alter(approve(r).(*message.AuthorizationResponse))
				}
				return approve(m)
			})
			strays := make(chan message.Message, 1)
			l, j, v := newLink(t, h, func(c *link.Config) { c.Unmatched = func(m message.Message) { strays <- m } })
			done := authorize(t, l)
			<-strays
			v.Advance(20 * time.Second)
			unable(t, wait(t, done), true)
			settled(t, j)
		})
	}
}

// TestDoubleAnswer has the second one go to the hook.
func TestDoubleAnswer(t *testing.T) {
	h := newHost(t, nil)
	strays := make(chan message.Message, 1)
	l, _, _ := newLink(t, h, func(c *link.Config) { c.Unmatched = func(m message.Message) { strays <- m } })
	_, err := l.Authorize(t.Context(), purchase(t))
	require.NoError(t, err)
	h.send(h.last(), approve(next[*message.AuthorizationRequest](h)))
	assert.Equal(t, message.KindAuthorizationResponse, (<-strays).Kind())
	require.NoError(t, l.Completed(t.Context(), approved()))
}

func TestUnreadableAnswers(t *testing.T) {
	for name, icc := range map[string][]byte{"8A of three bytes": {0x8A, 3, '0', '0', '0'}, "8A of control characters": {0x8A, 2, 0, 1}} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, func(m message.Message) message.Message {
				answer := approve(m)
				if a, ok := answer.(*message.AuthorizationResponse); ok {
					a.ICCData = secret.New(icc)
				}
				return answer
			})
			l, j, _ := newLink(t, h, nil)
			_, err := l.Authorize(t.Context(), purchase(t))
			unable(t, err, true)
			require.ErrorIs(t, err, emv.ErrMalformed)
			settled(t, j)
		})
	}
}

// TestCutAtEveryByteOfTheAnswer hangs up within the answer: a reversal is due, and
// goes out before the next request, on a new connection.
func TestCutAtEveryByteOfTheAnswer(t *testing.T) {
	h := newHost(t, nil)
	probe := &message.AuthorizationRequest{Header: message.Header{STAN: 1, Transmission: message.TransmissionDateTimeOf(noon),
		Local: message.LocalDateTimeOf(noon), Terminal: "TILL0001", CardAcceptor: "TILLDEMO0000001", RetrievalReferenceNumber: "632712000001"}}
	whole, err := h.dialect.Pack(approve(probe))
	require.NoError(t, err)
	for n := range len(whole) + 2 {
		cut := make(chan struct{}, 1)
		cut <- struct{}{}
		h.follow(func(m message.Message) message.Message {
			select {
			case <-cut:
			default:
				return approve(m)
			}
			b, err := h.dialect.Pack(approve(m))
			require.NoError(t, err)
			var frame bytes.Buffer
			require.NoError(t, message.FramingBinary.WriteMessage(&frame, b))
			conn := h.last()
			_, _ = conn.Write(frame.Bytes()[:min(n, frame.Len()-1)])
			_ = conn.Close()
			return nil
		})
		l, j, v := newLink(t, h, nil)
		_, err := l.Authorize(t.Context(), purchase(t))
		unable(t, err, true)
		require.NoError(t, l.Completed(t.Context(), reversed()))
		next[*message.AuthorizationRequest](h)
		_, err = l.Authorize(t.Context(), purchase(t))
		require.NoError(t, err)
		next[*message.Reversal](h)
		next[*message.AuthorizationRequest](h)
		require.NoError(t, l.Completed(t.Context(), approved()))
		settled(t, j)
		v.Advance(time.Hour)
		require.NoError(t, l.Close())
	}
}

// TestCutAtEveryByteOfTheRequest hangs up within the request: the host can not have
// it, so nothing is due.
func TestCutAtEveryByteOfTheRequest(t *testing.T) {
	for n := 0; ; n++ {
		h := newHost(t, nil)
		whole := make(chan bool, 1)
		l, j, _ := newLink(t, h, func(c *link.Config) {
			c.Dial = func(context.Context) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					b := make([]byte, n)
					for at := 0; at < n; {
						k, err := far.Read(b[at : at+1])
						if err != nil {
							break
						}
						at += k
					}
					whole <- isFrame(b)
					_ = far.Close()
				}()
				return near, nil
			}
		})
		_, err := l.Authorize(t.Context(), purchase(t))
		if <-whole {
			unable(t, err, true)
			require.Equal(t, 1, owed(t, j))
			require.Greater(t, n, 100)
			return
		}
		unable(t, err, false)
		require.Zero(t, owed(t, j), "%d bytes", n)
		require.NoError(t, l.Close())
	}
}

// isFrame reports whether b is a message with its length.
func isFrame(b []byte) bool {
	m, err := message.FramingBinary.ReadMessage(bytes.NewReader(b))
	return err == nil && len(m) > 0
}
