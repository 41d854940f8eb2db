package hardware

// WithAbilities returns c with the methods of those optional interfaces that are
// not nil, and with the presentation that c has. It lets a wrapper of a Card
// offer what the card inside can do and nothing else.
func WithAbilities(c Card, reset WarmResetter, pad PINVerifier) Card {
	p := presented{c}
	switch {
	case reset != nil && pad != nil:
		return struct {
			presented
			WarmResetter
			PINVerifier
		}{p, reset, pad}
	case reset != nil:
		return struct {
			presented
			WarmResetter
		}{p, reset}
	case pad != nil:
		return struct {
			presented
			PINVerifier
		}{p, pad}
	}
	return c
}

// presented is a Card that says how it is held, as the card inside does.
type presented struct{ Card }

// Presentation returns that of the card inside.
func (p presented) Presentation() Presentation { return PresentationOf(p.Card) }
