package sip_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/clock"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/channel/ivr/sip"
)

const passwordOfGateway = "a long password of a gateway"

// guardedPhone is a line that one user may ring up.
func guardedPhone(t *testing.T, c clock.Clock) *phone {
	t.Helper()
	return newPhoneWith(t, func(config *sip.Config) {
		config.Clock, config.Users = c, map[string]secret.Value{"gateway": secret.New([]byte(passwordOfGateway))}
	})
}

// TestCallersLogIn: who has a name and its password is answered; all others are not, and
// take no line.
func TestCallersLogIn(t *testing.T) {
	p := guardedPhone(t, nil)
	for name, password := range map[string]string{"": "", "gateway": "another password of it", "nobody": passwordOfGateway, "gateway ": passwordOfGateway} {
		_, err := ivrtest.RingAs(t, p.address, name, password)
		assert.Error(t, err, name)
	}
	assert.NotContains(t, p.log.String(), "event=call ")
	c, err := ivrtest.RingAs(t, p.address, "gateway", passwordOfGateway)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return c.Heard() > 5 }, 10*time.Second, 10*time.Millisecond)
	assert.NotContains(t, p.log.String(), passwordOfGateway)
	_, err = sip.Listen(sip.Config{Line: p.line, Address: "127.0.0.1:0", Users: map[string]secret.Value{"x": secret.New([]byte("short"))}})
	assert.ErrorContains(t, err, "has 5 bytes, want at least 16")
}

// TestOverheardCalls: what was overheard of a login opens no second call, nor does an
// answer to a challenge that is too old, or that somebody else has made.
func TestOverheardCalls(t *testing.T) {
	virtual := clock.NewVirtual(time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC))
	p := guardedPhone(t, virtual)
	conn, err := net.Dial("udp", p.address)
	require.NoError(t, err)
	defer conn.Close()
	branch := 0
	status := func(authorization string) (code, nonce string) {
		branch++
		headers := ""
		if authorization != "" {
			headers = "Authorization: " + authorization + "\r\n"
		}
		_, err := conn.Write([]byte(strings.Replace(offer(branch, audio, headers), "127.0.0.1:9;", conn.LocalAddr().String()+";", 1)))
		require.NoError(t, err)
		for buffer := make([]byte, 4096); ; {
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
			n, err := conn.Read(buffer)
			require.NoError(t, err)
			answer := string(buffer[:n])
			code := strings.Fields(answer)[1]
			if code == "100" || !strings.Contains(answer, fmt.Sprintf("Call-ID: hostile%d\r\n", branch)) {
				continue
			}
			for line := range strings.Lines(answer) {
				if value, ok := strings.CutPrefix(line, "WWW-Authenticate: "); ok {
					challenge, err := digest.ParseChallenge(strings.TrimSpace(value))
					require.NoError(t, err)
					nonce = challenge.Nonce
				}
			}
			return code, nonce
		}
	}
	answer := func(nonce string) string {
		credentials, err := digest.Digest(&digest.Challenge{Realm: "till", Nonce: nonce, Algorithm: "MD5", QOP: []string{"auth"}},
			digest.Options{Method: "INVITE", URI: "sip:card@127.0.0.1", Username: "gateway", Password: passwordOfGateway})
		require.NoError(t, err)
		return credentials.String()
	}
	code, nonce := status("")
	assert.Equal(t, "401", code)
	right := answer(nonce)
	code, _ = status(right)
	assert.Equal(t, "200", code)
	code, next := status(right)
	assert.Equal(t, "401", code, "once")
	virtual.Advance(30 * time.Second)
	code, _ = status(answer(next))
	assert.Equal(t, "401", code, "too old")
	for _, forged := range []string{answer("x"), answer(strings.Repeat("A", 64)), "Digest", "Basic eDp5", strings.Replace(answer(nonce), "qop=auth", "qop=auth-int", 1)} {
		code, _ = status(forged)
		assert.Equal(t, "401", code, forged)
	}
	assert.Equal(t, 1, strings.Count(p.log.String(), "event=call "))
}
