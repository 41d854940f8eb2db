package httpd

import (
	"net/http"

	"github.com/f510b0cf/till/emv/hostname"
)

// addressed lets requests through that are meant for this door.
func (d *Doors) addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostname.Meant(r, d.HostNames) {
			fail(w, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}
