package voice

import (
	"crypto/hmac"
	"crypto/sha1" // the providers' choice; as a keyed hash it holds
	"encoding/base64"
	"io"
	"net/http"

	"github.com/f510b0cf/till/emv/secret"
)

// signatureHeader is where providers of this style put the signature of a request.
const signatureHeader = "X-Twilio-Signature"

// SecretMin is the shortest secret that is shared with a provider, in bytes.
const SecretMin = 16

// sign returns the signature of a request to a URL: HMAC-SHA1 under the shared secret
// over the URL and each parameter, name and value, in the order of their names.
func sign(shared secret.Value, url string, f form) (sum []byte) {
	shared.Open(func(key []byte) {
		mac := hmac.New(sha1.New, key)
		_, _ = io.WriteString(mac, url)
		for _, p := range f.params {
			mac.Write(p.name)
			mac.Write(p.value)
		}
		sum = mac.Sum(nil)
	})
	return sum
}

// authentic reports whether a request bears the provider's signature. The URL is the
// one that the provider used: a proxy in front of the issuer may have ended its TLS.
func authentic(shared secret.Value, r *http.Request, f form) bool {
	given, err := base64.StdEncoding.DecodeString(r.Header.Get(signatureHeader))
	if err != nil {
		return false
	}
	for _, scheme := range []string{"https://", "http://"} {
		if hmac.Equal(given, sign(shared, scheme+r.Host+r.URL.RequestURI(), f)) {
			return true
		}
	}
	return false
}
