package web

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/store"
)

type ctx = context.Context

// shownCard is a card as the pages show it.
type shownCard struct {
	channel.Card
	Status  channel.Status // of the member's own
	History channel.History
}

// CanActivate reports whether the card waits for its holder.
func (c shownCard) CanActivate() bool {
	return c.Yours && c.Card.Status == store.NotActivated
}

// CanCreate reports whether a PIN is to be created.
func (c shownCard) CanCreate() bool {
	return c.usable() && (c.Status.PIN == channel.None || c.Status.PIN == channel.ToBeSetAgain)
}

// CanChange reports whether there is a PIN to be changed.
func (c shownCard) CanChange() bool {
	return c.usable() && !c.CanCreate() && c.Status.PIN != channel.Ended
}

// CanUnlock reports whether the chip is locked, and nothing waits that unlocks it.
func (c shownCard) CanUnlock() bool { return c.usable() && c.Status.ChipLocked }

func (c shownCard) usable() bool {
	return c.Yours && (c.Card.Status == store.Active || c.Card.Status == store.Blocked)
}

// Moving reports whether a PIN is on its way to the card.
func (c shownCard) Moving() bool {
	switch c.Status.PIN {
	case channel.FirstPending, channel.Pending, channel.OnItsWay, channel.ProbablyActive, channel.Failed:
		return true
	}
	return false
}

// asked is what a member asks for on a card.
func (v visit) asked(ref account.Ref) channel.Asked {
	return channel.Asked{Member: v.member.ID, Door: v.door, Card: ref}
}

// cards returns what the member sees of his cards.
func (p *pages) cards(v visit) (all []shownCard, err error) {
	cards, err := p.channel.Cards(v.Context(), v.member.ID)
	for _, c := range cards {
		shown := shownCard{Card: c}
		if c.Yours {
			shown.Status, err = p.channel.Status(v.Context(), v.asked(c.Ref))
			if err == nil {
				shown.History, err = p.channel.History(v.Context(), v.asked(c.Ref))
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, shown)
	}
	return all, err
}

// dones are what a page says was done, by the query of its address.
var dones = map[string]string{
	"activated": "The card is active.",
	"created":   "Your PIN was created. It works from the first use of the card at a terminal.",
	"changed":   "Your request was received. Use your current PIN one last time.",
	"unlocked":  "The PIN is unlocked when the card is inserted next.",
}

func (p *pages) dashboard(v visit) { p.show(v, "dashboard", "Your cards") }

func (p *pages) account(v visit) { p.show(v, "account", "Account Management") }

func (p *pages) show(v visit, page, title string) {
	cards, err := p.cards(v)
	if err != nil {
		p.fail(v.w, v.Request, &v, p.access.Problem(v.w, v.Request, err))
		return
	}
	p.draw(v.w, v.Request, http.StatusOK, page, view{Title: title, Tab: page, Member: v.member.Name, Done: dones[v.URL.RawQuery], Content: cards})
}

func (p *pages) activate(v visit) { p.do(v, p.channel.Activate, "activated") }

func (p *pages) unlock(v visit) { p.do(v, p.channel.Unblock, "unlocked") }

// do carries out a verb without a PIN.
func (p *pages) do(v visit, verb func(ctx, channel.Asked) (channel.Status, error), done string) {
	ref, err := cardRef(v.Request)
	if err == nil {
		_, err = verb(v.Context(), v.asked(ref))
	}
	if err != nil {
		p.fail(v.w, v.Request, &v, p.access.Problem(v.w, v.Request, err))
		return
	}
	http.Redirect(v.w, v.Request, accountPath+"?"+done, http.StatusSeeOther)
}

// pinPage is what the page has on which a PIN is entered.
type pinPage struct {
	Card   channel.Card
	Create bool
	Key    channel.PINKey
	SPKI   string // base64
	Label  string
	Once   string // base64, the challenge
}

// Token returns the reference of the card as digits.
func (p pinPage) Token() string { return p.Card.Ref.String() }

func (p *pages) showPIN(v visit) { p.drawPIN(v, nil) }

// drawPIN shows the form for a PIN, with what was wrong before.
func (p *pages) drawPIN(v visit, problem *Problem) {
	page, err := p.pinPage(v)
	if err != nil {
		p.fail(v.w, v.Request, &v, p.access.Problem(v.w, v.Request, err))
		return
	}
	status, title := http.StatusOK, "Change PIN"
	if page.Create {
		title = "Create PIN"
	}
	if problem != nil {
		status = problem.Status
	}
	p.draw(v.w, v.Request, status, "pin", view{Title: title, Tab: "account", Member: v.member.Name, Problem: problem, Content: page})
}

func (p *pages) pinPage(v visit) (page pinPage, err error) {
	ref, err := cardRef(v.Request)
	if err != nil {
		return page, err
	}
	st, err := p.channel.Status(v.Context(), v.asked(ref))
	if err != nil {
		return page, err
	}
	page = pinPage{Card: st.Card, Create: shownCard{Card: st.Card, Status: st}.CanCreate(), Label: hsm.TransportLabel}
	if page.Key, err = p.channel.PINKey(v.Context(), v.asked(ref)); err != nil {
		return page, err
	}
	page.SPKI, page.Once = base64.StdEncoding.EncodeToString(page.Key.Key.SPKI), base64.StdEncoding.EncodeToString(page.Key.Challenge[:])
	return page, nil
}

// setPIN creates or changes a PIN. The password stands between a change and whoever
// sits before somebody else's page.
func (p *pages) setPIN(v visit) {
	if !p.form(v.w, v.Request) {
		return
	}
	ref, err := cardRef(v.Request)
	verb, done := p.channel.CreateTransportedPIN, "created"
	if v.PostForm.Get("do") != "create" {
		verb, done = p.channel.ChangeTransportedPIN, "changed"
		if err == nil {
			err = p.channel.MayChangePIN(v.Context(), v.asked(ref))
		}
		if err == nil {
			err = p.access.Confirm(v.Request, v.member.ID, hidden(v.Request, "password"))
		}
	}
	var t hsm.TransportedPIN
	if err == nil {
		t, err = transported(v.Request)
	}
	if err == nil {
		_, err = verb(v.Context(), v.asked(ref), t)
	}
	if err != nil {
		problem := p.access.Problem(v.w, v.Request, err)
		p.drawPIN(v, &problem)
		return
	}
	http.Redirect(v.w, v.Request, accountPath+"?"+done, http.StatusSeeOther)
}

// errNotSealed says that a form has no PIN as the page's script seals it.
var errNotSealed = &channel.Refusal{Code: channel.SealRefused}

// transported reads the PIN of a form.
func transported(r *http.Request) (t hsm.TransportedPIN, err error) {
	challenge, err1 := base64.StdEncoding.DecodeString(r.PostForm.Get("challenge"))
	data, err2 := base64.StdEncoding.DecodeString(r.PostForm.Get("data"))
	if errors.Join(err1, err2) != nil || len(challenge) != len(t.Challenge) {
		return t, errNotSealed
	}
	return hsm.TransportedPIN{KeyID: r.PostForm.Get("key"), Challenge: hsm.Challenge(challenge), Enciphered: data}, nil
}

// cardRef reads the reference of a card from the path.
func cardRef(r *http.Request) (ref account.Ref, err error) {
	raw, err := hex.DecodeString(r.PathValue("ref"))
	if err != nil || len(raw) != len(ref) {
		return ref, &channel.Refusal{Code: channel.NotAllowed}
	}
	return account.Ref(raw), nil
}

// currencies are signs and decimals of ISO 4217 by number.
var currencies = map[uint16]struct {
	code     string
	decimals int
}{840: {"USD", 2}, 978: {"EUR", 2}, 826: {"GBP", 2}, 756: {"CHF", 2}, 392: {"JPY", 0}}

// money returns an amount as people write it.
func money(p channel.Payment) string {
	c, known := currencies[p.Currency]
	if !known {
		return fmt.Sprintf("%d (currency %03d)", p.Amount, p.Currency)
	}
	if c.decimals == 0 {
		return fmt.Sprintf("%s %d", c.code, p.Amount)
	}
	return fmt.Sprintf("%s %d.%02d", c.code, p.Amount/100, p.Amount%100)
}
