// Package assets has what the members' pages share: the script that seals a PIN in
// the browser, icons, and the headers that each page is sent with.
package assets

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed files
var files embed.FS

// policy lets a page load from its own origin alone, and nobody frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// SetHeaders sets the headers of a page or of a part of one.
func SetHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// Handler serves the shared files.
func Handler() http.Handler { return Folder(files, "files") }

// Folder serves the files of a folder of a package, without listings.
func Folder(fsys embed.FS, folder string) http.Handler {
	below, err := fs.Sub(fsys, folder)
	if err != nil {
		panic("assets: folder of the program: " + err.Error())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetHeaders(w.Header())
		w.Header().Set("Cache-Control", "no-cache")
		name := r.URL.Path
		if info, err := fs.Stat(below, name); err != nil || info.IsDir() {
			http.NotFound(w, r)
			return
		}
		http.ServeFileFS(w, r, below, name)
	})
}
