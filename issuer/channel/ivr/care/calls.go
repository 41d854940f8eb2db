package care

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/member"
)

// asked reads which agent asks about which call. Where there is none, it has answered.
func (d *Desk) asked(w http.ResponseWriter, r *http.Request) (agent string, call int, ok bool) {
	agent, err := d.session(r)
	switch {
	case err != nil:
		d.broke(w, "call", err)
		return "", 0, false
	case agent == "":
		to(w, r, "")
		return "", 0, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, formMax)
	call, err = strconv.Atoi(r.PostFormValue("call"))
	if err != nil {
		to(w, r, "gone")
		return "", 0, false
	}
	return agent, call, true
}

// identify identifies a caller by what he answers, and hands him back.
func (d *Desk) identify(w http.ResponseWriter, r *http.Request) {
	agent, call, ok := d.asked(w, r)
	if !ok {
		return
	}
	answering := &d.agents[agent].answering // of an agent whose session is good
	answering.Lock()
	defer answering.Unlock()
	if !d.mayAnswer(agent) {
		_ = d.config.Log.Log("event", "agent refused", "agent", agent, "why", "too many wrong answers")
		to(w, r, "too-often")
		return
	}
	answers := channel.Answers{Name: r.PostFormValue("holder"), Birth: dateOf(r.PostFormValue("birth")), LastFour: r.PostFormValue("last")}
	err := d.config.Line.IdentifyBy(r.Context(), agent, call, answers)
	if refused := (*channel.Refusal)(nil); errors.As(err, &refused) {
		d.countWrong(agent)
		to(w, r, "not-identified")
		return
	}
	d.done(w, r, err, "identified")
}

// forCall is a route that does something with a call.
func (d *Desk) forCall(do func(context.Context, string, int) error, said string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if agent, call, ok := d.asked(w, r); ok {
			d.done(w, r, do(r.Context(), agent, call), said)
		}
	}
}

// done says what came of it.
func (d *Desk) done(w http.ResponseWriter, r *http.Request, err error, said string) {
	switch {
	case err == nil:
		to(w, r, said)
	case errors.Is(err, ivr.ErrNotWaiting):
		to(w, r, "gone")
	case errors.Is(err, ivr.ErrNotIdentified):
		to(w, r, "not-identified")
	default:
		d.broke(w, "call", err)
	}
}

// pace bounds the wrong answers of an agent: by them somebody who has his login could
// look for members.
func pace() member.Pace { return member.Pace{AtOnce: 30, Every: 2 * time.Minute} }

// mayAnswer reports whether an agent may try another answer.
func (d *Desk) mayAnswer(name string) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	_, wait := pace().Take(d.agents[name].wrong, d.config.Clock.Now())
	return wait == 0
}

// countWrong counts a wrong answer.
func (d *Desk) countWrong(name string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.agents[name].wrong, _ = pace().Take(d.agents[name].wrong, d.config.Clock.Now())
}

// dateOf reads a date as forms write it; the zero date where it is none.
func dateOf(text string) member.Date {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return member.Date{}
	}
	return member.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
}
