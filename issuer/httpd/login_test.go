package httpd_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/httpd"
)

// The journal says by which door a member came: pages have a cookie, programs a
// token.
func TestDoorOfALogin(t *testing.T) {
	for cookie, door := range map[string]string{"true": "web", "false": "app"} {
		b := newBank(t)
		response, err := http.Post(b.members.URL+"/v1/login", "application/json", strings.NewReader(`{"name":"anna","password":"`+passwordOfAnna+`","cookie":`+cookie+`}`))
		require.NoError(t, err)
		var form struct{ Token string }
		require.NoError(t, json.NewDecoder(response.Body).Decode(&form))
		require.NoError(t, response.Body.Close())
		headers := []string{"Authorization", "Bearer " + form.Token}
		if cookies := response.Cookies(); len(cookies) > 0 {
			headers = []string{"Cookie", cookies[0].Name + "=" + cookies[0].Value}
		}
		status, text := b.ask("POST", b.members.URL+"/v1/cards/"+b.card.String()+"/activate", "", headers...)
		assert.Equal(t, http.StatusOK, status, text)
		_, journal := b.ask("GET", b.operators.URL+"/v1/journal", "")
		assert.Contains(t, journal, `"actor":"member 1 by `+door+`"`)
	}
}

func TestLoginsThatAreNone(t *testing.T) {
	b := newBank(t)
	for _, body := range []string{"{", `[]`, `{"name":1}`, `{"name":"anna","password":1}`} {
		status, text := b.ask("POST", b.members.URL+"/v1/login", body)
		b.requireError("bad-request", status, text, http.StatusBadRequest)
	}
}

// noRandom gives nothing.
type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

// Without randomness there is no token that all others could guess.
func TestLoginWithoutRandomness(t *testing.T) {
	for _, random := range []io.Reader{noRandom{}, io.LimitReader(rand.Reader, 16)} {
		b := newBank(t, func(c *httpd.Config) { c.Rand = random })
		status, text := b.ask("POST", b.members.URL+"/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`"}`)
		b.requireError("broken", status, text, http.StatusInternalServerError)
		assert.NotContains(t, text, "token")
	}
}
