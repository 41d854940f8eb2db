package httpd

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/terminal/journal"
)

// lastReceipt is the name of the newest receipt.
const lastReceipt = "last"

// receipt answers with a receipt: as JSON, or as it was printed where the client takes
// text/plain alone or first.
func (d *Door) receipt(w http.ResponseWriter, r *http.Request) {
	id, content, err := d.kept(r)
	if err == nil && content.IsZero() {
		err = errReceipt
	}
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Location", "/v1/receipts/"+strconv.FormatUint(id, 10))
	w.Header().Set("Vary", "Accept")
	content.Open(func(text []byte) {
		if wantsText(r.Header.Get("Accept")) {
			printed(w, text)
			return
		}
		answer(w, http.StatusOK, json.RawMessage(text))
	})
}

// kept returns the receipt that a request names.
func (d *Door) kept(r *http.Request) (id uint64, content secret.Value, err error) {
	err = d.Journal.View(func(tx *journal.Tx) (err error) {
		id = idOf(r)
		if r.PathValue("id") == lastReceipt {
			id = tx.LastReceipt()
		}
		content, err = tx.Receipt(id)
		return err
	})
	return id, content, err
}

// wantsText reports whether the first kind that a client takes, of those that there
// are, is text.
func wantsText(accept string) bool {
	for kind := range strings.SplitSeq(accept, ",") {
		name, _, _ := strings.Cut(kind, ";")
		switch strings.TrimSpace(name) {
		case "text/plain", "text/*":
			return true
		case "application/json", "application/*", "*/*":
			return false
		}
	}
	return false
}

// printed answers with the lines of a receipt.
func printed(w http.ResponseWriter, content []byte) {
	var r struct{ Printed []string }
	if json.Unmarshal(content, &r) != nil || len(r.Printed) == 0 {
		fail(w, errText)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, strings.Join(r.Printed, "\n")+"\n") // the other side has gone: nothing to be done
}
