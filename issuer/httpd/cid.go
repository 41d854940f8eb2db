package httpd

import (
	"net/http"
	"strconv"
)

// CIDForm are the test card identification digits of a card.
type CIDForm struct {
	Ref string `json:"ref"`
	CID string `json:"cid"`
}

// cidDigitsDefault is how many digits are told where nothing is said.
const cidDigitsDefault = 4

// identificationDigits answers with the card's, as many as the query's "digits".
func (d *Doors) identificationDigits(_ http.ResponseWriter, r *http.Request) (any, error) {
	ref, err := cardRef(r)
	if err != nil {
		return nil, err
	}
	digits := cidDigitsDefault
	if text := r.URL.Query().Get("digits"); text != "" {
		if digits, err = strconv.Atoi(text); err != nil {
			return nil, errBody
		}
	}
	cid, err := d.Channel.CID(r.Context(), ref, digits)
	form := CIDForm{Ref: ref.String()}
	cid.Open(func(clear []byte) { form.CID = string(clear) })
	return form, err
}
