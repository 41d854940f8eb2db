package httpd

import (
	"fmt"
	"net/http"

	"github.com/f510b0cf/till/issuer/hsm"
)

// AEVVForm is a verification value of an order.
type AEVVForm struct {
	Ref  string `json:"ref"`
	ECI  string `json:"eci"`
	AEVV string `json:"aevv"` // hexadecimal
}

// indicators are the electronic commerce indicators of orders that have a value.
var indicators = map[string]hsm.Authentication{"05": hsm.Authenticated, "06": hsm.Attempted}

// verificationValue answers with a value of the card for the query's "eci".
func (d *Doors) verificationValue(_ http.ResponseWriter, r *http.Request) (any, error) {
	ref, err := cardRef(r)
	if err != nil {
		return nil, err
	}
	eci := r.URL.Query().Get("eci")
	result, ok := indicators[eci]
	if !ok {
		return nil, errBody
	}
	value, err := d.Channel.AEVV(r.Context(), ref, result)
	return AEVVForm{Ref: ref.String(), ECI: eci, AEVV: fmt.Sprintf("%X", value[:])}, err
}
