package httpd

import (
	"embed"
	"net/http"
)

//go:embed files
var files embed.FS

// Document is the OpenAPI description of the door, in YAML.
//
//go:embed openapi.yaml
var Document []byte

// policy lets the page load from its own origin alone, and nobody frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// addPages adds the page, its parts, and the description.
func addPages(mux *http.ServeMux) {
	mux.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		setPageHeaders(w.Header())
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(Document) // the other side has gone: nothing to be done
	})
	for path, name := range map[string]string{"/{$}": "page.html", "/page.css": "page.css", "/page.js": "page.js", "/icon.svg": "icon.svg"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			setPageHeaders(w.Header())
			http.ServeFileFS(w, r, files, "files/"+name)
		})
	}
}

func setPageHeaders(h http.Header) {
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}
