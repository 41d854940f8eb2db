package issuer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store"
)

// exchanged is a message with its answer.
type exchanged struct{ message, answer []byte }

// exchangesMax is how many answers a terminal remembers; the issuer remembers more.
const exchangesMax = 8

// teller is a terminal with a card, and the card's holder. It keeps what it must
// over the deaths of the issuer.
type teller struct {
	t      testing.TB
	card   *issuertest.Card
	number int
	random *rand.Rand
	pins   []string // asked for, newest last: the chip has one of them
	acked  int      // the newest of them that was acknowledged

	done                       []exchanged         // answered
	attempt                    *issuertest.Attempt // whose request has no answer yet; nil is none
	request                    []byte              // of attempt
	reversal                   []byte              // of attempt, which it takes back
	owed                       []byte              // advice that was not acknowledged
	spent                      int64               // what stands
	approved, compared, opened int

	host, http, token string
	changing          *sync.Mutex // of all tellers, which have one member
	line              net.Conn
	broken            error
}

func (x *teller) at(host, http, token string) { x.host, x.http, x.token = host, http, token }

func (x *teller) hangUp() {
	if x.line != nil {
		_ = x.line.Close()
		x.line = nil
	}
}

// patience bounds every answer.
const patience = 20 * time.Second

// ask sends a message and returns the answer.
func (x *teller) ask(b []byte) (answer []byte, err error) {
	if x.line == nil {
		if x.line, err = net.Dial("tcp", x.host); err != nil {
			return nil, err
		}
	}
	if err := x.line.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if err := message.ISO93().Framing().WriteMessage(x.line, b); err != nil {
		return nil, err
	}
	return message.ISO93().Framing().ReadMessage(x.line)
}

// told sends a message and remembers its answer.
func (x *teller) told(b []byte) ([]byte, error) {
	answer, err := x.ask(b)
	if err != nil {
		return nil, err
	}
	x.done = append(x.done, exchanged{b, answer})
	x.done = x.done[max(0, len(x.done)-exchangesMax):]
	return answer, nil
}

func (x *teller) pack(m message.Message) []byte {
	b, err := message.ISO93().Pack(m)
	require.NoError(x.t, err)
	return b
}

// current returns which of its PINs the chip has.
func (x *teller) current() int {
	for n := len(x.pins) - 1; n >= 0; n-- {
		if x.card.PIN.Equal(issuertest.PIN(x.t, x.pins[n])) {
			return n
		}
	}
	require.FailNow(x.t, "the chip has none of its PINs")
	return 0
}

// work goes on where it was, and then buys and changes the PIN until the issuer is
// gone.
func (x *teller) work() error {
	if err := x.resume(); err != nil {
		return err
	}
	for {
		if x.random.IntN(4) == 0 {
			if err := x.change(); err != nil {
				return err
			}
		}
		if err := x.buy(); err != nil {
			return err
		}
	}
}

// resume sends again what was answered, which has the same answer, and brings what
// was not to its end.
func (x *teller) resume() error {
	for _, e := range x.done {
		answer, err := x.ask(e.message)
		if err != nil {
			return err
		}
		require.True(x.t, string(answer) == string(e.answer), "terminal %d: an acknowledged answer is another now", x.number)
		x.compared++
	}
	if err := x.deliver(); err != nil || x.attempt == nil {
		return err
	}
	if x.reversal == nil && x.random.IntN(2) == 0 {
		m := x.card.Reversal(x.attempt.Request)
		m.Terminal = x.attempt.Request.Terminal
		x.reversal = x.pack(m)
	}
	if x.reversal != nil {
		if _, err := x.told(x.reversal); err != nil {
			return err
		}
		x.attempt, x.reversal = nil, nil
		return nil
	}
	answer, err := x.told(x.request)
	if err != nil {
		return err
	}
	return x.answered(answer)
}

// deliver sends the advice that is owed.
func (x *teller) deliver() error {
	if x.owed == nil {
		return nil
	}
	_, err := x.told(x.owed)
	if err == nil {
		x.owed = nil
	}
	return err
}

// buy makes a purchase with the PIN that the chip has.
func (x *teller) buy() error {
	amount := 1 + x.random.Uint64N(99)
	x.attempt = x.card.Begin(x.t, issuertest.Insertion{Amount: amount, Offline: x.pins[x.current()]})
	x.attempt.Request.Terminal = fmt.Sprintf("TILL%04d", x.number)
	x.request = x.pack(x.attempt.Request)
	answer, err := x.told(x.request)
	if err != nil {
		x.opened++
		return err
	}
	return x.answered(answer)
}

// answered takes the answer to the request to the chip, and its advice to the
// issuer.
func (x *teller) answered(b []byte) error {
	m, err := message.ISO93().Unpack(b)
	require.NoError(x.t, err)
	answer, ok := m.(*message.AuthorizationResponse)
	require.True(x.t, ok)
	if answer.ActionCode == message.ActionApproved {
		x.spent += int64(x.attempt.Request.Amount)
		x.approved++
	}
	if advice := x.attempt.Complete(x.t, answer); advice != nil {
		advice.Terminal = x.attempt.Request.Terminal
		x.owed = x.pack(advice)
	}
	x.attempt = nil
	return x.deliver()
}

// change asks for a new PIN, which is never weak: no run and no repetition begins
// with 80 to 86.
func (x *teller) change() error {
	if !x.changing.TryLock() { // its member gives one password at a time: many at once lock her login
		return nil
	}
	defer x.changing.Unlock()
	digits := fmt.Sprint(8000 + len(x.pins)%700)
	x.pins = append(x.pins, digits)
	status, text, err := x.member(http.MethodPut, "/pin", `{"pin":"`+digits+`","password":"`+password+`"}`)
	if err != nil {
		return err
	}
	require.Equal(x.t, http.StatusOK, status, text)
	x.acked = len(x.pins) - 1
	return nil
}

// member asks the members' door about the card.
func (x *teller) member(method, path, body string) (status int, text string, err error) {
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.http+"/v1/cards/"+x.card.Ref.String()+path, strings.NewReader(body))
	require.NoError(x.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+x.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// settle makes the insertions after which nothing is open: the chip has the PIN that
// was acknowledged last, or one that was asked for later (I4).
func (x *teller) settle() error {
	if err := x.resume(); err != nil {
		return err
	}
	for range 2 { // the delivery, and the proof
		if err := x.buy(); err != nil {
			return err
		}
	}
	_, text, err := x.member(http.MethodGet, "/pin", "")
	assert.Contains(x.t, text, `"pin":"done"`, "terminal %d", x.number)
	assert.GreaterOrEqual(x.t, x.current(), x.acked, "terminal %d: an acknowledged PIN is lost", x.number)
	return err
}

// known checks that the issuer knows the PIN of the chip.
func (x *teller) known(m *hsm.Software, record *store.Record) {
	ksn := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x77, 0xE0}
	initial, err := m.InitialKeyTDES(ksn)
	require.NoError(x.t, err)
	pad, err := dukpt.NewTDESDevice(initial, ksn)
	require.NoError(x.t, err)
	ksn, transaction, err := pad.Next()
	require.NoError(x.t, err)
	block, err := pin.Encode(pin.Format0, x.card.PIN, x.card.PAN, nil)
	require.NoError(x.t, err)
	enciphered := block.Encipher(transaction.PIN())
	found, err := m.ComparePIN(hsm.Card{PAN: x.card.PAN, SequenceNumber: record.SequenceNumber},
		hsm.PINBlock{Key: hsm.TDESDUKPT, KSN: ksn[:], Block: enciphered[:]}, record.PINs)
	require.NoError(x.t, err)
	require.NotEmpty(x.t, found, "terminal %d: the issuer does not know the PIN of the chip", x.number)
}

// stanOf returns the STAN of a decision.
func stanOf(t testing.TB, e store.Entry) string {
	var line struct{ STAN uint32 }
	require.NoError(t, json.Unmarshal([]byte(e.Detail), &line))
	return fmt.Sprint(line.STAN)
}
