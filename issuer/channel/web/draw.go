package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/f510b0cf/till/issuer/channel/assets"
)

//go:embed pages
var sources embed.FS

// view is what a page shows.
type view struct {
	Title   string
	Tab     string // that is open; empty without tabs
	Member  string // name of who is logged in
	Problem *Problem
	Done    string // what was done just now
	Content any
}

// names of the pages.
var names = []string{"landing", "login", "register", "dashboard", "account", "pin", "problem"}

// templates are the pages, each with the layout.
var templates = parse()

func parse() map[string]*template.Template {
	all := map[string]*template.Template{}
	helpers := template.FuncMap{"sentence": sentence, "day": day, "clock": clockTime, "money": money}
	for _, name := range names {
		all[name] = template.Must(template.New("layout.html").Funcs(helpers).ParseFS(sources, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
	}
	return all
}

// draw answers with a page.
func (p *pages) draw(w http.ResponseWriter, _ *http.Request, status int, name string, v view) {
	var page bytes.Buffer
	if err := templates[name].Execute(&page, v); err != nil {
		panic("web: page " + name + ": " + err.Error()) // a view that its page does not fit
	}
	assets.SetHeaders(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the other side has gone: nothing to be done
}

// fail answers with a page that tells a problem.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, v *visit, problem Problem) {
	shown := view{Title: "Not possible", Problem: &problem}
	if v != nil {
		shown.Member = v.member.Name
	}
	p.draw(w, r, problem.Status, "problem", shown)
}

// sentence makes sentences of the words of the service.
func sentence(text string) string {
	var all []string
	for part := range strings.SplitSeq(text, "; ") {
		if first, n := utf8.DecodeRuneInString(part); n > 0 {
			all = append(all, string(unicode.ToUpper(first))+part[n:]+".")
		}
	}
	return strings.Join(all, " ")
}

func day(t time.Time) string       { return t.Format("2 Jan 2006") }
func clockTime(t time.Time) string { return t.Format("15:04") + " UTC" }
