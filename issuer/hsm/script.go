package hsm

import (
	"fmt"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
)

// BuildPINChange returns the template with a PIN CHANGE. A zero current gives P2
// 02. EMV Book 3, 6.5.10 and 10.10.
func (s *Software) BuildPINChange(c Card, to Script, newPIN, current SealedPIN) ([]byte, error) {
	p, err := s.openPIN(c, newPIN)
	if err != nil {
		return nil, fmt.Errorf("build script: %w", err)
	}
	if len(current.Sealed) == 0 {
		return s.build(c, to, func(x script.Session) (apdu.Command, error) { return x.PINChange(p) })
	}
	onChip, err := s.openPIN(c, current)
	if err != nil {
		return nil, fmt.Errorf("build script: %w", err)
	}
	return s.build(c, to, func(x script.Session) (apdu.Command, error) { return x.PINChangeKnowingPIN(p, onChip) })
}

// BuildUnblock returns the template with a PIN CHANGE/UNBLOCK with P2 00. EMV Book
// 3, 6.5.10.
func (s *Software) BuildUnblock(c Card, to Script) ([]byte, error) {
	return s.build(c, to, script.Session.PINUnblock)
}

// build returns the template with one command for a card.
func (s *Software) build(c Card, to Script, command func(script.Session) (apdu.Command, error)) ([]byte, error) {
	style, ok := script.StyleByName(c.Script)
	if !ok {
		return nil, fmt.Errorf("build script: %w", ErrNoRow)
	}
	keys, err := s.keysOf(c)
	if err != nil {
		return nil, fmt.Errorf("build script: %w", err)
	}
	built, err := command(script.NewSession(style, keys, to.Context))
	if err != nil {
		return nil, fmt.Errorf("build script: %w", err)
	}
	encoded, err := built.Encode()
	if err != nil {
		return nil, fmt.Errorf("build script: %w", err)
	}
	return script.EncodeTemplates(script.Template{Phase: to.Phase, Identifier: to.Identifier[:], Commands: [][]byte{encoded}})
}
