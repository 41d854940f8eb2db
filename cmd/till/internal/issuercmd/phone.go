package issuercmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
)

// Phone is how callers reach an issuer.
type Phone struct {
	SIP             string   `name:"sip" placeholder:"ADDRESS" help:"UDP address for calls by SIP, such as 127.0.0.1:5060; port 0 is any. Loopback alone unless --any-address."`
	SIPUser         []string `name:"sip-user" sep:"none" placeholder:"NAME=FILE" help:"Caller by SIP, or the gateway that brings calls, with the password in the first line of FILE, at least 16 characters; can be repeated. Without any, everybody may call."`
	VoiceSecretFile string   `placeholder:"FILE" help:"Let a voice provider bring calls to /voice of --http, with requests signed by the secret in the first line of FILE."`
	Agent           []string `sep:"none" placeholder:"NAME=FILE" help:"Agent of customer care, who takes calls at /care of --http, with the password in the first line of FILE; can be repeated."`
}

// config reads the files and returns what the issuer is told.
func (p Phone) config(streams cli.Streams) (c issuer.Phone, err error) {
	c.SIP = p.SIP
	if p.VoiceSecretFile != "" {
		if c.VoiceSecret, err = secretLine(streams, p.VoiceSecretFile, "secret of the voice provider"); err != nil {
			return c, err
		}
	}
	if len(p.Agent) > 0 && p.SIP == "" && p.VoiceSecretFile == "" {
		return c, errors.New("--agent: of no use without --sip or --voice-secret-file")
	}
	if len(p.SIPUser) > 0 && p.SIP == "" {
		return c, errors.New("--sip-user: of no use without --sip")
	}
	err = named(streams, p.Agent, "agent", func(name string, password secret.Value) {
		c.Agents = append(c.Agents, care.Agent{Name: name, Password: password})
	})
	if err != nil {
		return c, err
	}
	c.SIPUsers = map[string]secret.Value{}
	return c, named(streams, p.SIPUser, "sip-user", func(name string, password secret.Value) { c.SIPUsers[name] = password })
}

// named reads the passwords of a flag's NAME=FILE.
func named(streams cli.Streams, all []string, flag string, use func(name string, password secret.Value)) error {
	for _, text := range all {
		name, file, ok := strings.Cut(text, "=")
		if !ok {
			return fmt.Errorf("--%s: want NAME=FILE, the file with the password", flag)
		}
		password, err := secretLine(streams, file, "password of "+flag+" "+name)
		if err != nil {
			return err
		}
		use(name, password)
	}
	return nil
}

// secretLineMax bounds the line of a file, in bytes.
const secretLineMax = 63

// secretLine reads the first line of a file.
func secretLine(streams cli.Streams, file, what string) (secret.Value, error) {
	v, err := cli.Line{File: file, What: what}.Read(streams, "")
	if err == nil && (v.Len() == 0 || v.Len() > secretLineMax) {
		err = fmt.Errorf("read %s: the first line has %d bytes or more, want 1 to %d", what, v.Len(), secretLineMax)
	}
	return v, err
}
