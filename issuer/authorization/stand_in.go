package authorization

import (
	"errors"
	"fmt"

	"github.com/f510b0cf/till/issuer/message"
)

// StandIn is what a terminal is told of a request that can not be decided, because
// store or security module fail. Nobody here approves in the issuer's place: what is
// not in the store must not be answered as if it were, and without its keys nobody
// can tell a card from a copy.
type StandIn uint8

// The profiles.
const (
	// Silence gives no answer. The terminal times out and reverses.
	Silence StandIn = iota
	// Unavailable declines with 912 at once, without chip data and without anything
	// stored, where certainly nothing was committed; else there is silence.
	Unavailable
)

// String returns the name in the issuer's configuration.
func (s StandIn) String() string {
	switch s {
	case Silence:
		return "silence"
	case Unavailable:
		return "unavailable"
	}
	return fmt.Sprintf("StandIn(%d)", uint8(s))
}

// Validate reports a profile that there is not.
func (s StandIn) Validate() error {
	if s > Unavailable {
		return fmt.Errorf("check stand-in: unknown profile %d", uint8(s))
	}
	return nil
}

// standIn answers a request in the place of a decision that failed.
func (a *Authorizer) standIn(m *message.AuthorizationRequest, answer []byte, err error) ([]byte, error) {
	if err == nil || a.config.StandIn != Unavailable || errors.Is(err, errUncertain) {
		return answer, err
	}
	_ = a.config.Logger.Log("event", "stand-in", "stan", m.STAN, "terminal", m.Terminal, "reason", err)
	return a.config.Dialect.Pack(refuse(m, message.ActionIssuerUnavailable))
}

// Reasons (DE 25) for an advice of what was decided in the issuer's place. ISO
// 8583:1993, from memory.
const (
	standInFirst message.ReasonCode = 1000
	standInLast  message.ReasonCode = 1003
)

// stoodIn reports whether an advice tells what somebody decided in the issuer's
// place.
func stoodIn(m *message.Advice) bool {
	return m.ReasonCode >= standInFirst && m.ReasonCode <= standInLast
}
