package web

import (
	"net/http"
	"strings"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
)

// formMax bounds the body of a form, in bytes.
const formMax = 8 << 10

// form reads the form of a request. What it holds must be in the body.
func (p *pages) form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, formMax)
	if err := r.ParseForm(); err != nil {
		p.fail(w, r, nil, Problem{Status: http.StatusBadRequest, Text: "the form can not be read, or is too large", Next: "go back and fill it in again"})
		return false
	}
	return true
}

// hidden takes a field that must not be shown.
func hidden(r *http.Request, name string) secret.Value {
	return secret.New([]byte(r.PostForm.Get(name)))
}

// entered is what stands again in a form that was refused: nothing secret.
type entered struct {
	Name    string
	Expires string
}

func (p *pages) showLogin(w http.ResponseWriter, r *http.Request) {
	shown := view{Title: "Log in", Content: entered{}}
	switch r.URL.RawQuery {
	case "registered":
		shown.Done = "You are registered. Log in with the name and password that you chose."
	case "out":
		shown.Done = "You are logged out."
	}
	p.draw(w, r, http.StatusOK, "login", shown)
}

func (p *pages) login(w http.ResponseWriter, r *http.Request) {
	if !p.form(w, r) {
		return
	}
	name := r.PostForm.Get("name")
	if err := p.access.Login(w, r, name, hidden(r, "password")); err != nil {
		problem := p.access.Problem(w, r, err)
		p.draw(w, r, problem.Status, "login", view{Title: "Log in", Problem: &problem, Content: entered{Name: name}})
		return
	}
	http.Redirect(w, r, Home, http.StatusSeeOther)
}

func (p *pages) logout(w http.ResponseWriter, r *http.Request) {
	if err := p.access.Logout(w, r); err != nil {
		p.fail(w, r, nil, p.access.Problem(w, r, err))
		return
	}
	http.Redirect(w, r, loginPath+"?out", http.StatusSeeOther)
}

func (p *pages) showRegister(w http.ResponseWriter, r *http.Request) {
	p.draw(w, r, http.StatusOK, "register", view{Title: "Register", Content: entered{}})
}

func (p *pages) register(w http.ResponseWriter, r *http.Request) {
	if !p.form(w, r) {
		return
	}
	again := entered{Name: r.PostForm.Get("name"), Expires: r.PostForm.Get("expires")}
	refuse := func(problem Problem) {
		p.draw(w, r, problem.Status, "register", view{Title: "Register", Problem: &problem, Content: again})
	}
	if r.PostForm.Get("password") != r.PostForm.Get("password_again") {
		refuse(Problem{Status: http.StatusUnprocessableEntity, Text: "the two passwords differ", Next: "enter the same one twice"})
		return
	}
	err := p.access.Register(r, member.Web, Registration{
		PAN: hidden(r, "pan"), Expires: yymm(again.Expires), CID: hidden(r, "cid"), Name: again.Name, Password: hidden(r, "password"),
	})
	if err != nil {
		refuse(p.access.Problem(w, r, err))
		return
	}
	http.Redirect(w, r, loginPath+"?registered", http.StatusSeeOther)
}

// yymm turns a date as cards have it, MM/YY, into YYMM; any other text stays.
func yymm(printed string) string {
	month, year, ok := strings.Cut(strings.ReplaceAll(printed, " ", ""), "/")
	if !ok || len(month) > 2 || len(year) != 2 {
		return printed
	}
	return year + strings.Repeat("0", 2-len(month)) + month
}
