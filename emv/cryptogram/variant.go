package cryptogram

import (
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// Variant is one way to compute an application cryptogram, or the answer to it,
// from a key that a tester holds.
type Variant struct {
	Direct         bool                   // the key is the card's own already
	Option         Option                 // how it is diversified where it is not, with
	SequenceNumber account.SequenceNumber // this PAN sequence number
	SessionKey     SessionKeyMethod
	Layout         Layout // has a meaning where the tail is a part of the issuer application data
	Tail           Tail   // 0 where the whole MAC input was given
	Padding        secret.Padding
	ARPC           ARPCMethod // of an answer; tail and padding are 0 then
}

// Profiles returns the names of the rows of the table that compute a cryptogram
// in this way, given the same card key. It says nothing about answers.
func (v Variant) Profiles() []string {
	var names []string
	for i := range profiles {
		p := &profiles[i]
		sameTail := p.Tail == v.Tail && (!v.Tail.byLayout() || p.Layout == v.Layout)
		if p.SessionKey == v.SessionKey && sameTail && p.Padding == v.Padding {
			names = append(names, p.Name)
		}
	}
	return names
}

// Differences returns what is other in v than in from, in words such as
// "padding method 2".
func (v Variant) Differences(from Variant) []string {
	var words []string
	add := func(differs bool, format string, args ...any) {
		if differs {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	if v.Direct {
		add(!from.Direct, "the key used as the card's own")
	} else {
		add(from.Direct || v.Option != from.Option, "option %s", v.Option)
		add(from.Direct || v.SequenceNumber != from.SequenceNumber, "PAN sequence number %s", v.SequenceNumber)
	}
	add(v.SessionKey != from.SessionKey, "session key method %s", v.SessionKey)
	if v.Tail.byLayout() {
		add(v.Tail != from.Tail || v.Layout != from.Layout, "tail %s of layout %s", v.Tail, v.Layout)
	} else {
		add(v.Tail != from.Tail, "%s", v.Tail)
	}
	add(v.Padding != from.Padding, "padding method %d", v.Padding)
	add(v.ARPC != from.ARPC, "ARPC method %d", v.ARPC)
	return words
}

// Search looks for the way in which a given cryptogram was computed. It is for
// testers whose cryptogram does not verify; a host uses its one profile.
type Search struct {
	secret.Opaque
	Key            secret.Key  // an issuer master key, or a card's own
	PAN            account.PAN // where it is zero the key is tried as the card's own alone
	SequenceNumber account.SequenceNumber
	Input          Input
	Data           []byte // the MAC input before padding; where it is nil it is made from Input
	AC             emv.AC
}

// VariantsMax bounds a search, in cryptograms computed: five card keys (the key
// itself, and two options with two sequence numbers), each with four session
// keys, with no tail, the whole issuer application data or two parts of it for
// each layout, and with two paddings.
const VariantsMax = 5 * 4 * (2 + 2*layoutsMax) * 2

// Matches returns the variants whose cryptogram is the given one. It computes
// at most VariantsMax cryptograms.
func (s Search) Matches() []Variant {
	var found []Variant
	inputs := s.inputs()
	for _, k := range s.sessionKeys() {
		for _, in := range inputs {
			for _, p := range []secret.Padding{secret.Padding1, secret.Padding2} {
				if Verify(k.key, p, in.data, s.AC) == nil {
					v := k.Variant
					v.Layout, v.Tail, v.Padding = in.layout, in.tail, p
					found = append(found, v)
				}
			}
		}
	}
	return found
}

// AnswerMatches returns the variants under which the value of tag 91 answers
// AC, the ARQC that the card had sent. It computes at most VariantsMax
// cryptograms.
func (s Search) AnswerMatches(tag91 []byte) []Variant {
	var found []Variant
	for _, k := range s.sessionKeys() {
		for _, method := range []ARPCMethod{ARPCMethod1, ARPCMethod2} {
			session := Session{Profile: Profile{ARPC: method}, ARPC: k.key}
			if _, err := session.VerifyIssuerAuthenticationData(s.AC, tag91); err == nil {
				v := k.Variant
				v.ARPC = method
				found = append(found, v)
			}
		}
	}
	return found
}

// variantKey is a key to try; the variant tells how it was come by.
type variantKey struct {
	Variant
	key secret.Key
}

// appendNew appends a key that is not there yet.
func appendNew(keys []variantKey, v Variant, key secret.Key) []variantKey {
	if slices.ContainsFunc(keys, func(k variantKey) bool { return k.key.Equal(key) }) {
		return keys
	}
	return append(keys, variantKey{v, key})
}

// cardKeys returns the card keys to try.
func (s Search) cardKeys() []variantKey {
	keys := appendNew(nil, Variant{Direct: true}, s.Key)
	if s.PAN.IsZero() {
		return keys
	}
	for _, o := range []Option{OptionA, OptionB} {
		for _, n := range []account.SequenceNumber{s.SequenceNumber, 0} {
			keys = appendNew(keys, Variant{Option: o, SequenceNumber: n}, MasterKey(s.Key, s.PAN, n, o))
		}
	}
	return keys
}

// sessionKeys returns the keys of the transaction to try.
func (s Search) sessionKeys() []variantKey {
	var keys []variantKey
	for _, card := range s.cardKeys() {
		for m := MethodNone; m <= MethodVisaSM; m++ {
			v := card.Variant
			v.SessionKey = m
			keys = appendNew(keys, v, m.Derive(card.key, s.Input.ATC, s.Input.UnpredictableNumber))
		}
	}
	return keys
}

// macInput is a MAC input to try and how it was come by.
type macInput struct {
	layout Layout
	tail   Tail
	data   []byte
}

// inputs returns the MAC inputs to try: that which was given or, for want of
// it, one with each tail that the issuer application data can have.
func (s Search) inputs() []macInput {
	if s.Data != nil {
		return []macInput{{data: s.Data}}
	}
	inputs := []macInput{}
	add := func(l Layout, t Tail) {
		data, err := l.appendTail(s.Input.appendCommon(nil), t, s.Input.IAD)
		if err == nil {
			inputs = append(inputs, macInput{l, t, data})
		}
	}
	add(0, TailNone)
	add(0, TailIAD)
	for l := Layout(1); l <= layoutsMax; l++ {
		add(l, TailCVR)
		add(l, TailCVRAndCounters)
	}
	return inputs
}
