package storetest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// record returns the record of a new card.
func record(holder, primary member.ID) store.Record {
	return store.Record{
		Holder: holder, Primary: primary,
		PAN: []byte("sealed PAN"), LastFour: "1006", Expiry: account.Expiry{Year: 2029, Month: time.December},
		Chip:   store.Chip{Cryptogram: "visa-cvn18", Script: "visa", KeySet: 1, Option: cryptogram.OptionA},
		Limits: store.Limits{Currency: 978, PerTransaction: 500_00, PerDay: 2000_00},
	}
}

// drawnState draws a state of the PIN, by events that lead to it.
func drawnState(t *rapid.T) pinlife.State {
	s := rapid.SampledFrom([]pinlife.State{{}, pinlife.Personalised()}).Draw(t, "personalised")
	atc := uint16(0)
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		s, _ = s.Step(drawnEvent(t, s, &atc))
	}
	return s
}

// drawnEvent draws an event that may come in a state.
func drawnEvent(t *rapid.T, s pinlife.State, atc *uint16) pinlife.Event {
	*atc += uint16(rapid.IntRange(1, 900).Draw(t, "ATC step"))
	contact := pinlife.Request{
		Policy: pinlife.DefaultPolicy(), ATC: *atc, ARQCValid: true, Active: true,
		CVR: pinlife.CVR{
			OfflinePINPerformed: rapid.Bool().Draw(t, "offline PIN"), TryLimitExceeded: rapid.Bool().Draw(t, "blocked"),
			ScriptCount: rapid.Uint8Range(0, 3).Draw(t, "scripts"), LastOnlineNotCompleted: rapid.Bool().Draw(t, "LONC"),
		},
	}
	return rapid.SampledFrom([]pinlife.Event{
		contact, contact, contact, pinlife.PINCreated{Generation: s.Next()}, pinlife.PINChanged{Generation: s.Next()},
		pinlife.UnblockAsked{}, pinlife.Advice{ATC: *atc, Result: pinlife.Successful, FinalCryptogramValid: true},
		pinlife.RestoredFromBackup{}, pinlife.OperatorRetry{}, pinlife.CardClosed{},
	}).Draw(t, "event")
}

// drawnRecord draws a record with everything in it that there can be.
func drawnRecord(t *rapid.T, holder, primary member.ID) store.Record {
	r := record(holder, primary)
	r.PIN = drawnState(t)
	r.Status = rapid.SampledFrom([]store.Status{store.NotActivated, store.Active, store.Blocked, store.Lost, store.Stolen, store.Expired}).Draw(t, "status")
	if r.PIN.Closed {
		r.Status = store.Closed
	} else {
		drawSealed(t, &r)
	}
	r.LastFour = rapid.StringMatching(`[0-9]{4}`).Draw(t, "last four")
	r.SequenceNumber = account.SequenceNumber(rapid.IntRange(0, 99).Draw(t, "sequence number"))
	r.Expiry = account.Expiry{Year: rapid.IntRange(1950, 2049).Draw(t, "year"), Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
	r.Chip.KeySet = rapid.Uint8().Draw(t, "key set")
	r.Chip.Option = rapid.SampledFrom([]cryptogram.Option{cryptogram.OptionA, cryptogram.OptionB}).Draw(t, "option")
	r.Chip.Foreign = rapid.Bool().Draw(t, "foreign")
	r.Tries = rapid.Uint8().Draw(t, "tries")
	r.ChangesFull = time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "changes")).UTC()
	r.Spent = store.Spent{Day: rapid.Uint32Range(0, 20491231).Draw(t, "day"), Amount: rapid.Int64().Draw(t, "spent")}
	r.Spent.Cash, r.Spent.Count = rapid.Int64().Draw(t, "cash"), rapid.Uint32().Draw(t, "count")
	r.Limits.NoPIN = rapid.Int64Range(0, 1<<40).Draw(t, "limit")
	r.Limits.CashPerDay, r.Limits.Cashback = rapid.Int64Range(0, 1<<40).Draw(t, "cash limit"), rapid.Int64Range(0, 1<<40).Draw(t, "cashback limit")
	r.Limits.CountPerDay = rapid.Uint32().Draw(t, "count limit")
	r.CIDTries = rapid.Uint8().Draw(t, "CID tries")
	for n := range rapid.IntRange(0, store.NumbersMax).Draw(t, "numbers") {
		r.SeeNumber(store.SeenUN{1, 2, 3, byte(n)})
	}
	r.Payments = rapid.SliceOfN(rapid.Custom(drawnPayment), 0, store.PaymentsMax).Draw(t, "payments")
	for n := range rapid.IntRange(0, store.PINDevicesMax).Draw(t, "devices") {
		initial := []byte{7: byte(n), 9: 0}[:rapid.SampledFrom([]int{8, 10}).Draw(t, "initial")]
		r.PINDevices = append(r.PINDevices, store.PINDevice{Initial: initial, Counter: rapid.Uint32Range(1, 1<<32-1).Draw(t, "counter")})
	}
	if len(r.Payments) == 0 {
		r.Payments = nil
	}
	return r
}

// drawSealed fills in what the state of the PIN refers to.
func drawSealed(t *rapid.T, r *store.Record) {
	sealed := rapid.SliceOfN(rapid.Byte(), 1, 60)
	for _, g := range r.PIN.Live() {
		r.SetPIN(hsm.SealedPIN{Generation: g, Sealed: sealed.Draw(t, "sealed PIN")})
	}
	for _, item := range r.PIN.Sent[:r.PIN.SentCount] {
		r.Sent = append(r.Sent, store.SentScript{
			ATC: item.ATC, ARQC: [8]byte(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "ARQC")), Identifier: [4]byte{1, 2, 3, 4}, Sealed: sealed.Draw(t, "script"),
		})
	}
}

func drawnPayment(t *rapid.T) store.Payment {
	p := store.Payment{
		Key: store.NewKey(rapid.String().Draw(t, "key")), ATC: rapid.Uint16().Draw(t, "ATC"), Currency: 978,
		Amount: rapid.Int64Range(0, 1<<50).Draw(t, "amount"), At: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0).UTC(),
		Reversed: rapid.Bool().Draw(t, "reversed"), Refund: rapid.Bool().Draw(t, "refund"),
	}
	p.Cash = rapid.Int64Range(0, p.Amount).Draw(t, "cash of it")
	return p
}
