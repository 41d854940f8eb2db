package authorization_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// check is one request and what it is worth. The card is personalised with PIN
// 1379.
type check struct {
	name   string
	config func(*authorization.Config)
	record func(*store.Record)
	in     issuertest.Insertion
	order  bool
	swipe  bool
	alter  func(t *testing.T, r *message.AuthorizationRequest)
	action message.ActionCode
	reason string // in the journal, empty where it is approved
	arc    string // tag 8A, empty where the answer has no chip data
	arpc   bool
	tries  uint8 // of the host, after it
}

const (
	right = "1379"
	wrong = "8024"
)

// status returns a change of the status.
func status(s store.Status) func(*store.Record) { return func(r *store.Record) { r.Status = s } }

// iccData alters the chip data.
func iccData(tag uint32, edit func(value []byte) []byte) func(*testing.T, *message.AuthorizationRequest) {
	return func(t *testing.T, r *message.AuthorizationRequest) {
		r.ICCData = change(t, r.ICCData, tagOf(tag), edit)
	}
}

func noChipData(_ *testing.T, r *message.AuthorizationRequest) { r.ICCData = secret.Value{} }

// position alters the first or the seventh position of DE 22.
func position(n int, value byte) func(*testing.T, *message.AuthorizationRequest) {
	return func(_ *testing.T, r *message.AuthorizationRequest) {
		if n == 1 {
			r.POSDataCode.CardDataInputCapability = value
		} else {
			r.POSDataCode.CardDataInputMode = value
		}
	}
}

func without([]byte) []byte { return nil }

func flip(value []byte) []byte { value[len(value)-1] ^= 1; return value }

var checks = []check{
	{name: "offline PIN", in: issuertest.Insertion{Amount: 100_00, Offline: right}, arc: "00", arpc: true},
	{name: "online PIN, TDES DUKPT", in: issuertest.Insertion{Amount: 100_00, Online: right}, arc: "00", arpc: true},
	{name: "online PIN, AES DUKPT", config: func(c *authorization.Config) { c.Dialect = message.ISO93AES() },
		in: issuertest.Insertion{Amount: 100_00, Online: right, AES: true}, arc: "00", arpc: true},
	{name: "online PIN gives the tries back", record: func(r *store.Record) { r.Tries = 2 }, in: issuertest.Insertion{Amount: 100_00, Online: right}, arc: "00", arpc: true},
	{name: "no PIN within the limit", in: issuertest.Insertion{Amount: 50_00}, arc: "00", arpc: true},
	{name: "tap", in: issuertest.Insertion{Amount: 20_00, Tap: true}, arc: "00", arpc: true},
	{name: "order", in: issuertest.Insertion{Amount: 100_00}, order: true},
	{name: "stripe within the limit", in: issuertest.Insertion{Amount: 50_00}, swipe: true},
	{name: "stripe with the PIN", in: issuertest.Insertion{Amount: 100_00, Online: right}, swipe: true},
	{name: "stripe without the PIN", in: issuertest.Insertion{Amount: 100_00}, swipe: true, action: message.ActionPINRequired, reason: "amount needs a PIN"},
	{name: "PIN management without an amount", in: issuertest.Insertion{Type: 920000, Offline: right}, arc: "00", arpc: true},

	{name: "not activated", record: status(store.NotActivated), in: issuertest.Insertion{Amount: 100_00, Online: wrong},
		action: message.ActionCardNotEffective, reason: "card is not activated", arc: "78", arpc: true},
	{name: "blocked", record: status(store.Blocked), in: issuertest.Insertion{Amount: 100_00, Offline: right},
		action: message.ActionRestrictedCard, reason: "card is blocked", arc: "62", arpc: true},
	{name: "lost", record: status(store.Lost), in: issuertest.Insertion{Amount: 100_00, Offline: right},
		action: message.ActionPickUpLostCard, reason: "card is lost", arc: "41", arpc: true},
	{name: "stolen", record: status(store.Stolen), in: issuertest.Insertion{Amount: 100_00, Offline: right},
		action: message.ActionPickUpStolenCard, reason: "card is stolen", arc: "43", arpc: true},
	{name: "expired by its status", record: status(store.Expired), in: issuertest.Insertion{Amount: 100_00, Offline: right},
		action: message.ActionExpiredCard, reason: "card is expired", arc: "54", arpc: true},
	{name: "closed", record: func(r *store.Record) {
		r.Status = store.Closed
		state, _ := r.PIN.Step(pinlife.CardClosed{})
		r.Advance(state)
	}, in: issuertest.Insertion{Amount: 100_00, Offline: right}, action: message.ActionRestrictedCard, reason: "card is closed", arc: "62", arpc: true},
	{name: "expired by its date", record: func(r *store.Record) { r.Expiry = account.Expiry{Year: 2026, Month: time.October} },
		in: issuertest.Insertion{Amount: 100_00, Offline: right}, action: message.ActionExpiredCard, reason: "card is expired", arc: "54", arpc: true},
	{name: "not activated and expired: status comes first", record: func(r *store.Record) {
		r.Status, r.Expiry = store.NotActivated, account.Expiry{Year: 2026, Month: time.October}
	}, in: issuertest.Insertion{Amount: 100_00, Offline: right}, action: message.ActionCardNotEffective, reason: "card is not activated", arc: "78", arpc: true},
	{name: "another expiry", alter: func(_ *testing.T, r *message.AuthorizationRequest) { r.Expiry.Year++ },
		in: issuertest.Insertion{Amount: 100_00, Offline: right}, action: message.ActionExpiredCard, reason: "expiry differs from the card's", arc: "54", arpc: true},

	{name: "wrong cryptogram", in: issuertest.Insertion{Amount: 100_00, Online: wrong}, alter: iccData(0x9F26, flip),
		action: message.ActionDoNotHonour, reason: "cryptogram is wrong", arc: "05"},
	{name: "covered data altered", in: issuertest.Insertion{Amount: 100_00, Offline: right}, alter: iccData(0x9F37, flip),
		action: message.ActionDoNotHonour, reason: "cryptogram is wrong", arc: "05"},
	{name: "data object is missing", in: issuertest.Insertion{Amount: 100_00, Offline: right}, alter: iccData(0x9F36, without),
		action: message.ActionFormatError, reason: "chip data can not be read", arc: "30"},
	{name: "no cryptogram", in: issuertest.Insertion{Amount: 100_00, Offline: right}, alter: iccData(0x9F26, without),
		action: message.ActionFormatError, reason: "chip data can not be read", arc: "30"},
	{name: "cryptogram of another row", in: issuertest.Insertion{Amount: 100_00, Offline: right}, alter: iccData(0x9F10, func(v []byte) []byte { v[2] = 0x0A; return v }),
		action: message.ActionFormatError, reason: "chip data can not be read", arc: "30"},
	{name: "wedge", in: issuertest.Insertion{Amount: 100_00, Wedge: true},
		action: message.ActionDoNotHonour, reason: "terminal claims an offline PIN that the chip did not see", arc: "05", arpc: true},
	{name: "wedge, told by DE 22 alone", in: issuertest.Insertion{Amount: 10_00}, alter: func(t *testing.T, r *message.AuthorizationRequest) {
		r.ICCData = change(t, r.ICCData, tagOf(0x9F34), without)
		r.POSDataCode.CardholderAuthMethod, r.POSDataCode.CardholderAuthEntity = '1', '1'
	}, action: message.ActionDoNotHonour, reason: "terminal claims an offline PIN that the chip did not see", arc: "05", arpc: true},

	{name: "wrong offline PIN", in: issuertest.Insertion{Amount: 100_00, Offline: wrong},
		action: message.ActionIncorrectPIN, reason: "chip found the PIN wrong", arc: "55", arpc: true},
	{name: "wrong online PIN", in: issuertest.Insertion{Amount: 100_00, Online: wrong},
		action: message.ActionIncorrectPIN, reason: "online PIN is wrong", arc: "55", arpc: true, tries: 1},
	{name: "wrong online PIN above a limit", in: issuertest.Insertion{Amount: 900_00, Online: wrong},
		action: message.ActionIncorrectPIN, reason: "online PIN is wrong", arc: "55", arpc: true, tries: 1},
	{name: "right PIN without tries left", record: func(r *store.Record) { r.Tries = authorization.PINTriesMax }, in: issuertest.Insertion{Amount: 100_00, Online: right},
		action: message.ActionPINTriesExceeded, reason: "online PIN tries are used up", arc: "75", arpc: true, tries: authorization.PINTriesMax},
	{name: "PIN block of another PAN", in: issuertest.Insertion{Amount: 100_00, Online: right},
		alter: func(_ *testing.T, r *message.AuthorizationRequest) {
			r.PINBlock = secret.New([]byte{1, 2, 3, 4, 5, 6, 7, 8})
		},
		action: message.ActionInvalidPINBlock, reason: "PIN block can not be read", arc: "81", arpc: true},
	{name: "key serial number of a wrong length", in: issuertest.Insertion{Amount: 100_00, Online: right},
		alter:  func(_ *testing.T, r *message.AuthorizationRequest) { r.SecurityControl = secret.New(make([]byte, 9)) },
		action: message.ActionPINKeySynchronisation, reason: "no key for the PIN block", arc: "83", arpc: true},
	{name: "counter that no device uses", in: issuertest.Insertion{Amount: 100_00, Online: right},
		alter:  func(_ *testing.T, r *message.AuthorizationRequest) { r.SecurityControl = secret.New(make([]byte, 10)) },
		action: message.ActionPINKeySynchronisation, reason: "no key for the PIN block", arc: "83", arpc: true},
	{name: "DUKPT block as one of the zone", in: issuertest.Insertion{Amount: 100_00, Online: right},
		alter:  func(_ *testing.T, r *message.AuthorizationRequest) { r.SecurityControl = secret.Value{} },
		action: message.ActionInvalidPINBlock, reason: "PIN block can not be read", arc: "81", arpc: true},

	{name: "above the limit of a transaction", in: issuertest.Insertion{Amount: 500_01, Offline: right},
		action: message.ActionExceedsLimit, reason: "amount is above the limit of a transaction", arc: "61", arpc: true},
	{name: "above the limit of the day", record: func(r *store.Record) { r.Spent = store.Spent{Day: 20261123, Amount: 1900_01} },
		in: issuertest.Insertion{Amount: 100_00, Offline: right}, action: message.ActionExceedsLimit, reason: "amount is above the limit of the day", arc: "61", arpc: true},
	{name: "spent yesterday", record: func(r *store.Record) { r.Spent = store.Spent{Day: 20261122, Amount: 1999_00} },
		in: issuertest.Insertion{Amount: 100_00, Offline: right}, arc: "00", arpc: true},
	{name: "other currency", record: func(r *store.Record) { r.Limits.Currency = 840 }, in: issuertest.Insertion{Amount: 100_00, Offline: right},
		action: message.ActionNotPermitted, reason: "currency is not that of the card's limits", arc: "57", arpc: true},
	{name: "no PIN above the limit", in: issuertest.Insertion{Amount: 50_01}, action: message.ActionPINRequired, reason: "amount needs a PIN", arc: "70", arpc: true},
	{name: "amount is not the card's", in: issuertest.Insertion{Amount: 10_00}, alter: func(_ *testing.T, r *message.AuthorizationRequest) { r.Amount = 11_00 },
		action: message.ActionInvalidTransaction, reason: "chip data differ from the message", arc: "12", arpc: true},
	{name: "currency is not the card's", in: issuertest.Insertion{Amount: 10_00}, alter: func(_ *testing.T, r *message.AuthorizationRequest) { r.Currency = 840 },
		action: message.ActionInvalidTransaction, reason: "chip data differ from the message", arc: "12", arpc: true},
	{name: "type that is not the card's", in: issuertest.Insertion{Amount: 10_00, Offline: right}, alter: func(_ *testing.T, r *message.AuthorizationRequest) { r.ProcessingCode = message.Cash },
		action: message.ActionInvalidTransaction, reason: "chip data differ from the message", arc: "12", arpc: true},

	{name: "insertion without chip data", in: issuertest.Insertion{Amount: 40_00, Offline: right}, alter: noChipData,
		action: message.ActionFormatError, reason: "chip data can not be read", arc: "30"},
	{name: "tap without chip data", in: issuertest.Insertion{Amount: 40_00, Tap: true}, alter: noChipData,
		action: message.ActionFormatError, reason: "chip data can not be read", arc: "30"},
	{name: "stripe with chip data", swipe: true, in: issuertest.Insertion{Amount: 10_00},
		alter:  func(_ *testing.T, r *message.AuthorizationRequest) { r.ICCData = secret.New([]byte{0x82, 1, 0}) },
		action: message.ActionFormatError, reason: "stripe or key entry with chip data"},
	{name: "wrong offline PIN at a terminal that can tap", in: issuertest.Insertion{Amount: 100_00, Offline: wrong}, alter: position(1, 'M'),
		action: message.ActionIncorrectPIN, reason: "chip found the PIN wrong", arc: "55", arpc: true},
	{name: "wrong offline PIN and a tap", in: issuertest.Insertion{Amount: 100_00, Offline: wrong}, alter: position(7, 'M'),
		action: message.ActionIncorrectPIN, reason: "chip found the PIN wrong", arc: "55", arpc: true},
	{name: "wedge at a terminal that can tap", in: issuertest.Insertion{Amount: 40_00, Wedge: true}, alter: position(1, 'M'),
		action: message.ActionDoNotHonour, reason: "terminal claims an offline PIN that the chip did not see", arc: "05", arpc: true},
	{name: "wedge and a tap", in: issuertest.Insertion{Amount: 40_00, Wedge: true}, alter: position(7, 'M'),
		action: message.ActionDoNotHonour, reason: "terminal claims an offline PIN that the chip did not see", arc: "05", arpc: true},

	{name: "order with a PIN block", order: true, in: issuertest.Insertion{Amount: 10_00, Online: wrong},
		action: message.ActionFormatError, reason: "card not present with a PIN block"},
	{name: "order with chip data", order: true, in: issuertest.Insertion{Amount: 10_00},
		alter:  func(_ *testing.T, r *message.AuthorizationRequest) { r.ICCData = secret.New([]byte{0x82, 1, 0}) },
		action: message.ActionFormatError, reason: "card not present with chip data"},
	{name: "order with a card that is not activated", order: true, record: status(store.NotActivated), in: issuertest.Insertion{Amount: 10_00},
		action: message.ActionCardNotEffective, reason: "card is not activated"},
}

func TestChecks(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

func (c check) run(t *testing.T) {
	config := c.config
	if config == nil {
		config = func(*authorization.Config) {}
	}
	h := newHost(t, config)
	card := h.NewCard(t)
	h.Personalise(t, card, right)
	if c.record != nil {
		h.Change(t, card.Ref, c.record)
	}
	card.Expiry = h.Record(t, card.Ref).Expiry
	request := c.request(t, card)
	answer := h.ask(t, request)

	assert.Equal(t, c.action, answer.ActionCode)
	assert.Equal(t, c.action == message.ActionApproved, answer.ApprovalCode != "")
	assert.Equal(t, c.arc, string(issuertest.Object(t, answer, 0x8A)))
	assert.Equal(t, c.arpc, issuertest.Object(t, answer, 0x91) != nil, "ARPC")
	assert.False(t, carries(t, answer))
	record := h.Record(t, card.Ref)
	assert.Equal(t, c.tries, record.Tries)
	if c.reason != "" {
		assert.Contains(t, h.last(t, card), `"reason":"`+c.reason+`"`)
		assert.Empty(t, record.Payments)
		return
	}
	assert.Regexp(t, "^approved: ", h.last(t, card))
	assert.Equal(t, request.Amount > 0, len(record.Payments) == 1)
}

func (c check) request(t *testing.T, card *issuertest.Card) *message.AuthorizationRequest {
	var r *message.AuthorizationRequest
	switch {
	case c.order:
		r = card.Order(t, c.in.Amount)
	case c.swipe:
		r = card.Swipe(t, c.in.Amount)
	default:
		r = card.Begin(t, c.in).Request
	}
	if c.in.Online != "" && (c.order || c.swipe) {
		card.EnterPIN(t, r, c.in.Online, c.in.AES)
	}
	if c.alter != nil {
		c.alter(t, r)
	}
	return r
}
