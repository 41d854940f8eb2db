package hsm

import "github.com/f510b0cf/till/issuer/pinlife"

// SealedPIN is the PIN of one generation of a card, sealed for that account and
// generation: under another one it does not open.
type SealedPIN struct {
	Generation pinlife.Generation
	Sealed     []byte
}
