// Package ivr is the phone door: one dialogue with a caller who presses keys. It
// identifies the caller by card number and identification digits, or through an agent
// of customer care, and then asks issuer/channel to activate the card, create a PIN or
// unblock it. Changing a PIN is not offered.
//
// The dialogue is a pure state machine, State: events in, announcements and tasks out.
// It never sees the digits of a card number, code or PIN; a Call puts each of them into
// a sealed collector and tells the machine that there was one. Adapters bring the keys
// and say the announcements: sip with real audio, voice by HTTP requests of a provider.
package ivr
