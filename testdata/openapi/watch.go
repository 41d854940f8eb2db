package openapi

import (
	"fmt"
	"net/http"
	"strings"
)

// Watches holds each answer of a door against the document: a status that an operation
// of the document does not have fails the test. described turns the path of a request
// into that of the document; what is not in the document is let through.
func (d *Document) Watches(door http.Handler, described func(path string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept := &answered{w, http.StatusOK}
		door.ServeHTTP(kept, r)
		path := described(r.URL.Path)
		item, _ := d.root["paths"].(object)[path].(object)
		operation, _ := item[strings.ToLower(r.Method)].(object)
		responses, ok := operation["responses"].(object)
		if _, has := responses[fmt.Sprint(kept.status)]; ok && !has {
			d.t.Errorf("%s %s: status %d is not described", r.Method, path, kept.status)
		}
	})
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader writes the status.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a stream be flushed.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }
