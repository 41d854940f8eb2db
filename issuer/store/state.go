package store

import (
	"bytes"
	"slices"

	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/pinlife"
)

// SetPIN puts the sealed digits of a generation into the record, where Advance
// leaves them as long as they may be needed. Generations come in rising order.
func (r *Record) SetPIN(p hsm.SealedPIN) { r.PINs = append(r.PINs, p) }

// SealedPIN returns the sealed digits of a generation.
func (r *Record) SealedPIN(g pinlife.Generation) (hsm.SealedPIN, bool) {
	for _, p := range r.PINs {
		if p.Generation == g {
			return p, true
		}
	}
	return hsm.SealedPIN{}, false
}

// Advance sets the state of the PIN, and drops the sealed PINs and scripts that it
// no longer refers to. That is what pinlife.Erase asks for.
func (r *Record) Advance(s pinlife.State) {
	r.PIN = s
	live := s.Live()
	r.PINs = slices.DeleteFunc(r.PINs, func(p hsm.SealedPIN) bool { return s.Closed || !slices.Contains(live, p.Generation) })
	r.Sent = slices.DeleteFunc(r.Sent, func(x SentScript) bool { return !r.sent(x.ATC) })
}

// sent reports whether an item of the state answered the request with that ATC.
func (r *Record) sent(atc uint16) bool {
	items := r.PIN.Sent[:min(int(r.PIN.SentCount), pinlife.SentMax)]
	return slices.ContainsFunc(items, func(i pinlife.Item) bool { return i.ATC == atc })
}

// UsePINKey notes that a DUKPT device used the key of a counter. It reports false,
// and notes nothing, where that key or a later one was used before.
func (r *Record) UsePINKey(initial []byte, counter uint32) bool {
	at := slices.IndexFunc(r.PINDevices, func(d PINDevice) bool { return bytes.Equal(d.Initial, initial) })
	switch {
	case at >= 0 && counter <= r.PINDevices[at].Counter:
		return false
	case at >= 0:
		r.PINDevices = slices.Delete(r.PINDevices, at, at+1)
	case len(r.PINDevices) >= PINDevicesMax:
		r.PINDevices = slices.Delete(r.PINDevices, 0, 1)
	}
	r.PINDevices = append(r.PINDevices, PINDevice{Initial: bytes.Clone(initial), Counter: counter})
	return true
}

// SeeNumber notes an unpredictable number, and reports whether it is new among those
// that are kept.
func (r *Record) SeeNumber(n SeenUN) bool {
	if slices.Contains(r.Numbers, n) {
		return false
	}
	if len(r.Numbers) >= NumbersMax {
		r.Numbers = slices.Delete(r.Numbers, 0, 1)
	}
	r.Numbers = append(r.Numbers, n)
	return true
}

// Payment returns the payment that a request made, for it to be looked at or
// marked, and nil where there is none among those that are kept.
func (r *Record) Payment(k Key) *Payment {
	for i := range r.Payments {
		if r.Payments[i].Key == k {
			return &r.Payments[i]
		}
	}
	return nil
}

// AddPayment adds a payment, in place of the oldest where there are PaymentsMax, or
// a marker, in place of the oldest marker where there are MarkersMax.
func (r *Record) AddPayment(p Payment) {
	same := func(o Payment) bool { return o.Marker() == p.Marker() }
	most := PaymentsMax
	if p.Marker() {
		most = MarkersMax
	}
	for count(r.Payments, same) >= most {
		oldest := slices.IndexFunc(r.Payments, same)
		r.Payments = slices.Delete(r.Payments, oldest, oldest+1)
	}
	r.Payments = append(r.Payments, p)
}

// count returns the number of payments of a kind.
func count(payments []Payment, kind func(Payment) bool) (n int) {
	for _, p := range payments {
		if kind(p) {
			n++
		}
	}
	return n
}
