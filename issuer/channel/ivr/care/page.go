package care

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/f510b0cf/till/issuer/channel/assets"
	"github.com/f510b0cf/till/issuer/channel/ivr"
)

//go:embed care.html
var pageText string

// notices are what the page says of what was done, by the word in its address.
var notices = map[string]string{
	"login-refused":  "Name or password is wrong, or there were too many wrong ones. Wait a minute and try again.",
	"identified":     "The caller was identified and is at the keypad.",
	"not-identified": "The answers are not right. After three wrong ones the call ends.",
	"handed-back":    "The caller is at the keypad.",
	"ended":          "The call was ended.",
	"gone":           "The call does not wait for an agent any more.",
	"too-often":      "There were too many wrong answers in a short time. Let somebody look at that, and wait.",
}

// good are those of what was done.
var good = map[string]bool{"identified": true, "handed-back": true, "ended": true}

// view is what the page shows.
type view struct {
	Agent, Notice string
	Good          bool // the notice is of something that was done
	Calls         []callView
}

type callView struct {
	Number     int
	Waits      string
	Identified bool
}

// page shows the login, or the calls that wait.
func (d *Desk) page(w http.ResponseWriter, r *http.Request) {
	agent, err := d.session(r)
	if err != nil {
		d.broke(w, "page", err)
		return
	}
	said := r.URL.Query().Get("said")
	v := view{Agent: agent, Notice: notices[said], Good: good[said]}
	if agent != "" {
		v.Calls = d.calls()
	}
	tmpl, err := template.New("care").Parse(pageText)
	var text bytes.Buffer
	if err == nil {
		err = tmpl.Execute(&text, v)
	}
	if err != nil {
		d.broke(w, "page", err)
		return
	}
	h := w.Header()
	assets.SetHeaders(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(text.Bytes())
}

// calls returns the calls that wait, as the page shows them.
func (d *Desk) calls() (all []callView) {
	now := d.config.Clock.Now()
	for _, c := range d.config.Line.Waiting() {
		all = append(all, viewOf(c, now))
	}
	return all
}

func viewOf(c ivr.Waiting, now time.Time) callView {
	return callView{Number: c.Number, Waits: now.Sub(c.Since).Round(time.Second).String(), Identified: c.Identified}
}

// to sends the browser back to the page, which says what was done.
func to(w http.ResponseWriter, r *http.Request, said string) {
	address := Path
	if said != "" {
		address += "?said=" + url.QueryEscape(said)
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// broke tells that something broke; what stands in the log.
func (d *Desk) broke(w http.ResponseWriter, route string, err error) {
	_ = d.config.Log.Log("event", "broken", "route", "care "+route, "err", err)
	http.Error(w, "customer care could not do that: try again", http.StatusServiceUnavailable)
}
