package web

import (
	"embed"
	"net/http"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/assets"
	"github.com/f510b0cf/till/issuer/member"
)

//go:embed files
var files embed.FS

// Home is the path of the dashboard.
const Home = "/online/"

const (
	loginPath    = "/online/login"
	registerPath = "/online/register"
	accountPath  = "/online/account"
)

// pages are the handlers of Online Services.
type pages struct {
	channel *channel.Service
	access  Access
}

// Add adds the pages to a server.
func Add(mux *http.ServeMux, c *channel.Service, a Access) {
	p := &pages{c, a}
	mux.HandleFunc("GET /{$}", p.landing)
	mux.HandleFunc("GET "+loginPath, p.showLogin)
	mux.HandleFunc("POST "+loginPath, p.login)
	mux.HandleFunc("POST /online/logout", p.logout)
	mux.HandleFunc("GET "+registerPath, p.showRegister)
	mux.HandleFunc("POST "+registerPath, p.register)
	mux.HandleFunc("GET /online/{$}", p.known(p.dashboard))
	mux.HandleFunc("GET "+accountPath, p.known(p.account))
	mux.HandleFunc("POST /online/cards/{ref}/activate", p.known(p.activate))
	mux.HandleFunc("POST /online/cards/{ref}/unlock", p.known(p.unlock))
	mux.HandleFunc("GET /online/cards/{ref}/pin", p.known(p.showPIN))
	mux.HandleFunc("POST /online/cards/{ref}/pin", p.known(p.setPIN))
	mux.HandleFunc("/online/", p.nowhere)
	mux.Handle("GET /online/files/", http.StripPrefix("/online/files/", assets.Folder(files, "files")))
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", assets.Handler()))
}

// visit is a request of a member who is logged in.
type visit struct {
	*http.Request
	w      http.ResponseWriter
	member member.Member
	door   member.Door
}

// known lets members through who are logged in, and sends others to the login.
func (p *pages) known(do func(v visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, door, err := p.access.Who(r)
		if err == nil {
			do(visit{r, w, m, door})
			return
		}
		if problem := p.access.Problem(w, r, err); problem.Status != http.StatusUnauthorized {
			p.fail(w, r, nil, problem)
			return
		}
		http.Redirect(w, r, loginPath, http.StatusSeeOther)
	}
}

// nowhere answers for addresses that are none.
func (p *pages) nowhere(w http.ResponseWriter, r *http.Request) {
	p.fail(w, r, nil, Problem{Status: http.StatusNotFound, Text: "there is no such page", Next: "go to the start page"})
}

// landing is the start page.
func (p *pages) landing(w http.ResponseWriter, r *http.Request) {
	p.draw(w, r, http.StatusOK, "landing", view{Title: "Welcome"})
}
