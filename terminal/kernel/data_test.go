package kernel_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// TestNothingShowsTheAccount prints result, request and entry in every way.
func TestNothingShowsTheAccount(t *testing.T) {
	b := newBench(t)
	b.records[0x8E] = "0000000000000000" + "42001F00"
	b.records[0x5F20] = "58595A5A59"
	b.cardholder.entries = []kernel.PINEntry{enter(t, "493817")}
	entered := b.cardholder.entries[0]
	r := b.run()
	for _, v := range []any{r, *r, b.online.requests[0], *b.online.requests[0], entered, r.Data, *r.Data} {
		text := fmt.Sprintf("%v %+v %#v %s %x %q", v, v, v, v, v, v)
		encoded, err := json.Marshal(v)
		assert.NoError(t, err)
		text = strings.ToUpper(text + string(encoded))
		for _, secret := range []string{"374245001741007", "493817", "34 39 33", "58595A5A59", "XYZZY", "55 66 69 0 23 65"} {
			assert.NotContains(t, text, secret)
		}
	}
	assert.NotContains(t, texts(r), "374245")
}

// TestDataObjects opens what Value does not give.
func TestDataObjects(t *testing.T) {
	r := newBench(t).run()
	_, ok := r.Data.Value(0x5A)
	assert.False(t, ok)
	assert.True(t, r.Data.Has(0x5A))
	assert.True(t, r.Data.Open(0x5A, func(b []byte) { assert.Equal(t, unhexed(testPAN), b) }))
	assert.True(t, r.Data.Open(0x82, func(b []byte) { assert.Equal(t, unhexed("1C00"), b) }))
	assert.False(t, r.Data.Open(0x9F7E, func([]byte) { t.Error("not there") }))
	assert.IsIncreasing(t, r.Data.Tags())
	assert.Contains(t, r.Data.Tags(), emv.Tag(0x57))
	assert.Empty(t, r.Data.AppendTLV(nil, 0x5A, 0x57, 0x9F7E))
}

// TestCardCanNotSpeakForTheTerminal ignores data objects that are not the card's.
func TestCardCanNotSpeakForTheTerminal(t *testing.T) {
	b := newBench(t)
	for tag, value := range map[emv.Tag]string{0x9F02: "000000000001", 0x95: "0000000000", 0x8A: "3030", 0x9F37: "AABBCCDD", 0x9F35: "11"} {
		b.records[tag] = value
	}
	b.card.answers["80AE80"] = []string{object(0x77, object(0x9F27, "80"), object(0x9F36, "0012"), object(0x9F26, "1122334455667788"), object(0x5A, "4111111111111111"), object(0x9F0E, "FFFFFFFFFF")) + "9000"}
	r := b.run()
	assert.Equal(t, kernel.ApprovedOnline, r.Outcome)
	amount, _ := r.Data.Value(0x9F02)
	assert.Equal(t, unhexed("000000001200"), amount)
	number, _ := r.Data.Value(0x9F37)
	assert.Equal(t, unhexed("00000000"), number)
	r.Data.Open(0x5A, func(b []byte) { assert.Equal(t, unhexed(testPAN), b) })
	assert.Contains(t, b.card.sentWith("80AE80")[0], "000000001200")
}

// TestRedundantData ends the transaction; what EMV does not know may repeat.
func TestRedundantData(t *testing.T) {
	again := func(extra string) *bench {
		b := newBench(t)
		b.card.answers["80A8"] = []string{object(0x80, b.aip, "08010200") + "9000"}
		b.card.answers["00B2020C"] = []string{object(0x70, extra) + "9000"}
		return b
	}
	assert.Equal(t, kernel.NotAccepted, again(object(0x5F34, "01")).run().Outcome)
	assert.Equal(t, kernel.NotAccepted, again(object(0x82, "1C00")).run().Outcome)
	assert.Equal(t, kernel.ApprovedOnline, again(object(0xDF4F, "01", "02")+object(0xDF4F, "01")).run().Outcome)
}

// TestProprietaryFile is read and not looked into.
func TestProprietaryFile(t *testing.T) {
	b := newBench(t)
	b.card.answers["80A8"] = []string{object(0x77, object(0x82, b.aip), object(0x94, "08010100", "58010100")) + "9000"}
	b.card.answers["00B2015C"] = []string{"FFFF9000"}
	assert.Equal(t, kernel.ApprovedOnline, b.run().Outcome)
}

// TestLongRecord is read, and noted: a response may carry two bytes more than EMV
// gives a record.
func TestLongRecord(t *testing.T) {
	for pad, noted := range map[int]bool{0: false, 1: true, 2: true} {
		b := newBench(t)
		b.card.answers["80A8"] = []string{object(0x80, b.aip, "08010100", "10010100") + "9000"}
		b.card.answers["00B20114"] = []string{object(0x70, object(0xDF20, strings.Repeat("AA", 247+pad))) + "9000"}
		r := b.run()
		assert.Equal(t, kernel.ApprovedOnline, r.Outcome, texts(r))
		assert.Equal(t, noted, strings.Contains(texts(r), "more than the 254 of a record"), texts(r))
	}
}

// TestTCHash is SHA-1 over the values of the TDOL.
func TestTCHash(t *testing.T) {
	b := newBench(t)
	b.records[0x8C], b.records[0x97] = "9814", "9F0206"
	b.run()
	assert.Equal(t, "80AE800014"+digits(sha1Of("000000001200"))+"00", b.card.sentWith("80AE80")[0])
}

// TestRandomSelection draws against percentages that rise with the amount.
func TestRandomSelection(t *testing.T) {
	draw := func(n byte) []byte { return []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n} }
	for name, c := range map[string]struct {
		amount          uint64
		target, maximum uint8
		threshold       uint64
		draw            byte // the number is one more
		selected        bool
	}{
		"never":                     {100, 0, 0, 500, 0, false},
		"below threshold, low":      {100, 20, 80, 500, 19, true},
		"below threshold, high":     {100, 20, 80, 500, 20, false},
		"at threshold":              {500, 20, 80, 500, 20, false},
		"half way, low":             {750, 20, 80, 500, 49, true},
		"half way, high":            {750, 20, 80, 500, 50, false},
		"no fraction is lost":       {580, 0, 50, 0, 28, true}, // 0.58 times 50 in floating point is less than 29
		"threshold above the limit": {999, 20, 80, 5000, 20, false},
		"99 selects always":         {100, 99, 99, 500, 98, true},
		"1 selects the lowest":      {100, 1, 1, 500, 0, true},
		"98 leaves out the highest": {100, 98, 98, 500, 98, false},
		"numbers start over at 1":   {100, 1, 1, 500, 99, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.app().FloorLimit, b.tx.Amount = 1000, c.amount
			b.app().RandomSelection = profileSelection(c.target, c.maximum, c.threshold)
			b.random = draw(c.draw)
			assert.Equal(t, c.selected, b.run().TVR.Has(emv.TVRSelectedRandomly))
		})
	}
}

// TestExceptionsOfTheProfile finds the card by its masked number and by its
// reference.
func TestExceptionsOfTheProfile(t *testing.T) {
	key := secret.New([]byte("0123456789ABCDEF"))
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(t, err)
	for entry, why := range map[string]string{
		"374245*****1007":                    "card is on the exception file by its masked account number",
		"374245*****1007/01":                 "card is on the exception file by its masked account number",
		account.NewRef(key, pan, 1).String(): "card is on the exception file by its account reference",
		"374245*****1007/02":                 "",
		"374245*****1008":                    "",
		account.NewRef(key, pan, 2).String(): "",
	} {
		b := newBench(t)
		b.profile.Exceptions, err = profile.NewExceptions(entry)
		require.NoError(t, err)
		b.referenceKey = key
		r := b.run()
		assert.Equal(t, why != "", r.TVR.Has(emv.TVRCardOnTerminalExceptionFile), entry)
		assert.Equal(t, why, whyOf(r, emv.TVRCardOnTerminalExceptionFile))
	}
	b := newBench(t)
	b.profile.Exceptions, err = profile.NewExceptions(account.NewRef(key, pan, 1).String())
	require.NoError(t, err)
	_, err = kernel.New(b.config())
	assert.ErrorContains(t, err, "exceptions of the profile are account references, and there is no key for them")
	_, err = profile.NewExceptions("374245*****1007", "374245001741007")
	assert.ErrorContains(t, err, "list exceptions: entry 2: want a masked account number")
	assert.NotContains(t, err.Error(), "374245001741007")
}
