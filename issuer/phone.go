package issuer

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/sip"
	"github.com/f510b0cf/till/issuer/channel/ivr/voice"
	"github.com/f510b0cf/till/issuer/member"
)

// Phone says how callers reach the issuer. The zero Phone is none.
type Phone struct {
	SIP         string                  // UDP address for calls by SIP; port 0 is any, empty is none
	SIPUsers    map[string]secret.Value // who may call by SIP; without any, everybody
	VoiceSecret secret.Value            // that a voice provider signs with; zero is no provider
	Agents      []care.Agent            // of customer care; without any there is no such page
}

// isZero reports whether nobody can call.
func (p Phone) isZero() bool { return p.SIP == "" && p.VoiceSecret.IsZero() }

// makePhone makes what brings calls, and returns the pages that belong to it, by the
// patterns of their routes.
func (i *Issuer) makePhone(c Config, service *channel.Service, passwords *member.Passwords) (map[string]http.Handler, error) {
	pages := map[string]http.Handler{}
	if c.Phone.isZero() {
		return pages, nil
	}
	if !c.AnyAddress && !loopback(c.Phone.SIP) {
		return nil, fmt.Errorf("listen on %s: %w", c.Phone.SIP, errNotLoopback)
	}
	line, err := ivr.NewLine(ivr.Config{Service: service, Care: len(c.Phone.Agents) > 0, Clock: i.clock, Log: i.log, Count: i.metrics})
	if err != nil {
		return nil, err
	}
	if len(c.Phone.Agents) > 0 {
		desk, err := care.New(context.Background(), care.Config{
			Line: line, Agents: c.Phone.Agents, Sessions: i.measured.Sessions(), Passwords: passwords, Rand: rand.Reader, Clock: i.clock, Log: i.log,
		})
		if err != nil {
			return nil, err
		}
		pages[care.Path], pages[care.Path+"/"] = desk.Handler(), desk.Handler()
	}
	if !c.Phone.VoiceSecret.IsZero() {
		if pages["POST "+voice.Path], err = voice.New(voice.Config{Line: line, Secret: c.Phone.VoiceSecret, Log: i.log}); err != nil {
			return nil, err
		}
	}
	if c.Phone.SIP != "" {
		i.calls, err = sip.Listen(sip.Config{Line: line, Address: c.Phone.SIP, Users: c.Phone.SIPUsers, Clock: i.clock, Log: i.log})
	}
	return pages, err
}
