package httpd_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// More people of the bank: Ben has a supplementary card on Anna's account, Carl one
// that he has not registered.
const (
	passwordOfBen = "another horse battery"
	panOfBen      = "374245002731007"
	panOfCarl     = "374245001751006"
)

var expiryOfAll = account.Expiry{Year: 2035, Month: time.December}

// addCard adds a member with a card on Anna's account; without a password he has no
// login.
func (b *bank) addCard(name, password, digits string) account.Ref {
	b.t.Helper()
	m := member.Member{Name: name}
	if password != "" {
		hash, err := b.passwords.Hash(b.t.Context(), secret.New([]byte(password)))
		require.NoError(b.t, err)
		m.Login = member.Login{Name: strings.ToLower(name), Password: hash}
	}
	id, err := b.store.Members().Create(b.t.Context(), m)
	require.NoError(b.t, err)
	ref := b.module.Ref(panOf(b.t, digits), 0)
	sealed, err := b.module.SealPAN(ref, panOf(b.t, digits))
	require.NoError(b.t, err)
	require.NoError(b.t, b.store.Create(b.t.Context(), ref, store.Record{
		Holder: id, Primary: 1, PAN: sealed, LastFour: digits[len(digits)-4:], Expiry: expiryOfAll,
		Chip: store.Chip{Cryptogram: "amex-style", Script: "amex-style", KeySet: 1, Option: cryptogram.OptionA},
	}))
	return ref
}

func panOf(t *testing.T, digits string) account.PAN {
	t.Helper()
	pan, err := account.ParsePAN([]byte(digits))
	require.NoError(t, err)
	return pan
}

// cid returns the identification code of a card.
func (b *bank) cid(digits string) (code string) {
	b.t.Helper()
	v, err := b.module.CID(hsm.Card{PAN: panOf(b.t, digits)}, expiryOfAll, channel.CodeDigits)
	require.NoError(b.t, err)
	v.Open(func(clear []byte) { code = string(clear) })
	return code
}

// tokenOf logs somebody in and returns the header with the token.
func (b *bank) tokenOf(name, password string) []string {
	b.t.Helper()
	status, text := b.ask("POST", b.members.URL+"/v1/login", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password))
	require.Equal(b.t, http.StatusOK, status, text)
	var l struct{ Token string }
	require.NoError(b.t, json.Unmarshal([]byte(text), &l))
	return []string{"Authorization", "Bearer " + l.Token}
}

// change changes a record, as authorisation or an operator would.
func (b *bank) change(ref account.Ref, fn func(*store.Record)) {
	b.t.Helper()
	require.NoError(b.t, b.store.Update(b.t.Context(), ref, func(tx store.Tx) error {
		fn(tx.Card())
		return nil
	}))
}

// seal is what the page's script does: the body of a request with a PIN.
func seal(t *testing.T, digits, keyForm string, extra string) string {
	t.Helper()
	var k struct {
		Key, Label, Token string
		SPKI, Challenge   []byte
	}
	require.NoError(t, json.Unmarshal([]byte(keyForm), &k))
	public, err := x509.ParsePKIXPublicKey(k.SPKI)
	require.NoError(t, err)
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	block, err := pin.Encode(pin.Format1, p, account.PAN{}, rand.Reader)
	require.NoError(t, err)
	var clear bytes.Buffer
	block.Open(func(c []byte) { clear.Write(c) })
	clear.Write(k.Challenge)
	token, err := hex.DecodeString(k.Token)
	require.NoError(t, err)
	clear.Write(token)
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), clear.Bytes(), []byte(k.Label))
	require.NoError(t, err)
	return fmt.Sprintf(`{"sealed":{"key":%q,"challenge":%q,"data":%q}%s}`, k.Key,
		base64.StdEncoding.EncodeToString(k.Challenge), base64.StdEncoding.EncodeToString(sealed), extra)
}

// surfer is a browser without scripts.
type surfer struct {
	b      *bank
	client http.Client
}

func (b *bank) surfer() *surfer {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &surfer{b, http.Client{Jar: jar}}
}

// get loads a page and returns status and text.
func (s *surfer) get(path string) (int, string) {
	s.b.t.Helper()
	response, err := s.client.Get(s.b.members.URL + path)
	require.NoError(s.b.t, err)
	return s.read(response)
}

// post sends a form, and loads the page that comes of it.
func (s *surfer) post(path string, fields url.Values, headers ...string) (int, string) {
	s.b.t.Helper()
	r, err := http.NewRequestWithContext(s.b.t.Context(), "POST", s.b.members.URL+path, strings.NewReader(fields.Encode()))
	require.NoError(s.b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(r)
	require.NoError(s.b.t, err)
	return s.read(response)
}

func (s *surfer) read(response *http.Response) (int, string) {
	s.b.t.Helper()
	defer response.Body.Close()
	var text bytes.Buffer
	_, err := text.ReadFrom(response.Body)
	require.NoError(s.b.t, err)
	return response.StatusCode, text.String()
}

// wrong returns another code of the same length.
func wrong(code string) string { return string('0'+(code[0]-'0'+1)%10) + code[1:] }
