package hsm

import (
	"fmt"

	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/secret"
)

// Personalise makes a card under a set of issuer master keys, whose number is the
// derivation key index of its applications, whatever the profile says.
func (s *Software) Personalise(p perso.Profile, set uint8, o perso.Options) (perso.Card, error) {
	keys, err := s.set(set)
	if err != nil {
		return perso.Card{}, fmt.Errorf("personalise card: %w", err)
	}
	o.IssuerKeys, o.Option = keys.keys, keys.option
	card, err := perso.Personalise(p, o)
	if err != nil {
		return perso.Card{}, err
	}
	same := card.IssuerKeys.AC.Equal(keys.keys.AC) && card.IssuerKeys.SMI.Equal(keys.keys.SMI) && card.IssuerKeys.SMC.Equal(keys.keys.SMC)
	if !same {
		return perso.Card{}, fmt.Errorf("personalise card: the keys of profile %s are not those of key set %d: %w", p.Name(), set, ErrNoKey)
	}
	for n := range card.Image.Applications {
		card.Image.Applications[n].DKI = set
	}
	return card, nil
}

// InitialKeyTDES returns the initial key of a terminal with TDES DUKPT. ANSI
// X9.24-1:2009, A.6.
func (s *Software) InitialKeyTDES(n dukpt.TDESKSN) (secret.Key, error) {
	host, err := s.hostTDES(n)
	if err != nil {
		return secret.Key{}, fmt.Errorf("derive initial key: %w", err)
	}
	return host.InitialKey(n), nil
}

// InitialKeyAES returns the initial key of a terminal with AES DUKPT. ANSI
// X9.24-3:2017, 6.3.3.
func (s *Software) InitialKeyAES(id dukpt.InitialKeyID) (secret.Key, error) {
	host, err := s.hostAES(id[:])
	if err != nil {
		return secret.Key{}, fmt.Errorf("derive initial key: %w", err)
	}
	return host.InitialKey(id), nil
}
