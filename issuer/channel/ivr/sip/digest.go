package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"

	"github.com/emiago/diago"
	siplib "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"github.com/f510b0cf/till/emv/secret"
)

// PasswordMin is the shortest password of a caller, in bytes. Nothing slows down who
// tries passwords but their length: a lock would shut out the callers that somebody else
// pretends to be.
const PasswordMin = 16

const (
	realm      = "till"
	algorithm  = "MD5" // which all callers have; as it is used here it holds
	nonceLife  = 30 * time.Second
	noncesMax  = 4096 // taken ones that are remembered: by right passwords alone
	nonceBytes = 8 + 8 + sha256.Size
)

// logins checks who may call, by SIP digest authentication. RFC 3261, section 22. What
// is asked for is not remembered, so that who asks for much takes no room; a nonce is
// good once, so that what was overheard is of no use.
type logins struct {
	users map[string]secret.Value
	key   []byte

	lock  sync.Mutex
	taken map[string]time.Time // until when each is remembered
}

// newLogins returns nil where everybody may call.
func newLogins(users map[string]secret.Value) *logins {
	if len(users) == 0 {
		return nil
	}
	l := &logins{users: users, key: make([]byte, sha256.Size), taken: map[string]time.Time{}}
	_, _ = rand.Read(l.key) // never fails
	return l
}

// admit reports whether a caller may call. Where he may not, he was answered.
func (s *Server) admit(d *diago.DialogServerSession) bool {
	if s.logins == nil {
		return true
	}
	now := s.config.Clock.Now()
	request := d.InviteRequest
	if h := request.GetHeader("Authorization"); h != nil {
		if s.logins.right(h.Value(), request.Method.String(), now) {
			return true
		}
		_ = s.config.Log.Log("event", "call refused", "by", "sip", "why", "login")
	}
	challenge := digest.Challenge{Realm: realm, Nonce: s.logins.nonce(now), Algorithm: algorithm, QOP: []string{"auth"}}
	response := siplib.NewResponseFromRequest(request, siplib.StatusUnauthorized, "Unauthorized", nil)
	response.AppendHeader(siplib.NewHeader("WWW-Authenticate", challenge.String()))
	_ = d.WriteResponse(response) // who does not get it asks again
	return false
}

// nonce makes one that begins to count now.
func (l *logins) nonce(now time.Time) string {
	raw := make([]byte, 16, nonceBytes)
	binary.BigEndian.PutUint64(raw, uint64(now.UnixNano()))
	_, _ = rand.Read(raw[8:]) // never fails
	return base64.RawURLEncoding.EncodeToString(l.seal(raw))
}

func (l *logins) seal(raw []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write(raw)
	return mac.Sum(raw)
}

// fresh reports whether a nonce is ours and not too old.
func (l *logins) fresh(nonce string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != nonceBytes || !hmac.Equal(raw, l.seal(append([]byte(nil), raw[:16]...))) {
		return false
	}
	age := now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(raw))))
	return age >= 0 && age < nonceLife
}

// right reports whether the credentials of a request are those of a user. A name that
// nobody has takes the same steps.
func (l *logins) right(header, method string, now time.Time) bool {
	given, err := digest.ParseCredentials(header)
	if err != nil || given.Realm != realm || given.QOP != "auth" || given.Cnonce == "" || !l.fresh(given.Nonce, now) {
		return false
	}
	challenge := digest.Challenge{Realm: realm, Nonce: given.Nonce, Algorithm: algorithm, QOP: []string{"auth"}}
	password, known := l.users[given.Username]
	right := false
	password.Open(func(clear []byte) {
		want, err := digest.Digest(&challenge, digest.Options{
			Method: method, URI: given.URI, Username: given.Username, Password: string(clear), Cnonce: given.Cnonce, Count: given.Nc,
		})
		right = err == nil && subtle.ConstantTimeCompare([]byte(want.Response), []byte(given.Response)) == 1
	})
	return right && known && l.take(given.Nonce, now)
}

// take takes a nonce, which nobody can take again.
func (l *logins) take(nonce string, now time.Time) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	for other, until := range l.taken {
		if !now.Before(until) {
			delete(l.taken, other)
		}
	}
	if _, taken := l.taken[nonce]; taken || len(l.taken) >= noncesMax {
		return false
	}
	l.taken[nonce] = now.Add(nonceLife)
	return true
}
