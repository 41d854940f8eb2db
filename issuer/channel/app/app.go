// Package app is the members' app: a page that can be installed on a phone, and the
// description of the JSON API that it works with. The API itself is issuer/httpd.
package app

import (
	"embed"
	"net/http"

	"github.com/f510b0cf/till/issuer/channel/assets"
)

//go:embed files
var files embed.FS

// Document is the OpenAPI description of the members' JSON API, in YAML.
//
//go:embed openapi.yaml
var Document []byte

// Add adds the app to a server.
func Add(mux *http.ServeMux) {
	mux.HandleFunc("GET /app/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		assets.SetHeaders(w.Header())
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(Document) // the other side has gone: nothing to be done
	})
	folder := http.StripPrefix("/app/", assets.Folder(files, "files"))
	mux.HandleFunc("GET /app/{$}", func(w http.ResponseWriter, r *http.Request) {
		page := r.Clone(r.Context())
		page.URL.Path = "/app/app.html"
		folder.ServeHTTP(w, page)
	})
	mux.Handle("GET /app/", folder)
}
