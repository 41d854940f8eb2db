package report

import "io"

// WriteHTML writes a page for people.
func (r *Report) WriteHTML(w io.Writer) error { return nil }
