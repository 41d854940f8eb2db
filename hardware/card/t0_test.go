package card_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
)

// t0Card is the test's card with the procedure of T=0.
func t0Card(t tb) *card.Memory {
	img := testImage(t)
	img.T0 = true
	m := card.NewMemory()
	require.NoError(t, card.Create(m, storageKey(t, 1), img, stream("create")))
	return m
}

// TestT0 goes through the procedure by hand.
func TestT0(t *testing.T) {
	d := inserted(t, opened(t, t0Card(t)))
	send := func(command string) apdu.Response { return d.raw(unhex(t, command)) }
	name := fci(t, unhex(t, testAID))
	n := byte(len(name))
	assert.Equal(t, apdu.Response{Data: []byte{}, SW: 0x6100 | apdu.SW(n)}, send("00A4040008"+testAID))
	assert.Equal(t, apdu.SW(0x6C00|apdu.SW(n)), send("00C0000000").SW)
	assert.Equal(t, apdu.Response{Data: name[:5], SW: 0x6100 | apdu.SW(n-5)}, send("00C0000005"))
	rest := apdu.GetResponse(int(n) - 5)
	assert.Equal(t, name[5:], d.ok(rest))
	d.refused(apdu.SWConditionsNotSatisfied, rest)

	assert.Equal(t, apdu.SW(0x610C), send("80A8000003830122").SW)
	assert.Equal(t, apdu.SW(0x6C06), send("00B2010C00").SW, "another command drops what waits")
	d.refused(apdu.SWConditionsNotSatisfied, apdu.GetResponse(12))
	assert.Equal(t, apdu.SW(0x6C06), send("00B2010C").SW)
	assert.Equal(t, unhex(t, "70045A023742"), send("00B2010C06").Data)
	assert.Equal(t, apdu.SWRecordNotFound, send("00B2050C00").SW)
	assert.Equal(t, apdu.SW(0x9000), d.send(plaintext(t, "1234")).SW)
	assert.Equal(t, apdu.SW(0x6C04), send("80CA9F1700").SW)
	assert.Equal(t, apdu.SW(0x6C08), send("0084000000").SW)
	challenge := send("0084000008").Data
	d.ok(enciphered(t, rsaKey(t, 776).Public(), "1234", challenge))
	assert.Equal(t, apdu.SW(0x6165), d.send(apdu.InternalAuthenticate(make([]byte, 4))).SW)
	assert.Equal(t, apdu.SWWrongP1P2, send("00C0010065").SW)
	assert.Equal(t, apdu.SWConditionsNotSatisfied, send("00C0000065").SW)
}

// TestT0Warning: the data of a blocked application waits behind its warning.
func TestT0Warning(t *testing.T) {
	m := t0Card(t)
	d := throughT0(inserted(t, opened(t, m)))
	d.approved()
	d.ok(d.blockApplication())
	d = inserted(t, opened(t, m))
	r := d.raw(unhex(t, "00A4040008"+testAID))
	assert.Equal(t, apdu.Response{Data: []byte{}, SW: apdu.SWSelectedFileInvalid}, r)
	name := fci(t, unhex(t, testAID))
	assert.Equal(t, name, d.ok(apdu.GetResponse(len(name))))
}

// TestT0Transaction: apdu.Exchange, which terminals use, comes to the same as
// without the procedure.
func TestT0Transaction(t *testing.T) {
	m := t0Card(t)
	d := throughT0(inserted(t, opened(t, m)))
	d.begin()
	d.ok(plaintext(t, "1234"))
	assert.True(t, d.online().OfflinePINGood())
	assert.Equal(t, emv.ACTypeTC, d.authenticated("00").complete(emv.ACTypeTC, "00").cid.Type())
	d.ok(d.pinChange("5678"))
	tap := presented(t, opened(t, m), hardware.Contactless)
	assert.Equal(t, fci(t, unhex(t, testAID)), tap.ok(apdu.Select(unhex(t, testAID), apdu.First)), "taps are not T=0")
}

// throughT0 has a dialogue resolve 61xx and 6Cxx.
func throughT0(d *dialogue) *dialogue {
	d.t0 = true
	return d
}
